package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestStopAmongKnownFiles stops the daemon while it goes through files that it knows
// already, with new ones behind them. None of them failed: they wait for the next start.
func TestStopAmongKnownFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // the test has no signal there for a graceful end
	}
	const files = 300
	dir := practiceFolder(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	in := filepath.Join(dir, "in")
	known := []byte("timestamp,user_id,patient_id,action\n2025-03-21 09:00:00,ann,1051,view\n")
	write(t, filepath.Join(in, "first.csv"), known)
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); !strings.Contains(said, "1 files imported") {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	old := time.Now().Add(-time.Hour)
	for n := range files {
		name := filepath.Join(in, fmt.Sprintf("again%03d.csv", n))
		write(t, name, known)
		if err := os.Chtimes(name, old, old.Add(time.Duration(n)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(in, "new.csv"), []byte("timestamp,user_id,patient_id,action\n2025-03-21 10:00:00,ann,1052,view\n"))
	d := startDaemon(t, dir, monday(t).Add(time.Hour))
	done := filepath.Join(in, "done", "2025-03-24")
	for count(t, done) < 20 {
		time.Sleep(time.Millisecond)
	}
	d.stop()
	if n := count(t, filepath.Join(in, "failed")); n > 0 {
		t.Errorf("%d files failed", n)
	}
	if all := count(t, in) + count(t, done); all != files+2 {
		t.Errorf("%d files are in the folder and in done, want %d", all, files+2)
	}
	if strings.Contains(d.said(), "could not be imported") {
		t.Errorf("what is said: %s", d.said())
	}
}

// count is the number of files in a folder that are visible.
func count(t *testing.T, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}
