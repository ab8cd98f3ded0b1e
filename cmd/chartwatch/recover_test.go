package main

import (
	"os"
	"strings"
	"testing"

	"filippo.io/age"
)

// A lost key comes back through the identity of a recovery recipient.
func TestRecoverKey(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "chartwatch.yaml", []byte("timezone: America/New_York\nkey:\n  file: lost.key\n  recipients:\n    - "+identity.Recipient().String()+"\n"))
	write(t, "log.csv", []byte(goodLog))
	write(t, "identity.txt", []byte(identity.String()+"\n"))
	write(t, "stranger.txt", []byte(stranger.String()+"\n"))
	run := func(code int, want string, args ...string) {
		t.Helper()
		got := chartwatch(t, dir, append([]string{"--data", "d"}, args...)...)
		if got.code != code || !strings.Contains(got.stdout+got.stderr, want) {
			t.Errorf("%v: exit code %d, want %d and %q\n%s%s", args, got.code, code, want, got.stdout, got.stderr)
		}
		if strings.Contains(got.stdout+got.stderr, "AGE-SECRET-KEY-1") {
			t.Errorf("%v: it shows a secret", args)
		}
	}
	run(0, "imported", "ingest", "log.csv")
	run(0, "a recovery recipient can bring the key back", "doctor")
	if err := os.Remove("lost.key"); err != nil {
		t.Fatal(err)
	}
	run(4, "the key of this data directory is missing", "coverage")
	run(4, "the recovery file was not made for this identity", "key", "import", "--recover", "stranger.txt")
	run(64, "cannot read the identity file", "key", "import", "--recover", "absent.txt")
	run(0, "the key is in place", "key", "import", "--recover", "identity.txt")
	run(0, "1 access by 1 user", "who", "CANARY-101", "--on", "2025-03-10")
}
