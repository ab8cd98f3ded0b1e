package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

// Windows shows this number of its installer as NT SERVICE\TrustedInstaller.
func TestServiceSID(t *testing.T) {
	const want = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	if got := service.ServiceSID("TrustedInstaller").String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The entries of others stay what they are.
func TestEntryOfTheService(t *testing.T) {
	const before = "D:(D;;0x1301bf;;;BG)(A;OICI;FA;;;SY)"
	for _, tt := range []struct {
		below bool
		want  string
	}{{true, "(A;OICI;0x1200a9;;;"}, {false, "(A;;0x1200a9;;;"}} {
		mine := tt.want + service.ServiceSID("chartwatch").String() + ")"
		granted, err := service.Granted(before, "chartwatch", tt.below)
		if others := strings.Replace(granted, mine, "", 1); err != nil || granted == others || others != before {
			t.Errorf("below %t: %s, %v, want %s and %s", tt.below, granted, err, before, mine)
		}
		if revoked, err := service.Revoked(granted, "chartwatch"); err != nil || revoked != before {
			t.Errorf("below %t: %s, %v, want %s", tt.below, revoked, err, before)
		}
	}
}

// may is what the service's account is granted on a path, in Windows' own writing.
func may(t *testing.T, path, name string) string {
	t.Helper()
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	for entry := range strings.SplitSeq(sd.String(), "(") {
		if before, ok := strings.CutSuffix(strings.TrimSuffix(entry, ")"), ";;;"+service.ServiceSID(name).String()); ok {
			return before
		}
	}
	return ""
}

func TestPermit(t *testing.T) {
	dir := t.TempDir()
	sub := func(name string) string {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(p, 0o700); err != nil {
			t.Fatal(err)
		}
		return p
	}
	file := func(name string) string {
		p := filepath.Join(sub(filepath.Dir(name)), filepath.Base(name))
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	o := service.Options{
		Name: "chartwatch", Executable: file("bin/chartwatch.exe"), Config: file("etc/chartwatch.yaml"),
		DataDirs: []string{sub("data")}, DropDirs: []string{sub("in")}, ReadPaths: []string{sub("ehr")}, ListDirs: []string{sub("sites")},
		KeyDir: sub("keys"),
	}
	key, other := file("keys/1.key"), file("keys/notes.txt")
	want := map[string]string{
		o.DataDirs[0]: "A;OICI;0x1301bf", o.DropDirs[0]: "A;OICI;0x1301bf", o.ReadPaths[0]: "A;OICI;0x1200a9", o.ListDirs[0]: "A;;0x1200a9",
		o.Executable: "A;;0x1200a9", o.Config: "A;;0x1200a9", key: "A;;0x1200a9", other: "", dir: "",
	}
	if err := service.Permit(o); err != nil {
		t.Fatal(err)
	}
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		t.Skip("Wine keeps no access lists of files")
	}
	for path, want := range want {
		if got := may(t, path, o.Name); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if err := os.Remove(o.Config); err != nil {
		t.Fatal(err)
	}
	if err := service.Forbid(o); err != nil {
		t.Error(err)
	}
	for path := range want {
		if path != o.Config && may(t, path, o.Name) != "" {
			t.Errorf("%s: still %q", path, may(t, path, o.Name))
		}
	}
}

func TestPermitRefuses(t *testing.T) {
	dir := t.TempDir()
	err := service.Permit(service.Options{Name: "chartwatch", Executable: dir, Config: dir, DropDirs: []string{`\\nas\logs`}})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "windows-task") {
		t.Errorf("a share: %v", err)
	}
	if err := service.Permit(service.Options{Name: "chartwatch", User: `NT AUTHORITY\SYSTEM`, DropDirs: []string{`\\nas\logs`}}); err != nil {
		t.Errorf("for an account that a person has named: %v", err)
	}
}

func TestNoServiceOfAPerson(t *testing.T) {
	o := onWindows()
	o.User, o.UserService = "", true
	for name, err := range map[string]error{
		"install": service.Install(t.Context(), o), "uninstall": service.Uninstall(t.Context(), o),
	} {
		if fault.KindOf(err) != fault.Usage || !strings.Contains(fault.HintOf(err), "--kind windows-task --logged-on") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
