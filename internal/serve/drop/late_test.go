package drop_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

const day = "done/2026-03-02/"

// TestWrittenAfterImport has senders that go on writing into a file after a pause. What
// they add is not lost: the file comes back, and is taken once it lies still again.
func TestWrittenAfterImport(t *testing.T) {
	for name, between := range map[string]func(*folder){
		"at-once":             func(*folder) {},
		"after-a-restart":     (*folder).again,
		"hours-later":         func(f *folder) { f.pass(23 * time.Hour) },
		"with-a-new-namesake": func(f *folder) { f.put("another", "sub/b.csv") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.put("half", "a.csv", "sub/b.csv")
			a := f.claim("a.csv")
			b := f.claim("sub/b.csv")
			ok(t, a.Done())
			ok(t, b.Done())
			between(f)
			f.add(day+"sub/b.csv", ", and the rest")
			f.pass(10 * time.Second)
			f.look()
			back := "sub/b.csv"
			want := map[string]string{day + "a.csv": "half", back: "half, and the rest"}
			if name == "with-a-new-namesake" {
				back = "sub/b-2.csv"
				want["sub/b.csv"], want[back] = "another", "half, and the rest"
			}
			f.tree(want)
			f.loggedOnce("still being written after it was imported")
			ok(t, f.claim(back).Done())
			imported := day
			if name == "hours-later" {
				imported = "done/2026-03-03/"
			}
			want[imported+back] = want[back]
			delete(want, back)
			f.tree(want)
			f.pass(10 * time.Second)
			f.look()
			f.tree(want)
			f.again()
			f.look()
			f.tree(want)
		})
	}
}

// TestWrittenLongAfterImport removes no file that is not as it was imported.
func TestWrittenLongAfterImport(t *testing.T) {
	f := newFolder(t)
	f.put("half", "a.csv", "b.csv", "c.csv")
	for _, name := range []string{"a.csv", "b.csv", "c.csv"} {
		ok(t, f.claim(name).Done())
	}
	ok(t, os.Remove(f.path(day+"c.csv")))
	f.pass(25 * time.Hour)
	f.look()
	f.add(day+"b.csv", ", and the rest")
	f.pass(keep)
	f.look()
	ok(t, f.Tidy())
	f.tree(map[string]string{"b.csv": "half, and the rest"})
}

// TestRecordDamaged begins with what a crash, or somebody else, left of the record.
func TestRecordDamaged(t *testing.T) {
	f := newFolder(t)
	f.put("half", "a.csv")
	ok(t, f.claim("a.csv").Done())
	f.add(day+".imported", "{\"path\":\"../../x\",\"name\":\"x\"}\n{}\nnull\n{\"path\":\"done/20")
	f.again()
	f.add(day+"a.csv", ", and the rest")
	f.look()
	f.tree(map[string]string{"a.csv": "half, and the rest"})
}

// TestAnotherDisk is about a disk that is mounted inside the folder: nothing can be moved
// from there, and the other files do not wait for that.
func TestAnotherDisk(t *testing.T) {
	f := newFolder(t)
	for range 2 {
		f.refused(f.Refuse(&os.LinkError{Op: "rename", Old: "a.csv", New: "b.csv", Err: syscall.EXDEV}), fault.Conflict, "is on another disk")
	}
	f.loggedOnce("is on another disk")
	f.scan(drop.Scan{})
}
