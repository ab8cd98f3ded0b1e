//go:build unix

package drop_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// fullDisk names the folder in which the test's own program works without any space
// for what it writes.
const fullDisk = "CHARTWATCH_TEST_FULL_DISK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(fullDisk); dir != "" {
		fmt.Print(onFullDisk(dir))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// onFullDisk fails one file and puts back another, and says what came of it.
func onFullDisk(dir string) string {
	// Without this the system would end the process instead of refusing to write.
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{}); err != nil {
		return err.Error()
	}
	f, err := drop.Open(drop.Options{Dir: dir, Clock: start, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err.Error()
	}
	for range 2 {
		if _, err := f.Scan(context.Background()); err != nil {
			return err.Error()
		}
	}
	claims := map[string]*drop.Claim{}
	for _, name := range []string{"bad.csv", "good.csv", "fine.csv"} {
		if claims[name], err = f.Claim(name); err != nil {
			return err.Error()
		}
	}
	err = claims["bad.csv"].Failed("r", "h")
	return fmt.Sprintf("failed: %v, %v; put back: %v; done: %v", fault.KindOf(err), err, claims["good.csv"].PutBack(), claims["fine.csv"].Done())
}

// When nothing can be written, files are still moved, and it is said that the reason
// is missing.
func TestFullDisk(t *testing.T) {
	f := newFolder(t)
	f.put("content", "bad.csv", "good.csv", "fine.csv")
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), fullDisk+"="+f.dir)
	out, err := c.Output()
	ok(t, err)
	want := "failed: internal, a file that could not be imported is in the folder called failed, but the reason cannot be written beside it: file too large; put back: <nil>; done: <nil>"
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	f.tree(map[string]string{"failed/bad.csv": "content", "good.csv": "content", "done/2026-03-02/fine.csv": "content"})
}
