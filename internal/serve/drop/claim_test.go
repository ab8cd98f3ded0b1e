package drop_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

func TestClaim(t *testing.T) {
	f := newFolder(t)
	f.put("x", "ward 3/jané dœ.csv")
	c := f.claim("ward 3/jané dœ.csv")
	want := filepath.Join(f.dir, "processing", "1", "ward 3", "jané dœ.csv")
	if c.Path != want || c.Name != "ward 3/jané dœ.csv" {
		t.Errorf("claim of %q at %q, want %q", c.Name, c.Path, want)
	}
	f.tree(map[string]string{"processing/1/ward 3/jané dœ.csv": "x"})
	f.scan(drop.Scan{})
}

// What cannot be claimed stays where it is, whatever name is asked for.
func TestClaimRefused(t *testing.T) {
	f := newFolder(t)
	f.put("x", "changed.csv", "gone.csv", "replaced.csv", "new.csv", "a.part", "failed/a.csv")
	f.put("", "empty.csv")
	secret := filepath.Join(filepath.Dir(f.dir), "secret.csv")
	ok(t, os.WriteFile(secret, []byte("secret"), 0o600))
	f.look()
	f.look()
	f.add("changed.csv", "more")
	ok(t, os.Remove(f.path("gone.csv")))
	ok(t, os.Remove(f.path("replaced.csv")))
	f.put("y", "replaced.csv/b.csv")
	f.put("x", "young.csv")
	before := f.files()
	for _, name := range []string{
		"changed.csv", "gone.csv", "replaced.csv", "young.csv", "a.part", "empty.csv", "failed/a.csv", "", ".", "..", "../secret.csv", secret, "./new.csv", "processing", "new.csv/",
	} {
		_, err := f.Claim(name)
		f.refused(err, fault.Conflict, "a file in the drop folder")
	}
	f.tree(before)
	if names, err := os.ReadDir(f.path("processing")); err != nil || len(names) != 0 {
		t.Errorf("processing/ holds %v, %v", names, err)
	}
	if _, err := f.Claim("new.csv"); err != nil {
		t.Error(err)
	}
}

func TestClaimRace(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	f.look()
	f.look()
	var mu sync.Mutex
	var group sync.WaitGroup
	won, lost := 0, 0
	for range 16 {
		group.Go(func() {
			_, err := f.Claim("a.csv")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case fault.KindOf(err) == fault.Conflict:
				lost++
			}
		})
	}
	group.Wait()
	if won != 1 || lost != 15 {
		t.Errorf("%d won and %d lost, want 1 and 15", won, lost)
	}
	f.tree(map[string]string{"processing/1/a.csv": "x"})
}

const wantNote = `This file was not imported. Nothing in it was changed.

What happened:
the third line is not complete

What to do:
export the file again

To try again: put the file, without this note, into the drop folder once more.
If the file is of no use, delete it together with this note.
`

func TestEnds(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv", "sub/b.csv", "sub/c.csv")
	ok(t, f.claim("a.csv").Done())
	ok(t, f.claim("sub/b.csv").Failed("the third line is not complete\n", "export the file again"))
	ok(t, f.claim("sub/c.csv").PutBack())
	f.tree(map[string]string{
		"done/2026-03-02/a.csv": "1", "failed/sub/b.csv": "1", "failed/sub/b.csv.reason.txt": wantNote, "sub/c.csv": "1",
	})
	f.scan(drop.Scan{Waiting: 1, Failed: 1})
	f.scan(drop.Scan{Ready: []string{"sub/c.csv"}, Failed: 1})
	if names, err := os.ReadDir(f.path("processing")); err != nil || len(names) != 0 {
		t.Errorf("processing/ holds %v, %v", names, err)
	}
}

func TestNoteWithoutHint(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv")
	ok(t, f.claim("a.csv").Failed("it is not a log", ""))
	got := f.files()["failed/a.csv.reason.txt"]
	if strings.Contains(got, "What to do") || !strings.Contains(got, "it is not a log") {
		t.Errorf("note %q", got)
	}
}

func TestEndsOnce(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv")
	c := f.claim("a.csv")
	ok(t, c.Done())
	f.put("2", "a.csv")
	for _, end := range []func() error{c.Done, c.PutBack, func() error { return c.Failed("r", "h") }} {
		f.refused(end(), fault.Conflict, "no longer claimed")
	}
	f.tree(map[string]string{"done/2026-03-02/a.csv": "1", "a.csv": "2"})
}

// Somebody still wrote to the file while it was imported. What was imported may not
// be all of it.
func TestChangedWhileClaimed(t *testing.T) {
	ends := map[string]func(*drop.Claim) error{
		"done":   (*drop.Claim).Done,
		"failed": func(c *drop.Claim) error { return c.Failed("cut off", "h") },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.put("half", "jane-doe.csv")
			c := f.claim("jane-doe.csv")
			f.add("processing/1/jane-doe.csv", " and half")
			f.refused(end(c), fault.Conflict, "changed by another program")
			f.tree(map[string]string{"jane-doe.csv": "half and half"})
			f.scan(drop.Scan{Waiting: 1})
			f.scan(drop.Scan{Ready: []string{"jane-doe.csv"}})
		})
	}
}

func TestTakenAwayWhileClaimed(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	c := f.claim("a.csv")
	ok(t, os.Remove(c.Path))
	f.refused(c.Done(), fault.NotFound, "removed from the folder called processing")
	f.refused(c.PutBack(), fault.Conflict, "no longer claimed")
	f.scan(drop.Scan{})
}

// Files of the same name never overwrite each other.
func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ name, second, third string }{
		{"a.csv", "a-2.csv", "a-3.csv"},
		{"a.csv.gz", "a-2.csv.gz", "a-3.csv.gz"},
		{"a", "a-2", "a-3"},
		{"Dr. Who", "Dr. Who-2", "Dr. Who-3"},
		{"log.of-the-whole-practice", "log.of-the-whole-practice-2", "log.of-the-whole-practice-3"},
		{"журнал доступа.csv", "журнал доступа-2.csv", "журнал доступа-3.csv"},
		{strings.Repeat("n", 251) + ".csv", strings.Repeat("n", 249) + "-2.csv", strings.Repeat("n", 249) + "-3.csv"},
	} {
		t.Run(strings.ReplaceAll(tt.name[:min(20, len(tt.name))], " ", "_"), func(t *testing.T) {
			f := newFolder(t)
			for _, content := range []string{"1", "2", "3"} {
				f.put(content, tt.name)
				ok(t, f.claim(tt.name).Done())
			}
			at := "done/2026-03-02/"
			f.tree(map[string]string{at + tt.name: "1", at + tt.second: "2", at + tt.third: "3"})
		})
	}
}

// A note and a number find room behind the longest of names, and belong together.
func TestLongNamesInFailed(t *testing.T) {
	for _, long := range []string{
		strings.Repeat("n", 251) + ".csv", strings.Repeat("ü", 125) + "n.csv", strings.Repeat("日", 83) + "nn.csv", strings.Repeat("n", 240) + ". . . . . . .n", strings.Repeat(" ", 251) + ".csv",
	} {
		f := newFolder(t)
		for _, content := range []string{"1", "2"} {
			f.put(content, long)
			ok(t, f.claim(long).Failed(content, ""))
		}
		found := 0
		for name, content := range f.files() {
			base := filepath.Base(name)
			if !utf8.ValidString(base) || len(base) > 255 || strings.HasSuffix(base, " ") || strings.HasSuffix(base, ".") {
				t.Errorf("name %q", base)
			}
			file, isNote := strings.CutSuffix(name, ".reason.txt")
			if !isNote {
				continue
			}
			found++
			if of := f.files()[file]; !strings.Contains(content, "What happened:\n"+of+"\n") || filepath.Ext(long) == ".csv" && filepath.Ext(file) != ".csv" {
				t.Errorf("the note %q is beside %q", content, of)
			}
		}
		if found != 2 || len(f.files()) != 4 {
			t.Errorf("files %v", f.files())
		}
	}
}

// A file does not come beside the note of another one.
func TestNoteOfAnother(t *testing.T) {
	f := newFolder(t)
	f.put("old", "failed/a.csv.reason.txt")
	f.put("1", "a.csv")
	ok(t, f.claim("a.csv").Failed("r", ""))
	got := f.files()
	if got["failed/a.csv.reason.txt"] != "old" || got["failed/a-2.csv"] != "1" || !strings.Contains(got["failed/a-2.csv.reason.txt"], "r") || len(got) != 3 {
		t.Errorf("files %v", got)
	}
}

func TestPutBackBesideNewFile(t *testing.T) {
	f := newFolder(t)
	f.put("1", "sub/a.csv")
	c := f.claim("sub/a.csv")
	f.put("2", "sub/a.csv")
	ok(t, c.PutBack())
	f.tree(map[string]string{"sub/a-2.csv": "1", "sub/a.csv": "2"})
}

func TestPutBackMarkedEmptyFile(t *testing.T) {
	f := newFolder(t)
	f.put("", "a.csv", "a.csv.done")
	c := f.claim("a.csv")
	ok(t, c.PutBack())
	f.scan(drop.Scan{Waiting: 1})
	f.scan(drop.Scan{Ready: []string{"a.csv"}})
	f.old("a.csv", 1) // another one, of which nobody said that it is complete
	f.scan(drop.Scan{Waiting: 1})
	f.scan(drop.Scan{Waiting: 1})
}

// A process that ends without finishing leaves nothing in work.
func TestCrash(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv", "sub/deep/b.csv", "sub2/c.csv")
	for _, name := range []string{"a.csv", "sub/deep/b.csv", "sub2/c.csv"} {
		f.claim(name)
	}
	f.put("2", "a.csv", "processing/by hand.csv")
	ok(t, os.RemoveAll(f.path("sub2")))
	ok(t, os.Mkdir(f.path("processing/7"), 0o700))
	f.again()
	f.tree(map[string]string{"a-2.csv": "1", "a.csv": "2", "sub/deep/b.csv": "1", "sub2/c.csv": "1", "by hand.csv": "2"})
	f.loggedOnce("were put back into the drop folder\" files=4")
	f.scan(drop.Scan{Waiting: 5})
	if got := f.look(); len(got.Ready) != 5 {
		t.Errorf("scan %+v", got)
	}
	f.again()
	f.loggedOnce("were put back")
}

// A file that ends the program each time does not keep the others from being imported
// for ever.
func TestCrashAgainAndAgain(t *testing.T) {
	f := newFolder(t)
	f.put("1", "sub/a.csv", "b.csv")
	crash := func(names ...string) {
		t.Helper()
		f.look()
		f.look()
		for _, name := range names {
			f.claim(name)
		}
		f.again()
	}
	crash("sub/a.csv")
	crash("sub/a.csv", "b.csv")
	f.put("2", "sub/a.csv") // another file of that name
	crash("sub/a.csv", "b.csv")
	f.tree(map[string]string{"sub/a.csv": "2", "b.csv": "1"})
	crash("sub/a.csv")
	crash("b.csv") // it was not in work the last time
	crash("sub/a.csv")
	f.tree(map[string]string{"sub/a.csv": "2", "b.csv": "1"})

	crash("b.csv", "sub/a.csv")
	f.tree(map[string]string{"sub/a.csv": "2", "b.csv": "1"})
	crash("b.csv", "sub/a.csv")
	f.loggedOnce("were put into the folder called failed of the drop folder\" files=1")
	if first, second := f.Aside(), f.Aside(); first != 1 || second != 0 {
		t.Errorf("%d files were put aside, then %d", first, second)
	}
	want := f.files()
	text := want["failed/sub/a.csv.reason.txt"]
	if !strings.Contains(text, "The program ended 3 times in a row while this file was being imported.") || !strings.Contains(text, "chartwatch ingest") {
		t.Errorf("the note: %s", text)
	}
	f.tree(map[string]string{"failed/sub/a.csv": "2", "failed/sub/a.csv.reason.txt": text, "b.csv": "1"})
	ok(t, os.Rename(f.path("failed/sub/a.csv"), f.path("sub/a.csv"))) // somebody tries again
	crash("sub/a.csv")
	f.tree(map[string]string{"sub/a.csv": "2", "failed/sub/a.csv.reason.txt": text, "b.csv": "1"})
	crash()
	if names, err := os.ReadDir(f.path("processing")); err != nil || len(names) != 0 {
		t.Errorf("processing/ holds %v, %v", names, err)
	}
}

// Where a folder cannot be made, the file stays in one place and is tried again
// later.
func TestDoneIsBlocked(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv")
	f.block("done/2026-03-02")
	c := f.claim("a.csv")
	f.refused(c.Done(), fault.Internal, "stays in the folder called processing")
	f.refused(c.Done(), fault.Internal, "stays in the folder called processing")
	f.tree(map[string]string{"processing/1/a.csv": "1", "done/2026-03-02": "in the way"})
	f.scan(drop.Scan{Growing: 1})
	f.pass(time.Minute)
	f.scan(drop.Scan{Growing: 1})
	f.pass(time.Hour)
	f.scan(drop.Scan{})
	f.tree(map[string]string{"a.csv": "1", "done/2026-03-02": "in the way"})
	f.refused(c.Done(), fault.Conflict, "no longer claimed")
	ok(t, os.Remove(f.path("done/2026-03-02")))
	ok(t, f.claim("a.csv").Done())
	f.tree(map[string]string{"done/2026-03-02/a.csv": "1"})
}

func TestDoneIsBlockedForAMoment(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv")
	f.block("done/2026-03-02")
	c := f.claim("a.csv")
	f.refused(c.Done(), fault.Internal, "stays in the folder called processing")
	ok(t, os.Remove(f.path("done/2026-03-02")))
	ok(t, c.Done())
	f.scan(drop.Scan{})
	f.tree(map[string]string{"done/2026-03-02/a.csv": "1"})
}

func TestFailedIsBlocked(t *testing.T) {
	f := newFolder(t)
	f.put("1", "sub/a.csv", "sub/b.csv")
	f.block("failed/sub")
	ok(t, f.claim("sub/a.csv").Failed("r", "h"))
	if got := f.files()["failed/a.csv"]; got != "1" {
		t.Errorf("files %v", f.files())
	}
	ok(t, os.RemoveAll(f.path("failed")))
	c := f.claim("sub/b.csv")
	f.block("failed")
	f.refused(c.Failed("r", "h"), fault.Internal, "stays in the folder called processing")
	f.tree(map[string]string{"processing/2/sub/b.csv": "1", "failed": "in the way"})
	ok(t, os.Remove(f.path("failed")))
	f.again()
	f.tree(map[string]string{"sub/b.csv": "1"})
}

func TestPutBackIsBlocked(t *testing.T) {
	f := newFolder(t)
	f.put("1", "sub/a.csv")
	c := f.claim("sub/a.csv")
	ok(t, os.RemoveAll(f.path("sub")))
	f.put("2", "sub")
	ok(t, c.PutBack())
	f.tree(map[string]string{"a.csv": "1", "sub": "2"})
}

func TestProcessingIsBlocked(t *testing.T) {
	f := newFolder(t)
	f.put("1", "a.csv")
	f.look()
	f.look()
	ok(t, os.Remove(f.path("processing")))
	f.block("processing")
	_, err := f.Claim("a.csv")
	f.refused(err, fault.Internal, "cannot be taken")
	f.tree(map[string]string{"a.csv": "1", "processing": "in the way"})
	ok(t, os.Remove(f.path("processing")))
	if _, err := f.Claim("a.csv"); err != nil {
		t.Error(err)
	}
	f.tree(map[string]string{"processing/2/a.csv": "1"})
}

func TestTidy(t *testing.T) {
	f := newFolder(t)
	for range 5 { // the days from Monday to Friday, at eight
		f.put("x", "a.csv")
		ok(t, f.claim("a.csv").Done())
		f.pass(24 * time.Hour)
	}
	f.put("x", "done/of mine.csv", "done/2026-1-1/a.csv", "done/2027-01-01/a.csv", "failed/2020-01-01/a.csv")
	ok(t, f.Tidy())
	ok(t, f.Tidy())
	f.tree(map[string]string{
		"done/2026-03-05/a.csv": "x", "done/2026-03-06/a.csv": "x", // the others ended more than two days ago
		"done/of mine.csv": "x", "done/2026-1-1/a.csv": "x", "done/2027-01-01/a.csv": "x", "failed/2020-01-01/a.csv": "x",
	})
	f.loggedOnce("lies in the future")
	f.options.Keep = 0
	f.again()
	ok(t, f.Tidy())
	f.tree(map[string]string{"done/of mine.csv": "x", "done/2026-1-1/a.csv": "x", "failed/2020-01-01/a.csv": "x"})
	ok(t, os.RemoveAll(f.path("done")))
	f.refused(f.Tidy(), fault.Internal, "cannot be removed")
}

// The day is the one of the clock's zone, also in the night in which an hour is
// left out.
func TestDayOfTheZone(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	ok(t, err)
	f := newFolder(t)
	f.now = time.Date(2026, 3, 8, 23, 30, 0, 0, zone)
	f.put("x", "a.csv")
	ok(t, f.claim("a.csv").Done())
	f.tree(map[string]string{"done/2026-03-08/a.csv": "x"})
	f.pass(keep)
	ok(t, f.Tidy())
	f.tree(map[string]string{"done/2026-03-08/a.csv": "x"})
	f.pass(time.Hour)
	ok(t, f.Tidy())
	f.tree(map[string]string{})
}

func TestErrorsUnwrap(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	f.look()
	f.look()
	ok(t, os.Remove(f.path("a.csv")))
	if _, err := f.Claim("a.csv"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
