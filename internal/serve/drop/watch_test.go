package drop_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// watch lets the system report; it may refuse if too many programs ask for it.
func watch(t *testing.T, f *folder) <-chan struct{} {
	t.Helper()
	wake := f.Watch(t.Context())
	if said := f.logs.String(); strings.Contains(said, "does not report") {
		t.Fatalf("this system does not report what happens to files now: %s", said)
	}
	return wake
}

// woken waits until the folder asks for a look.
func woken(f *folder, wake <-chan struct{}) {
	f.t.Helper()
	select {
	case _, open := <-wake:
		if !open {
			f.t.Fatal("the channel was closed")
		}
	case <-time.After(30 * time.Second):
		f.t.Fatalf("nobody was woken:\n%s", f.logs)
	}
}

func TestWatch(t *testing.T) {
	for name, arrive := range map[string]func(*folder){
		"file":          func(f *folder) { f.put("x", "a.csv") },
		"in_a_folder":   func(f *folder) { f.put("x", "sub/deep/a.csv") },
		"new_folder":    func(f *folder) { f.put("x", "new/folder/a.csv") },
		"renamed":       func(f *folder) { ok(f.t, os.Rename(f.path("sub/deep/old.part"), f.path("sub/deep/old.csv"))) },
		"marker":        func(f *folder) { f.put("", "old.csv.done") },
		"called_as_our": func(f *folder) { f.put("x", "sub/done/a.csv") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.put("x", "sub/deep/old.part", "old.csv")
			wake := watch(t, f)
			arrive(f)
			woken(f, wake)
		})
	}
}

// What is not to be imported wakes nobody, nor does a file that is being written,
// nor what this package does itself.
func TestWatchIsQuiet(t *testing.T) {
	f := newFolder(t)
	f.put("x", "growing.csv", "claimed.csv", "failing.csv")
	c, d := f.claim("claimed.csv"), f.claim("failing.csv")
	wake := watch(t, f)
	f.add("growing.csv", "more")
	f.put("x", ".chartwatch-serve.lock", "~$a.xlsx")
	ok(t, os.Remove(f.path("done"))) // it is made again
	ok(t, c.Done())
	ok(t, d.Failed("r", "h"))
	ok(t, f.Tidy())
	f.put("x", "processing/5/a.csv")
	// Events come in order. Had there been a call before this one, there would be
	// another one after the pause between calls.
	f.put("x", "last.csv")
	woken(f, wake)
	select {
	case <-wake:
		t.Error("woken more than once")
	case <-time.After(1500 * time.Millisecond):
	}
}

// A folder that was made while it is watched is watched too.
func TestWatchNewFolder(t *testing.T) {
	f := newFolder(t)
	wake := watch(t, f)
	ok(t, os.Mkdir(f.path("new"), 0o700))
	woken(f, wake) // it is watched from here on
	f.put("x", "new/a.csv")
	woken(f, wake)
	f.scan(drop.Scan{Waiting: 1})
}

// Looks that follow each other at once, because much arrives, do not make a file
// ready that was only quiet for a moment.
func TestWokenLooksDoNotCount(t *testing.T) {
	f := newFolder(t)
	wake := watch(t, f)
	f.put("x", "a.csv")
	woken(f, wake)
	f.scan(drop.Scan{Waiting: 1})
	f.put("x", "b.csv")
	woken(f, wake)
	f.scan(drop.Scan{Waiting: 2})
	f.pass(10 * time.Second)
	f.put("x", "c.csv")
	f.old("a.csv", 0)
	woken(f, wake)
	f.scan(drop.Scan{Ready: []string{"b.csv"}, Waiting: 2})
	f.scan(drop.Scan{Ready: []string{"a.csv", "b.csv", "c.csv"}}) // a look without an occasion
}

// One look shows everything that arrived, and a look that comes first answers the
// call for it.
func TestLookAnswersCall(t *testing.T) {
	f := newFolder(t)
	wake := watch(t, f)
	f.put("x", "first.csv")
	for len(wake) == 0 {
		runtime.Gosched() // until it is called for
	}
	for i := range 200 {
		f.put("x", fmt.Sprint(i, ".csv"))
	}
	f.scan(drop.Scan{Waiting: 201})
	if len(wake) > 0 {
		t.Error("the call was not answered")
	}
	woken(f, wake) // for those that came after the first call
}

// Without reports of the system there is a note in the log and the scan.
func TestCannotWatch(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	err := os.Rename(f.dir, f.dir+" away")
	if runtime.GOOS == "windows" && err != nil {
		return // nobody can move it while it is open
	}
	ok(t, err)
	for range 2 {
		select {
		case <-f.Watch(context.Background()):
			t.Error("woken, or closed")
		default:
		}
	}
	f.loggedOnce("does not report")
	ok(t, os.Rename(f.dir+" away", f.dir))
	f.look()
	ok(t, f.claim("a.csv").Done())
}

func TestWatchEnds(t *testing.T) {
	f := newFolder(t)
	ctx, cancel := context.WithCancel(t.Context())
	wake := f.Watch(ctx)
	cancel()
	select {
	case <-wake:
		t.Error("woken, or closed")
	default:
	}
	f.again()
}

// A tree of folders is copied in while the folder is looked at. On Windows, a watcher whose
// events nobody takes would hold up whoever watches one more folder, and then everything.
func TestTreeArrives(t *testing.T) {
	f := newFolder(t)
	wake := watch(t, f)
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		for i := range 60 {
			dir := f.path(fmt.Sprint("sub", i))
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Error(err)
			}
			for j := range 10 {
				if err := os.WriteFile(fmt.Sprint(dir, "/", j, ".csv"), []byte("x"), 0o600); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	for going := true; going; {
		select {
		case <-copied:
			going = false
		default:
			f.look()
		}
	}
	woken(f, wake)
	f.look()
	if got := len(f.look().Ready); got != 600 {
		t.Errorf("%d files are ready", got)
	}
}
