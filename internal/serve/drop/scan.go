package drop

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// settle is for how long a file lies still, by the clock, before a look for which
// there was a special occasion takes it. Such looks may be moments apart.
const settle = 10 * time.Second

// Scan is what a look into the folder showed.
type Scan struct {
	// Ready are the files that can be claimed, those that were changed first in front.
	// Names are relative to the folder, with slashes.
	Ready []string
	// Waiting are files that may still be changing or are not finished, and things
	// that are no files.
	Waiting int
	// Growing are those that have been waiting for longer than the patience allows, and
	// files that cannot be moved. Somebody should see to them.
	Growing int
	// Failed are the files in failed/.
	Failed int
}

// entry is what is known of a file.
type entry struct {
	size int64
	mod  time.Time
	mode fs.FileMode

	first   time.Time // when it was first seen
	since   time.Time // when it was first seen like this
	known   bool      // how it looks is known
	still   bool      // two looks showed the same
	ready   bool      // may be claimed
	marked  bool      // was put back, and had a marker when it was claimed
	told    bool      // somebody was told
	refused time.Time // when it could not be claimed
}

// same reports whether a file looks as it did.
func (e *entry) same(info fs.FileInfo) bool {
	return e.size == info.Size() && e.mod.Equal(info.ModTime()) && e.mode == info.Mode().Type()
}

// Scan looks into the folder. A file is ready when it looks the same as in the look
// before, or when there is a file called like it with .done behind the name. It does
// not matter what the clock says, nor how old a file claims to be.
func (f *Folder) Scan(ctx context.Context) (Scan, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.renew(ctx); err != nil {
		return Scan{}, err
	}
	select {
	case <-f.wake: // this is the look it asks for
	default:
	}
	l := &look{folder: f, now: f.options.Clock(), woken: f.woken, seen: map[string]*entry{}, orphans: map[string]time.Time{}}
	f.woken, f.refusals = false, 0
	f.lookLate()
	w := walk{enter: l.enter, file: l.file, unreadable: l.unreadable}
	if err := w.in(ctx, f.root, ""); err != nil {
		if ctx.Err() != nil {
			return Scan{}, ctx.Err()
		}
		return Scan{}, fault.Wrap(fault.Internal, "the drop folder cannot be read", "check the permissions of the drop folder and whether its disk or network share is connected", bare(err))
	}
	f.seen, f.orphans = l.seen, l.orphans
	l.scan.Growing += f.retry(l.now)
	l.scan.Ready = l.inOrder()
	var err error
	if l.scan.Failed, err = f.countFailed(ctx); err != nil {
		return Scan{}, err
	}
	l.tell(ctx)
	return l.scan, nil
}

// look is one look into the folder.
type look struct {
	folder  *Folder
	now     time.Time
	woken   bool // there was an occasion; the last look may have been a moment ago
	scan    Scan
	seen    map[string]*entry
	orphans map[string]time.Time

	newGrowing, newOdd, newUnreadable int
}

// enter says whether a folder is looked into.
func (l *look) enter(dir *os.Root, name string, info fs.FileInfo) bool {
	base := path.Base(name)
	switch {
	case name == base && ours(dir, name, info), passed(base):
		return false
	case kindOf(base) == unfinished:
		l.wait(l.entry(name, info))
		return false
	case len(name) > longestPath:
		l.odd(l.entry(name, info))
		return false
	}
	return true
}

// file takes note of everything that is no folder.
func (l *look) file(dir *os.Root, name string, info fs.FileInfo) {
	base := path.Base(name)
	switch kindOfFile(base, info) {
	case ignored:
	case marking:
		l.marker(dir, name, info)
	case unfinished:
		l.wait(l.entry(name, info))
	default:
		l.export(dir, name, info)
	}
}

// export decides whether a file is ready.
func (l *look) export(dir *os.Root, name string, info fs.FileInfo) {
	e := l.entry(name, info)
	if !info.Mode().IsRegular() || len(name) > longestPath {
		l.odd(e)
		return
	}
	marked := l.complete(dir, name)
	e.ready = marked || e.still && (e.size > 0 || e.marked)
	if e.ready && l.mayTry(e) {
		l.scan.Ready = append(l.scan.Ready, name)
		return
	}
	l.wait(e)
}

// entry returns what is known of a file, brought up to date.
func (l *look) entry(name string, info fs.FileInfo) *entry {
	e := l.folder.seen[name]
	if e == nil {
		e = &entry{first: l.now}
	}
	switch {
	case !e.known || !e.same(info):
		e.size, e.mod, e.mode = info.Size(), info.ModTime(), info.Mode().Type()
		e.marked = e.marked && !e.known
		e.since, e.known, e.still = l.now, true, false
	case !l.woken || l.now.Sub(e.since) >= settle:
		e.still = true
	}
	// After the clock was set back, everything counts from now.
	e.first, e.since = earlier(e.first, l.now), earlier(e.since, l.now)
	l.seen[name] = e
	return e
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// mayTry reports whether a file that could not be claimed is offered again. It is
// until the patience ends, and seldom after that.
func (l *look) mayTry(e *entry) bool {
	patience := l.folder.options.Patience
	if e.refused.IsZero() || patience <= 0 || l.now.Sub(e.first) < patience {
		return true
	}
	since := l.now.Sub(e.refused)
	return since < 0 || since >= patience
}

// wait counts a file that is not taken yet.
func (l *look) wait(e *entry) {
	if l.count(e) && !e.told {
		e.told = true
		l.newGrowing++
	}
}

// count counts what stays where it is, and reports whether it has done so for longer
// than the patience allows.
func (l *look) count(e *entry) (long bool) {
	patience := l.folder.options.Patience
	if patience <= 0 || l.now.Sub(e.first) < patience {
		l.scan.Waiting++
		return false
	}
	l.scan.Growing++
	return true
}

// odd counts what is no file.
func (l *look) odd(e *entry) {
	l.count(e)
	if !e.told {
		e.told = true
		l.newOdd++
	}
}

// unreadable counts what cannot be looked at.
func (l *look) unreadable(name string) {
	if base := path.Base(name); passed(base) || kindOf(base) == marking {
		return
	}
	e := l.folder.seen[name]
	if e == nil {
		e = &entry{first: l.now}
	}
	e.first = earlier(e.first, l.now)
	l.seen[name] = e
	l.count(e)
	if !e.told {
		e.told = true
		l.newUnreadable++
	}
}

// marker takes note of a marker that lies there without its file. It came late, and
// must not speak for the next file of that name.
func (l *look) marker(dir *os.Root, name string, info fs.FileInfo) {
	key, base := strings.ToLower(name), path.Base(name)
	_, err := dir.Lstat(base[:len(base)-len(marker)])
	if errors.Is(err, fs.ErrNotExist) || l.late(key, info) {
		l.orphans[key] = info.ModTime()
	}
}

func (l *look) late(key string, info fs.FileInfo) bool {
	at, ok := l.folder.orphans[key]
	return ok && at.Equal(info.ModTime())
}

// complete reports whether a file has a marker.
func (l *look) complete(dir *os.Root, name string) bool {
	info, err := dir.Lstat(path.Base(name) + marker)
	return err == nil && isMarker(info) && !l.late(strings.ToLower(name+marker), info)
}

func isMarker(info fs.FileInfo) bool { return info.Mode().IsRegular() && info.Size() == 0 }

// inOrder returns what is ready, those that were changed first in front.
func (l *look) inOrder() []string {
	return slices.SortedFunc(slices.Values(l.scan.Ready), func(a, b string) int {
		return cmp.Or(l.seen[a].mod.Compare(l.seen[b].mod), cmp.Compare(a, b))
	})
}

// tell logs what was not told before.
func (l *look) tell(ctx context.Context) {
	log := l.folder.options.Log
	if l.newGrowing > 0 {
		log.WarnContext(ctx, "files in the drop folder are not complete after a long time; they stay where they are", slog.Int("files", l.newGrowing),
			slog.String("hint", "see whether the program that writes them is still at work; a file is imported once it is no longer empty, changing or named like an unfinished one"))
	}
	if l.newOdd > 0 {
		log.WarnContext(ctx, "the drop folder holds things that are no files, such as links; they are left alone", slog.Int("files", l.newOdd),
			slog.String("hint", "put the file itself into the drop folder, not too many folders deep"))
	}
	if l.newUnreadable > 0 {
		log.WarnContext(ctx, "parts of the drop folder cannot be read", slog.Int("files", l.newUnreadable),
			slog.String("hint", "let the account under which chartwatch runs read and write everything in the drop folder"))
	}
}

// countFailed counts the files in failed/ without the notes.
func (f *Folder) countFailed(ctx context.Context) (int, error) {
	n := 0
	w := walk{file: func(_ *os.Root, name string, _ fs.FileInfo) {
		if kindOf(path.Base(name)) != ignored {
			n++
		}
	}}
	dir, err := f.root.OpenRoot(failed)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err == nil {
		err = w.in(ctx, dir, "")
		_ = dir.Close() // it was only read
	}
	if err != nil && ctx.Err() == nil && f.once("failed unreadable") {
		f.options.Log.WarnContext(ctx, "the failed files in the drop folder cannot be counted", slog.String("hint", "let the account under which chartwatch runs read the folder called failed in the drop folder"))
	}
	return n, ctx.Err()
}
