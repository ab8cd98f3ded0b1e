package drop_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// Two looks that show the same make a file ready, whatever the times say.
func TestReadyAfterTwoLooks(t *testing.T) {
	tests := []struct {
		name  string
		mod   time.Time
		clock time.Duration // goes between the looks
	}{
		{"usual", start(), 30 * time.Second},
		{"clock_stands_still", start(), 0},
		{"file_from_the_future", start().AddDate(30, 0, 0), time.Second},
		{"file_from_long_ago", time.Unix(0, 0), time.Second},
		{"clock_set_back_a_year", start(), -365 * 24 * time.Hour},
		{"clock_set_forward_a_year", start(), 365 * 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFolder(t)
			f.put("x", "jane-doe.csv")
			ok(t, os.Chtimes(f.path("jane-doe.csv"), tt.mod, tt.mod))
			f.scan(drop.Scan{Waiting: 1})
			f.pass(tt.clock)
			f.scan(drop.Scan{Ready: []string{"jane-doe.csv"}})
			f.scan(drop.Scan{Ready: []string{"jane-doe.csv"}})
		})
	}
}

// The time of a file counts as a change in either direction, also without a change
// of its size.
func TestTimeOfFileGoesBack(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	for i := range 4 {
		at := start().Add(-time.Duration(i) * time.Hour)
		ok(t, os.Chtimes(f.path("a.csv"), at, at))
		f.scan(drop.Scan{Waiting: 1})
	}
	f.scan(drop.Scan{Ready: []string{"a.csv"}})
}

// So does its size, without a change of its time.
func TestTimeOfFileStandsStill(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	for range 4 {
		f.add("a.csv", "more")
		f.old("a.csv", 1)
		f.scan(drop.Scan{Waiting: 1})
	}
	f.scan(drop.Scan{Ready: []string{"a.csv"}})
}

func TestGrowingFileIsNeverReady(t *testing.T) {
	f := newFolder(t)
	f.put("x", "jane-doe.csv", "quiet.csv")
	f.old("quiet.csv", 1)
	for i := range 60 { // a minute each
		want := drop.Scan{Waiting: 1, Ready: []string{"quiet.csv"}}
		if i == 0 {
			want = drop.Scan{Waiting: 2}
		}
		f.scan(want)
		f.add("jane-doe.csv", "more")
		f.pass(time.Minute)
	}
	for range 3 {
		f.scan(drop.Scan{Growing: 1, Ready: []string{"quiet.csv"}})
		f.add("jane-doe.csv", "more")
		f.pass(time.Minute)
	}
	f.loggedOnce("not complete after a long time")
	f.scan(drop.Scan{Growing: 1, Ready: []string{"quiet.csv"}})
	f.scan(drop.Scan{Ready: []string{"quiet.csv", "jane-doe.csv"}})
	f.loggedOnce("not complete after a long time")
}

// A clock that is set back does not make anything grow for years, nor for ever.
func TestPatienceAfterClockWasSetBack(t *testing.T) {
	f := newFolder(t)
	f.put("", "a.csv")
	f.scan(drop.Scan{Waiting: 1})
	f.pass(-365 * 24 * time.Hour)
	f.scan(drop.Scan{Waiting: 1})
	f.pass(patience)
	f.scan(drop.Scan{Growing: 1})
}

func TestWithoutPatienceNothingCounts(t *testing.T) {
	f := newFolder(t)
	f.options.Patience = 0
	f.again()
	f.put("", "a.csv")
	f.scan(drop.Scan{Waiting: 1})
	f.pass(1000 * time.Hour)
	f.scan(drop.Scan{Waiting: 1})
}

func TestEmptyFile(t *testing.T) {
	f := newFolder(t)
	f.put("", "jane-doe.csv")
	for range 3 {
		f.scan(drop.Scan{Waiting: 1})
	}
	f.pass(patience)
	f.scan(drop.Scan{Growing: 1})
	f.scan(drop.Scan{Growing: 1})
	f.loggedOnce("level=WARN")
	f.add("jane-doe.csv", "x")
	f.scan(drop.Scan{Growing: 1})
	f.scan(drop.Scan{Ready: []string{"jane-doe.csv"}})
}

// A marker makes a file ready at once, whatever its size, and goes with the claim.
func TestMarker(t *testing.T) {
	f := newFolder(t)
	f.put("x", "sub/full.csv", "plain.csv")
	f.put("", "empty.csv", "sub/full.csv.done", "empty.csv.done")
	f.old("empty.csv", 2)
	f.old("sub/full.csv", 1)
	f.scan(drop.Scan{Ready: []string{"empty.csv", "sub/full.csv"}, Waiting: 1})
	for _, name := range []string{"empty.csv", "sub/full.csv"} {
		if _, err := f.Claim(name); err != nil {
			t.Errorf("claiming %q: %v", name, err)
		}
	}
	f.tree(map[string]string{"plain.csv": "x", "processing/1/empty.csv": "", "processing/2/sub/full.csv": "x"})
}

// What has something in it was exported, whatever its name, and is not removed as a marker.
func TestFullMarkerIsNone(t *testing.T) {
	f := newFolder(t)
	f.put("a", "log.csv")
	f.put("b", "log.csv.done", "export.done")
	f.scan(drop.Scan{Waiting: 3})
	c := f.claim("log.csv")
	f.claim("log.csv.done")
	f.tree(map[string]string{"processing/1/log.csv": "a", "processing/2/log.csv.done": "b", "export.done": "b"})
	ok(t, c.Done())
	f.again()
	f.tree(map[string]string{"done/2026-03-02/log.csv": "a", "log.csv.done": "b", "export.done": "b"})
}

// What is beside a file and called like a marker, but is no file, is none.
func TestFolderIsNoMarker(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv", "a.csv.done/b.csv")
	f.scan(drop.Scan{Waiting: 2})
	ok(t, f.claim("a.csv").Done())
	f.tree(map[string]string{"a.csv.done/b.csv": "x", "done/2026-03-02/a.csv": "x"})
}

// A marker that comes late stays behind. It does not speak for the next file.
func TestLateMarker(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	ok(t, f.claim("a.csv").Done())
	f.put("", "a.csv.done")
	f.scan(drop.Scan{})
	f.put("half", "a.csv")
	f.scan(drop.Scan{Waiting: 1})
	f.add("a.csv", "whole")
	f.scan(drop.Scan{Waiting: 1})
	later := start().Add(time.Hour)
	ok(t, os.Chtimes(f.path("a.csv.done"), later, later)) // the exporter says so again
	f.scan(drop.Scan{Ready: []string{"a.csv"}})
}

func TestNamesThatAreNotTaken(t *testing.T) {
	ignored := []string{".a.csv", "~$a.xlsx", ".~lock.a.csv#", "Thumbs.db", "thumbs.db", "desktop.ini", "a.csv.reason.txt", ".hidden/a.csv", "$RECYCLE.BIN/a.csv", "@eaDir/a.csv"}
	unfinished := []string{"a.csv.part", "b.PARTIAL", "c.tmp", "d.crdownload", "e.filepart", "f.download"}
	f := newFolder(t)
	f.put("x", ignored...)
	f.put("", "a.csv.done", "B.CSV.DONE")
	f.put("x", unfinished...)
	f.put("x", "safari.download/a.csv")
	n := len(unfinished) + 1
	f.scan(drop.Scan{Waiting: n})
	f.scan(drop.Scan{Waiting: n})
	f.pass(patience)
	f.scan(drop.Scan{Growing: n})
	for i, name := range unfinished {
		ok(t, os.Rename(f.path(name), f.path(fmt.Sprint(i, ".csv"))))
	}
	f.scan(drop.Scan{Growing: 1, Waiting: n - 1})
	if got := f.look(); len(got.Ready) != n-1 {
		t.Errorf("after renaming: %+v", got)
	}
}

func TestOldestFirst(t *testing.T) {
	f := newFolder(t)
	f.put("x", "c.csv", "sub/b.csv", "a.csv", "a/z.csv")
	for name, age := range map[string]int{"c.csv": 5, "sub/b.csv": 9, "a.csv": 1, "a/z.csv": 5} {
		f.old(name, age)
	}
	f.look()
	f.scan(drop.Scan{Ready: []string{"sub/b.csv", "a/z.csv", "c.csv", "a.csv"}})
}

// Our own folders are not looked into; what is called like them elsewhere is.
func TestOurFolders(t *testing.T) {
	f := newFolder(t)
	f.put("x", "processing/a.csv", "done/a.csv", "failed/a.csv", "failed/a.csv.reason.txt", "sub/done/a.csv", "sub/failed/b.csv")
	want := []string{"sub/done/a.csv", "sub/failed/b.csv"}
	if _, err := os.Lstat(f.path("DONE")); errors.Is(err, os.ErrNotExist) { // the system tells them apart
		f.put("x", "DONE/c.csv")
		want = append(want, "DONE/c.csv")
	}
	for i, name := range want {
		f.old(name, 9-i)
	}
	f.scan(drop.Scan{Waiting: len(want), Failed: 1}) // without its note
	f.scan(drop.Scan{Ready: want, Failed: 1})
}

func TestTooDeep(t *testing.T) {
	f := newFolder(t)
	deep := strings.Repeat(strings.Repeat("d", 120)+"/", 7)
	f.put("x", deep+"a.csv", deep+strings.Repeat("e", 160)+".csv")
	f.scan(drop.Scan{Waiting: 2})
	f.scan(drop.Scan{Waiting: 1, Ready: []string{deep + "a.csv"}})
	f.loggedOnce("no files, such as links")
	ok(t, f.claim(deep+"a.csv").Done())
}

func TestScanIsStopped(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := f.Scan(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("scan %+v, error %v", got, err)
	}
	f.scan(drop.Scan{Waiting: 1})
	if _, err := f.Scan(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	f.scan(drop.Scan{Ready: []string{"a.csv"}})
}

// Files that are renamed all the time are each found under one name in the end, and
// claimed once.
func TestRenameDuringScan(t *testing.T) {
	const files = 40
	f := newFolder(t)
	for i := range files {
		f.put(fmt.Sprint("content ", i), fmt.Sprintf("a%02d.csv", i))
	}
	renamed := make(chan struct{})
	go func() {
		defer close(renamed)
		for i := range files {
			// A file that has been claimed already is not there; that is as good.
			_ = os.Rename(f.path(fmt.Sprintf("a%02d.csv", i)), f.path(fmt.Sprintf("z%02d.csv", files-i)))
		}
	}()
	got := map[string]int{}
	for going, left := true, 3; left > 0; {
		for _, name := range f.look().Ready {
			c, err := f.Claim(name)
			if err != nil {
				f.refused(err, fault.Conflict, "changed or gone")
				continue
			}
			b, err := os.ReadFile(c.Path)
			ok(t, err)
			got[string(b)]++
		}
		select {
		case <-renamed:
			going = false
		default:
		}
		if !going {
			left--
		}
	}
	want := map[string]int{}
	for i := range files {
		want[fmt.Sprint("content ", i)] = 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
}

func TestFolderIsReplaced(t *testing.T) {
	f := newFolder(t)
	f.put("old", "a.csv")
	old := filepath.Join(filepath.Dir(f.dir), "old")
	err := os.Rename(f.dir, old)
	if runtime.GOOS == "windows" && err != nil {
		return // nobody can replace it while it is open
	}
	ok(t, err)
	_, err = f.Scan(context.Background())
	f.refused(err, fault.NotFound, "the drop folder is not there any more")
	ok(t, os.Mkdir(f.dir, 0o700))
	f.put("new", "b.csv", "processing/1/c.csv")
	f.scan(drop.Scan{Waiting: 2})
	ok(t, f.claim("b.csv").Done())
	f.tree(map[string]string{"done/2026-03-02/b.csv": "new", "c.csv": "new"})
	if b, err := os.ReadFile(filepath.Join(old, "a.csv")); string(b) != "old" {
		t.Errorf("the old folder holds %q, %v", b, err)
	}
	if diff := cmp.Diff([]string{"c.csv"}, f.look().Ready); diff != "" {
		t.Errorf("ready (-want +got):\n%s", diff)
	}
}

func TestClosed(t *testing.T) {
	f := newFolder(t)
	ok(t, f.Close())
	ok(t, f.Close())
	_, err := f.Scan(context.Background())
	f.refused(err, fault.Internal, "closed")
}
