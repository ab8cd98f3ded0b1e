package service_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/service"
)

// plain is a usual installation.
func plain() service.Options {
	return service.Options{
		Name: "chartwatch", Executable: "/usr/bin/chartwatch", Config: "/etc/chartwatch/chartwatch.yaml", User: "chartwatch",
		DataDirs: []string{"/var/lib/chartwatch"}, DropDirs: []string{"/srv/exports"}, Listen: "127.0.0.1:9464",
	}
}

// personal is what one person runs for themselves, mail included.
func personal() service.Options {
	return service.Options{
		Name: "chartwatch", Executable: "/home/rwinters/bin/chartwatch", Config: "/home/rwinters/.config/chartwatch/chartwatch.yaml",
		DataDirs: []string{"/home/rwinters/.local/share/chartwatch"}, Network: true, UserService: true, ConfigHome: "/home/rwinters/.config",
	}
}

func files(t *testing.T, kind service.Kind, o service.Options) []service.File {
	t.Helper()
	list, err := service.Files(kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// only returns the text of the one file of a kind.
func only(t *testing.T, kind service.Kind, o service.Options) string {
	t.Helper()
	list := files(t, kind, o)
	if len(list) != 1 {
		t.Fatalf("%d files, want 1", len(list))
	}
	return string(list[0].Content)
}

func TestFiles(t *testing.T) {
	task := plain()
	task.Executable, task.Config, task.User = `C:\Program Files\Chartwatch\chartwatch.exe`, `C:\ProgramData\Chartwatch\chartwatch.yaml`, `FRONTDESK\chartwatch`
	task.DataDirs, task.DropDirs = []string{`C:\ProgramData\Chartwatch`}, []string{`\\server\exports`}
	var got []string
	for _, tc := range []struct {
		folder string
		kind   service.Kind
		o      service.Options
	}{
		{"computer", service.Systemd, plain()},
		{"computer", service.SystemdTimer, plain()},
		{"computer", service.Launchd, plain()},
		{"computer", service.WindowsTask, task},
		{"person", service.Systemd, personal()},
		{"person", service.SystemdTimer, personal()},
		{"person", service.Launchd, personal()},
	} {
		for _, f := range files(t, tc.kind, tc.o) {
			got = append(got, tc.folder+" "+string(tc.kind)+" "+f.Name+" "+f.Mode.String())
			content := f.Content
			if tc.kind == service.WindowsTask {
				content = []byte(strings.ReplaceAll(decode(t, content), "\r\n", "\n"))
			}
			golden.Compare(t, filepath.Join("testdata", tc.folder, f.Name), content)
		}
	}
	want := []string{
		"computer systemd chartwatch.service -rw-r--r--",
		"computer systemd-timer chartwatch-once.service -rw-r--r--",
		"computer systemd-timer chartwatch-once.timer -rw-r--r--",
		"computer launchd chartwatch.plist -rw-r--r--",
		"computer windows-task chartwatch-once.xml -rw-------",
		"person systemd chartwatch.service -rw-r--r--",
		"person systemd-timer chartwatch-once.service -rw-r--r--",
		"person systemd-timer chartwatch-once.timer -rw-r--r--",
		"person launchd chartwatch.plist -rw-r--r--",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestEveryFileSaysWhatToDo(t *testing.T) {
	for _, kind := range service.Kinds() {
		o := plain()
		if kind == service.WindowsTask {
			o = onWindows()
		}
		for _, f := range files(t, kind, o) {
			content := string(f.Content)
			if kind == service.WindowsTask {
				content = decode(t, f.Content)
			}
			head := content[:min(len(content), 900)]
			for _, want := range []string{"Written by chartwatch", "Goes to: ", "Activate with: "} {
				if !strings.Contains(head, want) {
					t.Errorf("%s does not say %q at its top", f.Name, want)
				}
			}
		}
	}
}

// lines returns the lines of a text that set one of the keys.
func lines(text string, keys ...string) []string {
	var list []string
	for line := range strings.Lines(text) {
		key, _, ok := strings.Cut(line, "=")
		if ok && slices.Contains(keys, key) {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

func TestUnitFollowsTheOptions(t *testing.T) {
	shut := []string{"ProtectHome=yes", "PrivateTmp=yes"}
	local := []string{"IPAddressAllow=localhost", "IPAddressDeny=any"}
	for _, tc := range []struct {
		name   string
		change func(*service.Options)
		want   []string
	}{
		{"as-it-is", func(*service.Options) {}, slices.Concat(shut, local)},
		{"no-listening", func(o *service.Options) { o.Listen = "" }, slices.Concat(shut, local)},
		{"localhost", func(o *service.Options) { o.Listen = "localhost:9464" }, slices.Concat(shut, local)},
		{"loopback-six", func(o *service.Options) { o.Listen = "[::1]:9464" }, slices.Concat(shut, local)},
		{"mail", func(o *service.Options) { o.Network = true }, shut},
		{"listens-everywhere", func(o *service.Options) { o.Listen = ":9464" }, shut},
		{"listens-to-the-practice", func(o *service.Options) { o.Listen = "192.168.1.5:9464" }, shut},
		{"data-in-home", func(o *service.Options) { o.DataDirs = []string{"/home/rwinters/data"} }, slices.Concat([]string{"ProtectHome=read-only", "PrivateTmp=yes"}, local)},
		{"key-in-root", func(o *service.Options) { o.KeyDir = "/root/keys" }, slices.Concat([]string{"ProtectHome=read-only", "PrivateTmp=yes"}, local)},
		{"home-only-by-name", func(o *service.Options) { o.KeyFile = "/homestead/key" }, slices.Concat(shut, local)},
		{"reads-tmp", func(o *service.Options) { o.ReadPaths = []string{"/tmp"} }, slices.Concat([]string{"ProtectHome=yes", "PrivateTmp=no"}, local)},
		{
			"credential", func(o *service.Options) { o.Credential = "/etc/chartwatch/a b%.key" },
			slices.Concat([]string{"LoadCredential=chartwatch.key:/etc/chartwatch/a b%%.key"}, shut, local),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := plain()
			tc.change(&o)
			got := lines(only(t, service.Systemd, o), "ProtectHome", "PrivateTmp", "IPAddressAllow", "IPAddressDeny", "LoadCredential")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWritablePaths(t *testing.T) {
	o := plain()
	o.DataDirs = []string{"/srv/b", "/srv/a", "/srv/b"}
	o.DropDirs = []string{"/mnt/share", "/srv/a"}
	want := []string{`RequiresMountsFor="/srv/a"`, `RequiresMountsFor="/srv/b"`, `ReadWritePaths="/srv/a"`, `ReadWritePaths="/srv/b"`, `ReadWritePaths=-"/mnt/share"`}
	if diff := cmp.Diff(want, lines(only(t, service.Systemd, o), "ReadWritePaths", "RequiresMountsFor")); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	const canary = "Zebulon"
	for _, tc := range []struct {
		name   string
		kind   service.Kind
		change func(*service.Options)
		fault  fault.Kind
		want   string
	}{
		{"kind", "upstart", func(*service.Options) {}, fault.Usage, "there are no files of the kind upstart"},
		{"no-name", service.Systemd, func(o *service.Options) { o.Name = "" }, fault.Invalid, "the name of the service is not usable"},
		{"name-with-slash", service.Systemd, func(o *service.Options) { o.Name = "a/b" }, fault.Invalid, "the name of the service is not usable"},
		{"name-like-an-option", service.Systemd, func(o *service.Options) { o.Name = "-a" }, fault.Invalid, "the name of the service is not usable"},
		{"name-ends-a-comment", service.WindowsTask, func(o *service.Options) { o.Name = "a--b" }, fault.Invalid, "the name of the service is not usable"},
		{"no-user", service.Systemd, func(o *service.Options) { o.User = "" }, fault.Usage, "it is not said under which account the service runs"},
		{"no-user-for-the-task", service.WindowsTask, func(o *service.Options) { *o = onWindows(); o.User = "" }, fault.Usage, "it is not said under which account the service runs"},
		{"user-with-a-line", service.Systemd, func(o *service.Options) { o.User = canary + "\nCapabilityBoundingSet=~" }, fault.Invalid, "the account of the service is not usable"},
		{"user-with-a-space", service.Systemd, func(o *service.Options) { o.User = canary + " Q" }, fault.Invalid, "the account of the service is not usable"},
		{"no-program", service.Systemd, func(o *service.Options) { o.Executable = "" }, fault.Internal, "the program or the configuration of the service is not known"},
		{"relative", service.Systemd, func(o *service.Options) { o.Config = "chartwatch.yaml" }, fault.Invalid, `the path chartwatch.yaml is not absolute`},
		{
			"path-with-a-line", service.Systemd, func(o *service.Options) { o.DataDirs = []string{"/srv/a\nUser=root"} }, fault.Invalid,
			`the path "/srv/a\nUser=root" holds a character that cannot be written into the file of a service`,
		},
		{
			"not-a-text", service.Launchd, func(o *service.Options) { o.Config = "/srv/\xff" }, fault.Invalid,
			`the path "/srv/\xff" holds a character that cannot be written into the file of a service`,
		},
		{
			"program-with-a-quote", service.Systemd, func(o *service.Options) { o.Executable = `/opt/a"b/chartwatch` }, fault.Invalid,
			`systemd starts no program with a quotation mark or a backslash in its path, such as /opt/a"b/chartwatch`,
		},
		{
			"unix-path-in-a-task", service.WindowsTask, func(*service.Options) {}, fault.Invalid,
			`the path /usr/bin/chartwatch is of this computer, and these files are for a computer with Windows`,
		},
		{
			"windows-path-in-a-unit", service.SystemdTimer, func(o *service.Options) { *o = onWindows() }, fault.Invalid,
			`the path C:\Program Files\Chartwatch\chartwatch.exe is of this computer, and these files are for a computer with Linux or macOS`,
		},
		{"low-port", service.Systemd, func(o *service.Options) { o.Listen = ":443" }, fault.Invalid, "the service has no privileges and cannot listen on port 443"},
		{"no-port", service.Systemd, func(o *service.Options) { o.Listen = "localhost:http" }, fault.Invalid, "the address that the service listens on has no usable port"},
		{
			"no-address", service.Systemd, func(o *service.Options) { o.Listen = "localhost" }, fault.Invalid,
			"the address that the service listens on is not usable: address localhost: missing port in address",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := plain()
			tc.change(&o)
			list, err := service.Files(tc.kind, o)
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if fault.KindOf(err) != tc.fault {
				t.Errorf("kind %v, want %v", fault.KindOf(err), tc.fault)
			}
			if list != nil {
				t.Errorf("%d files beside the error", len(list))
			}
		})
	}
}

func TestLaunchdReadsTheValuesAsTheyAre(t *testing.T) {
	o := plain()
	o.Executable, o.Config, o.User = `/Applications/A & B/chartwatch`, `/Users/müller/<x> "y" it's {{z}}.yaml`, "_chartwatch"
	text := only(t, service.Launchd, o)
	var got []string
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok && len(bytes.TrimSpace(c)) > 0 {
			got = append(got, string(c))
		}
	}
	want := []string{
		"Label", "chartwatch", "ProgramArguments", o.Executable, "--config", o.Config, "serve", "UserName", "_chartwatch",
		"RunAtLoad", "KeepAlive", "SuccessfulExit", "ThrottleInterval", "30", "ExitTimeOut", "120", "ProcessType", "Background", "Umask", "63",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}
