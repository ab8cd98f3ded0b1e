package service_test

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

const patient = "Zebulon Quisenberry"

// computer is a computer with systemd, as far as an installation sees it. Its
// systemctl writes down what it is told.
type computer struct {
	calls   []string
	refuses string            // a command that systemctl refuses
	answers map[string]string // by the start of a command
}

func (c *computer) run(_ context.Context, name string, args ...string) ([]byte, error) {
	call := strings.Join(args, " ")
	c.calls = append(c.calls, name+" "+call)
	if c.refuses != "" && strings.Contains(call, c.refuses) {
		return []byte("Job for chartwatch.service failed.\n\tSee \"systemctl status\".\n"), errors.New("exit status 1")
	}
	for start, answer := range c.answers {
		if strings.HasPrefix(call, start) {
			return []byte(answer), nil
		}
	}
	return nil, nil
}

func (c *computer) take() []string {
	list := c.calls
	c.calls = nil
	return list
}

// setUp is a computer on which everything is in place.
func setUp(t *testing.T) (*computer, service.Options) {
	t.Helper()
	dir := t.TempDir()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	o := service.Options{
		Name: "chartwatch", Executable: filepath.Join(dir, "chartwatch"), Config: filepath.Join(dir, "chartwatch.yaml"), User: me.Username,
		DataDirs: []string{filepath.Join(dir, "data")}, DropDirs: []string{filepath.Join(dir, "in")},
		UnitDir: filepath.Join(dir, "units"), SystemdDir: filepath.Join(dir, "systemd"),
	}
	for _, d := range []string{o.DataDirs[0], o.DropDirs[0], o.UnitDir, o.SystemdDir} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{o.Executable, o.Config, filepath.Join(o.DataDirs[0], "chartwatch.duckdb")} {
		write(t, f, patient)
	}
	c := &computer{}
	o.Run = c.run
	return c, o
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func unitPath(o service.Options) string { return filepath.Join(o.UnitDir, o.Name+".service") }

// unit returns the text of the unit, or the empty string if there is none, and
// fails the test if anything else lies beside it.
func unit(t *testing.T, o service.Options) string {
	t.Helper()
	list, err := os.ReadDir(o.UnitDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Name() != o.Name+".service" {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	text, err := os.ReadFile(unitPath(o))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// complain compares an error, which must have a hint and must not tell of patients.
func complain(t *testing.T, err error, kind fault.Kind, want string) {
	t.Helper()
	if diff := cmp.Diff(want, text(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if fault.KindOf(err) != kind {
		t.Errorf("kind %v, want %v", fault.KindOf(err), kind)
	}
	if fault.HintOf(err) == "" {
		t.Error("no hint")
	}
	if strings.Contains(text(err)+fault.HintOf(err), "Zebulon") {
		t.Error("the error tells what is in a file")
	}
}

func TestInstall(t *testing.T) {
	c, o := setUp(t)
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := []string{"systemctl daemon-reload", "systemctl enable --now chartwatch.service"}
	if diff := cmp.Diff(want, c.take()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(only(t, service.Systemd, o), unit(t, o)); diff != "" {
		t.Errorf("unit (-want +got):\n%s", diff)
	}
	info, err := os.Stat(unitPath(o))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("-rw-r--r--", info.Mode().String()); diff != "" {
		t.Errorf("mode (-want +got):\n%s", diff)
	}
}

func TestInstallAgain(t *testing.T) {
	c, o := setUp(t)
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	c.take()
	o.Network = true
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"systemctl is-active --quiet chartwatch.service", "systemctl daemon-reload", "systemctl enable chartwatch.service", "systemctl restart chartwatch.service",
	}
	if diff := cmp.Diff(want, c.take()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if got := unit(t, o); got != only(t, service.Systemd, o) || strings.Contains(got, "IPAddressDeny") {
		t.Errorf("the unit is not the new one:\n%s", got)
	}
}

func TestInstallForOnePerson(t *testing.T) {
	c, o := setUp(t)
	o.UserService, o.User, o.EUID = true, "", 1000
	o.ConfigHome, o.UnitDir = o.UnitDir, ""
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := []string{"systemctl --user daemon-reload", "systemctl --user enable --now chartwatch.service"}
	if diff := cmp.Diff(want, c.take()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	o.UnitDir = filepath.Join(o.ConfigHome, "systemd", "user")
	if diff := cmp.Diff(only(t, service.Systemd, o), unit(t, o)); diff != "" {
		t.Errorf("unit (-want +got):\n%s", diff)
	}
}

func TestInstallRefuses(t *testing.T) {
	const foreign = "[Unit]\nDescription=of somebody else\n"
	remove := func(path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*testing.T, *service.Options)
		kind   fault.Kind
		want   string
	}{
		{"not-root", func(_ *testing.T, o *service.Options) { o.EUID = 1000 }, fault.Usage, "only root may change the services of this computer"},
		{"no-systemd", func(_ *testing.T, o *service.Options) { remove(o.SystemdDir) }, fault.NotFound, "systemd does not run on this computer"},
		{"no-program", func(_ *testing.T, o *service.Options) { remove(o.Executable) }, fault.NotFound, "the program DIR/chartwatch does not exist"},
		{"no-configuration", func(_ *testing.T, o *service.Options) { remove(o.Config) }, fault.NotFound, "the configuration DIR/chartwatch.yaml does not exist"},
		{"no-data", func(_ *testing.T, o *service.Options) { o.DataDirs[0] += "-lost" }, fault.NotFound, "the data directory DIR/data-lost does not exist"},
		{"no-drop-folder", func(_ *testing.T, o *service.Options) { o.DropDirs[0] += "-away" }, fault.NotFound, "the folder DIR/in-away does not exist"},
		{"no-key", func(_ *testing.T, o *service.Options) { o.KeyFile = o.Config + ".key" }, fault.NotFound, "the key file DIR/chartwatch.yaml.key does not exist"},
		{"no-account", func(_ *testing.T, o *service.Options) { o.User = "nobody-of-that-name" }, fault.NotFound, "the account that the service is to run as does not exist"},
		{"foreign", func(t *testing.T, o *service.Options) { t.Helper(); write(t, unitPath(*o), foreign) }, fault.Conflict, "DIR/units/chartwatch.service exists and was not written by chartwatch"},
		{
			"masked", func(t *testing.T, o *service.Options) {
				t.Helper()
				if err := os.Symlink("/dev/null", unitPath(*o)); err != nil {
					t.Fatal(err)
				}
			}, fault.Conflict, "DIR/units/chartwatch.service exists and was not written by chartwatch",
		},
		{
			"nobody's-home", func(_ *testing.T, o *service.Options) { o.UserService, o.UnitDir = true, "" }, fault.Internal,
			"the configuration directory of the person is not known",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, o := setUp(t)
			dir := filepath.Dir(o.Config)
			tc.change(t, &o)
			before := snapshot(t, dir)
			err := service.Install(t.Context(), o)
			complain(t, err, tc.kind, strings.ReplaceAll(tc.want, "DIR", dir))
			if c.calls != nil {
				t.Errorf("commands were run: %v", c.calls)
			}
			if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
				t.Errorf("files (-before +after):\n%s", diff)
			}
		})
	}
}

// snapshot returns what lies in a directory, with the contents of files.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			m[path] = e.Type().String()
			return err
		}
		text, err := os.ReadFile(path)
		m[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNoSystemdHintsAtCron(t *testing.T) {
	_, o := setUp(t)
	o.SystemdDir = "/nowhere"
	hint := fault.HintOf(service.Install(t.Context(), o))
	if want := service.CronLine(o); !strings.Contains(hint, want) || !strings.Contains(hint, "chartwatch service files") {
		t.Errorf("hint %q does not name %q and the files", hint, want)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if want := "as the account that owns the data (" + me.Username + "): run `crontab -e` as that account"; !strings.Contains(hint, want) {
		t.Errorf("hint %q does not say whose crontab it is: %q", hint, want)
	}
}

func TestInstallThatFailsLeavesNothing(t *testing.T) {
	for _, step := range []string{"daemon-reload", "enable --now"} {
		t.Run(strings.Fields(step)[0], func(t *testing.T) {
			c, o := setUp(t)
			c.refuses = step
			err := service.Install(t.Context(), o)
			if !strings.Contains(text(err), `it said: Job for chartwatch.service failed. See "systemctl status".: exit status 1`) {
				t.Errorf("error %q does not say what systemctl said", text(err))
			}
			if diff := cmp.Diff("see journalctl -u chartwatch.service", fault.HintOf(err)); diff != "" {
				t.Errorf("hint (-want +got):\n%s", diff)
			}
			if got := unit(t, o); got != "" {
				t.Errorf("the unit is still there:\n%s", got)
			}
			calls := c.take()
			want := []string{"systemctl disable --now chartwatch.service", "systemctl daemon-reload"}
			if diff := cmp.Diff(want, calls[len(calls)-2:]); diff != "" {
				t.Errorf("last commands (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdateThatFailsPutsTheOldUnitBack(t *testing.T) {
	for _, tc := range []struct {
		name, refuses string
		after         []string // what is run after the step that failed
	}{
		{"restart", "restart", []string{"daemon-reload", "restart chartwatch.service"}},
		{"enable", "enable", []string{"daemon-reload", "restart chartwatch.service"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, o := setUp(t)
			if err := service.Install(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			old := unit(t, o)
			c.take()
			c.refuses, o.Network = tc.refuses, true
			err := service.Install(t.Context(), o)
			if !strings.Contains(text(err), "systemctl "+tc.refuses+" chartwatch.service did not work") {
				t.Errorf("error %q does not say what did not work", text(err))
			}
			if second := "what was there before could not be brought back: systemctl restart"; tc.name == "restart" && !strings.Contains(text(err), second) {
				t.Errorf("error %q hides that the service stands still", text(err))
			}
			if diff := cmp.Diff(old, unit(t, o)); diff != "" {
				t.Errorf("unit (-before +after):\n%s", diff)
			}
			calls := c.take()
			i := slices.Index(calls, "systemctl "+tc.refuses+" chartwatch.service")
			var after []string
			for _, call := range calls[i+1:] {
				after = append(after, strings.TrimPrefix(call, "systemctl "))
			}
			if diff := cmp.Diff(tc.after, after); diff != "" {
				t.Errorf("commands after the failure (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("stopped-before", func(t *testing.T) {
		c, o := setUp(t)
		write(t, unitPath(o), "# Written by chartwatch.\n# old\n")
		o.Run = func(ctx context.Context, name string, args ...string) ([]byte, error) {
			_, _ = c.run(ctx, name, args...)
			if args[0] == "is-active" || args[0] == "restart" {
				return nil, errors.New("exit status 3")
			}
			return nil, nil
		}
		if err := service.Install(t.Context(), o); err == nil {
			t.Error("no error")
		}
		if diff := cmp.Diff("# Written by chartwatch.\n# old\n", unit(t, o)); diff != "" {
			t.Errorf("unit (-before +after):\n%s", diff)
		}
		calls := c.take()
		if diff := cmp.Diff("systemctl daemon-reload", calls[len(calls)-1]); diff != "" {
			t.Errorf("a service that was stopped is started (-want +got):\n%s", diff)
		}
	})
}

func TestInstallThatIsGivenUp(t *testing.T) {
	c, o := setUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	o.Run = func(ctx context.Context, name string, args ...string) ([]byte, error) {
		if args[0] == "enable" {
			cancel()
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return c.run(ctx, name, args...)
	}
	if err := service.Install(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if got := unit(t, o); got != "" {
		t.Errorf("the unit is still there:\n%s", got)
	}
	want := []string{"systemctl daemon-reload", "systemctl disable --now chartwatch.service", "systemctl daemon-reload"}
	if diff := cmp.Diff(want, c.take()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}
