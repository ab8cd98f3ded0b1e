package service_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

// A systemctl that keeps the state of one service in files beside itself. It starts
// no unit in which the word "broken" stands, as systemd starts none whose program
// is missing.
const systemctl = `#!/bin/sh
home=$(dirname "$0")
case "$1" in
daemon-reload) cp "$home"/../units/*.service "$home/known" 2>/dev/null || rm -f "$home/known" ;;
is-active) test -e "$home/active" ;;
enable|restart)
	test "$1" = restart || touch "$home/enabled"
	test "$*" != "enable chartwatch.service" || exit 0
	rm -f "$home/active"
	if grep -q broken "$home/known"; then
		echo "Job for chartwatch.service failed because the control process exited with error code." >&2
		exit 1
	fi
	touch "$home/active" ;;
disable) rm -f "$home/active" "$home/enabled" ;;
reset-failed) echo "Unit chartwatch.service not loaded." >&2; exit 1 ;;
show)
	test -e "$home/active" && echo ActiveState=active || echo ActiveState=inactive
	test -e "$home/enabled" && echo UnitFileState=enabled || echo UnitFileState=
	case "$*" in *timestamp*) echo ActiveEnterTimestamp=@1742198400 ;; esac ;;
*) echo "Unknown command verb $1." >&2; exit 64 ;;
esac
`

// TestRealCommands lets the operating system find and run a systemctl.
func TestRealCommands(t *testing.T) {
	_, o := setUp(t)
	bin := filepath.Join(filepath.Dir(o.UnitDir), "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte(systemctl), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	o.Run = nil
	state := func() string {
		t.Helper()
		s, err := service.Query(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for word, is := range map[string]bool{"1installed": s.Installed, "2enabled": s.Enabled, "3running": s.Running, "4outdated": s.Outdated} {
			if is {
				list = append(list, word)
			}
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	expect := func(step, want string) {
		t.Helper()
		if diff := cmp.Diff(want, state()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step, diff)
		}
	}
	expect("before", "")
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	expect("installed", "1installed 2enabled 3running")

	worse := o
	worse.DropDirs = []string{filepath.Join(o.DropDirs[0], "broken")}
	if err := os.Mkdir(worse.DropDirs[0], 0o700); err != nil {
		t.Fatal(err)
	}
	err := service.Install(t.Context(), worse)
	const said = "systemctl restart chartwatch.service did not work; it said: Job for chartwatch.service failed because the control process exited with error code.: exit status 1"
	complain(t, err, fault.Internal, said)
	expect("after an update that failed", "1installed 2enabled 3running")

	o.Network = true
	expect("changed", "1installed 2enabled 3running 4outdated")
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	expect("updated", "1installed 2enabled 3running")
	if err := service.Uninstall(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	expect("uninstalled", "")
	if err := service.Install(t.Context(), worse); err == nil {
		t.Error("no error")
	}
	expect("after an installation that failed", "")
}

func TestNoSystemctl(t *testing.T) {
	_, o := setUp(t)
	t.Setenv("PATH", t.TempDir())
	o.Run = nil
	err := service.Install(t.Context(), o)
	if !strings.HasPrefix(text(err), "there is no systemctl") || fault.KindOf(err) != fault.NotFound {
		t.Errorf("error %v", err)
	}
	if got := unit(t, o); got != "" {
		t.Errorf("the unit is still there:\n%s", got)
	}
}

// cron ends a command at a percent sign that has no backslash before it, takes away
// such backslashes, and gives the rest to a shell.
func TestCronLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `it's 100% "ü" $HOME`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o := service.Options{Executable: filepath.Join(dir, "chartwatch"), Config: `/etc/a%b \c.yaml`}
	if err := os.WriteFile(o.Executable, []byte("#!/bin/sh\nfor a; do printf '[%s]\\n' \"$a\"; done\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	line := service.CronLine(o)
	command, ok := strings.CutPrefix(line, "17 * * * * ")
	if !ok {
		t.Fatalf("line %q is not of every hour", line)
	}
	if strings.Contains(strings.ReplaceAll(command, `\%`, ""), "%") {
		t.Errorf("cron ends %q at a percent sign", command)
	}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", strings.ReplaceAll(command, `\%`, "%")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if diff := cmp.Diff("[--config]\n[/etc/a%b \\c.yaml]\n[serve]\n[--once]\n", string(out)); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}
