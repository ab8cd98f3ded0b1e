//go:build !windows

package cli_test

import (
	"bytes"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/cli"
)

// TestKeyOfAnotherAccount opens a data directory whose key lies in the home of the account
// that made it, as somebody else with another home: behind sudo, for example.
func TestKeyOfAnotherAccount(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log.csv")
	if err := os.WriteFile(log, []byte("timestamp,user_id,patient_id,action\n2025-03-10 09:00:00,jlee,101,view\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	owner, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	run := func(home string, euid int, environ []string, args ...string) (code int, out string) {
		var b bytes.Buffer
		code = cli.Main(t.Context(), cli.Env{
			Args: append([]string{"--data", filepath.Join(dir, "data")}, args...), Stdin: strings.NewReader(""), Stdout: &b, Stderr: &b,
			Environ: append(environ, "XDG_CONFIG_HOME="+filepath.Join(dir, home)),
			WorkDir: dir, TempDir: dir, EUID: euid, Clock: time.Now, Zone: time.UTC,
		})
		return code, b.String()
	}
	if code, out := run("owner", os.Geteuid(), nil, "ingest", log); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, tc := range []struct {
		name    string
		euid    int
		environ []string
		args    []string
		want    string
		foreign bool
	}{
		{"doctor", os.Geteuid() + 1, nil, []string{"doctor"}, "run this as " + owner.Username + ", for example with `sudo -H -u " + owner.Username + " chartwatch ...`", true},
		{"who", os.Geteuid() + 1, nil, []string{"who", "101", "--on", "2025-03-10"}, "hint: the data directory belongs to the account " + owner.Username + ", and its key is kept for that account", true},
		{"sudo", os.Geteuid() + 1, []string{"SUDO_USER=" + owner.Username}, []string{"doctor"}, "run this as " + owner.Username + ", that is, without sudo", true},
		{"owner", os.Geteuid(), nil, []string{"doctor"}, "chartwatch key import", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out := run("other", tc.euid, tc.environ, tc.args...)
			if code == 0 || !strings.Contains(out, tc.want) || strings.Contains(out, "chartwatch key import") == tc.foreign {
				t.Errorf("exit code %d, want %q\n%s", code, tc.want, out)
			}
		})
	}
}
