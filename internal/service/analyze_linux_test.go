package service_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/service"
)

// analyze runs systemd-analyze. Its words are in the language of the test.
func analyze(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze absent: /usr/bin/systemd-analyze")
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = append(os.Environ(), append(env, "LC_ALL=C.UTF-8", "SYSTEMD_PAGER=cat")...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// place writes files and a program that can be started into a new folder.
func place(t *testing.T, kind service.Kind, o service.Options, dir string) string {
	t.Helper()
	o.Executable = filepath.Join(t.TempDir(), dir, "chartwatch")
	if err := os.MkdirAll(filepath.Dir(o.Executable), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Executable, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	units := t.TempDir()
	for _, f := range files(t, kind, o) {
		if err := os.WriteFile(filepath.Join(units, f.Name), f.Content, f.Mode); err != nil {
			t.Fatal(err)
		}
	}
	return units
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	mine := personal()
	for _, tc := range []struct {
		name  string
		kind  service.Kind
		o     service.Options
		units []string
		args  []string
	}{
		{"service", service.Systemd, plain(), []string{"chartwatch.service"}, nil},
		{"timer", service.SystemdTimer, plain(), []string{"chartwatch-once.service", "chartwatch-once.timer"}, nil},
		{"service-of-a-person", service.Systemd, mine, []string{"chartwatch.service"}, []string{"--user"}},
		{"timer-of-a-person", service.SystemdTimer, mine, []string{"chartwatch-once.service", "chartwatch-once.timer"}, []string{"--user"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := place(t, tc.kind, tc.o, "bin")
			args := append([]string{"verify", "--man=no"}, tc.args...)
			for _, u := range tc.units {
				args = append(args, filepath.Join(dir, u))
			}
			out, err := analyze(t, []string{"XDG_RUNTIME_DIR=" + t.TempDir()}, args...)
			if err != nil || out != "" {
				t.Errorf("systemd-analyze verify: %v\n%s", err, out)
			}
		})
	}
}

// A path is whatever a person calls a folder. What systemd read is what it prints
// of a unit when it is asked to say everything.
func TestSystemdReadsThePathsAsTheyAre(t *testing.T) {
	o := plain()
	o.Config = `/etc/Praxis "Süd" $HOME ${X} %h 100%/it's\here.yaml`
	o.DataDirs = []string{`/srv/Müller & Söhne`, `/srv/50% "off" %n`, `/srv/it's\here`, `/srv/$HOME`}
	o.DropDirs = []string{`/mnt/drop one`}
	dir := place(t, service.Systemd, o, `a b/ü%h/$HOME`)
	out, err := analyze(t, []string{"SYSTEMD_LOG_LEVEL=debug"}, "verify", "--man=no", filepath.Join(dir, "chartwatch.service"))
	if err != nil {
		t.Fatalf("systemd-analyze verify: %v\n%s", err, out)
	}
	var got []string
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "ReadWritePaths: ") || strings.HasPrefix(line, "RequiresMountsFor: /srv/") {
			got = append(got, strings.TrimSuffix(line, " (origin-file)"))
		}
		if _, args, ok := strings.Cut(line, `/a b/ü%h/\$HOME/chartwatch" --config `); ok && strings.HasPrefix(line, "Command Line: ") {
			got = append(got, args)
		}
	}
	slices.Sort(got)
	want := []string{
		// Here systemd writes the way a shell would: "\$" is one dollar sign. Both are
		// there twice, because that is how ExecStart= keeps them until it starts.
		`"/etc/Praxis \"Süd\" \$\$HOME \$\${X} %h 100%/it's\\here.yaml" serve`,
		`ReadWritePaths: /srv/$HOME /srv/50% "off" %n /srv/Müller & Söhne /srv/it's\here -/mnt/drop one`,
		`RequiresMountsFor: /srv/$HOME`,
		`RequiresMountsFor: /srv/50% "off" %n`,
		`RequiresMountsFor: /srv/Müller & Söhne`,
		`RequiresMountsFor: /srv/it's\here`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what systemd read (-want +got):\n%s", diff)
	}
}

func TestUnitsAreShutIn(t *testing.T) {
	for _, tc := range []struct {
		name, unit, threshold string
		kind                  service.Kind
		change                func(*service.Options)
	}{
		{"service", "chartwatch.service", "13", service.Systemd, func(*service.Options) {}},
		{"service-with-mail", "chartwatch.service", "14", service.Systemd, func(o *service.Options) { o.Network = true }},
		{"timer", "chartwatch-once.service", "13", service.SystemdTimer, func(*service.Options) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := plain()
			tc.change(&o)
			dir := t.TempDir()
			for _, f := range files(t, tc.kind, o) {
				if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, f.Mode); err != nil {
					t.Fatal(err)
				}
			}
			out, err := analyze(t, nil, "security", "--offline=true", "--no-pager", "--threshold="+tc.threshold, filepath.Join(dir, tc.unit))
			last := strings.TrimSpace(out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:])
			t.Log(last)
			if err != nil {
				t.Errorf("systemd-analyze security: %v\n%s", err, out)
			}
			if !strings.Contains(last, "Overall exposure level for "+tc.unit) {
				t.Errorf("no verdict in:\n%s", out)
			}
		})
	}
}
