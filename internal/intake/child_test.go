package intake_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// What a child process is told by its environment.
const (
	childTask = "CHARTWATCH_TEST_TASK" // import, rotate or rebuild
	childRoot = "CHARTWATCH_TEST_ROOT" // the folder of the data directory and its key
	childFile = "CHARTWATCH_TEST_FILE" // what to import
	childSize = "CHARTWATCH_TEST_SIZE" // the largest file it may write, in bytes
)

// TestMain lets the test's own program serve as the process that is killed.
func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		if err := limitFileSize(os.Getenv(childSize)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		if err := work(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func childOptions(root string) intake.WorkspaceOptions {
	return intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), Wait: 20 * time.Second, Threads: 1},
		Key:   seal.Locator{Dir: filepath.Join(root, "keys")}, Create: true,
	}
}

// work does the task and prints a line at each step that a parent may want to
// kill it after.
func work(task string) error {
	ctx, root := context.Background(), os.Getenv(childRoot)
	reg, err := builtin.Registry()
	if err != nil {
		return err
	}
	if task == "rebuild" {
		_, err := intake.Rebuild(ctx, childOptions(root), reg, func(done, _ int) { say("file", int64(done)) })
		say("done", 0)
		return err
	}
	w, err := intake.OpenWorkspace(ctx, childOptions(root))
	if err != nil {
		return err
	}
	say("open", 0)
	if task == "rotate" {
		err = w.RotateKey(ctx, func(done, _ int) { say("file", int64(done)) })
	} else {
		err = importFile(ctx, w, reg)
	}
	say("done", 0)
	return errors.Join(err, w.Close())
}

func importFile(ctx context.Context, w *intake.Workspace, reg *ingest.Registry) error {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	im := w.Importer(reg, noon)
	var read int64
	im.Progress = func(n int64) {
		read += n
		say("read", read)
	}
	r, err := im.File(ctx, os.Getenv(childFile), intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting})
	for _, f := range r.Files {
		fmt.Printf("result %s %d %q %q\n", f.Status, f.Accepted, f.Error, f.Hint)
	}
	return err
}

func say(what string, n int64) { fmt.Println(what, n) }

// child starts a process on the task.
func child(t *testing.T, task, root, file string, more ...string) (*exec.Cmd, io.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), append([]string{childTask + "=" + task, childRoot + "=" + root, childFile + "=" + file}, more...)...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, out
}

// moment is when to kill a process: after the first line that starts with what
// and carries at least n, and then a pause.
type moment struct {
	what  string
	n     int64
	pause time.Duration
}

// killAt runs a process and kills it. It reports whether the process had ended
// its work by then.
func killAt(t *testing.T, task, root, file string, m moment) (finished bool) {
	t.Helper()
	c, out := child(t, task, root, file)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		what, number, _ := strings.Cut(lines.Text(), " ")
		finished = finished || what == "done"
		n, err := strconv.ParseInt(number, 10, 64)
		if what == m.what && err == nil && n >= m.n {
			time.Sleep(m.pause)
			break
		}
	}
	if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	for lines.Scan() {
		finished = finished || strings.HasPrefix(lines.Text(), "done")
	}
	_ = c.Wait() // killed
	return finished
}
