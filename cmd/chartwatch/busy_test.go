package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

// A command that has to wait says so after a second, and for whom; at the end of
// the wait it names the holder and what to do.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "chartwatch.yaml", []byte("timezone: America/New_York\nstore:\n  wait: 1200ms\n"))
	write(t, "log.csv", []byte(goodLog))
	if got := chartwatch(t, dir, "--data", "d", "ingest", "log.csv"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	db, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "d"), Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	got := chartwatch(t, dir, "--data", "d", "who", "CANARY-101", "--on", "2025-03-10")
	holder := fmt.Sprint("process ", os.Getpid())
	for _, want := range []string{
		"chartwatch: waiting for " + holder + ", which is using the data directory\n",
		"chartwatch: the data directory is in use by " + holder + "\n",
		"chartwatch: hint: wait until it has finished, or raise store.wait in the configuration\n",
	} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if got.code != 1 || got.stdout != "" || strings.Contains(got.stderr, canary) {
		t.Errorf("got %+v", got)
	}
}
