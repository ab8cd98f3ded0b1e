package drop

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Claim is a file that was taken out of the folder to be imported. One of Done,
// Failed and PutBack ends it. After an error that left the file in processing/ they
// may be called again; otherwise the file is put back later.
type Claim struct {
	// Path is the file in processing/. Its base name is the original one.
	Path string
	// Name is where the file was, relative to the folder, with slashes.
	Name string

	folder *Folder
	held   string // relative name in processing/
	was    entry
	ended  bool
	tried  time.Time // when it could not be moved
}

// Claim takes a file that the last scan found ready. Its error is a conflict, and
// the file is where it was, if the file has changed, is gone or is still open in
// another program.
func (f *Folder) Claim(name string) (*Claim, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.seen[name]
	if e == nil || !e.ready {
		return nil, fault.New(fault.Conflict, "a file in the drop folder was not ready at the last look", "it is imported when it is complete")
	}
	if info, err := f.root.Lstat(name); err != nil || !e.same(info) {
		return nil, changed(bare(err))
	}
	stall, err := f.stall(path.Dir(name))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "a file in the drop folder cannot be taken", "check the free space of the disk and the permissions of the folder called processing in the drop folder", bare(err))
	}
	c := &Claim{Name: name, folder: f, held: path.Join(stall, path.Base(name)), was: *e}
	c.Path = filepath.Join(f.dir, filepath.FromSlash(c.held))
	if err := f.root.Rename(name, c.held); err != nil {
		f.sweep(stall)
		return nil, f.refuse(e, err)
	}
	delete(f.seen, name)
	if info, err := f.root.Lstat(c.held); err != nil || !e.same(info) {
		return nil, errors.Join(changed(bare(err)), c.back())
	}
	if err := c.takeMarker(); err != nil {
		err = errors.Join(f.refuse(e, err), c.back())
		f.seen[name] = e
		return nil, err
	}
	return c, nil
}

// stall makes a folder in processing/ for one file. The folders the file was in are
// made in it, so that the way back is known after a crash without anything written.
func (f *Folder) stall(dir string) (string, error) {
	for {
		f.counter++
		stall := path.Join(processing, strconv.Itoa(f.counter))
		err := f.root.Mkdir(stall, private)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = f.root.MkdirAll(stall, private)
		}
		if err == nil {
			err = f.root.MkdirAll(path.Join(stall, dir), private)
		}
		if err != nil {
			f.sweep(path.Join(stall, dir))
			return "", err
		}
		return path.Join(stall, dir), nil
	}
}

// sweep removes a folder in processing/ and those above it as far as they are empty.
func (f *Folder) sweep(dir string) {
	for ; dir != processing && strings.HasPrefix(dir, processing+"/"); dir = path.Dir(dir) {
		if err := f.root.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return // not empty, or of no consequence
		}
	}
}

// takeMarker removes the marker beside the place the file was taken from, so that it
// does not speak for the next file of that name.
func (c *Claim) takeMarker() error {
	name := c.Name + marker
	info, err := c.folder.root.Lstat(name)
	if err != nil || !isMarker(info) {
		return nil //nolint:nilerr // there is no marker
	}
	if err := c.folder.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.was.marked = true
	return nil
}

// refuse says why a file could not be taken, and keeps it from being tried all the
// time.
func (f *Folder) refuse(e *entry, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return changed(bare(err))
	case isOpen(err):
		f.putOff(e)
		return fault.Wrap(fault.Conflict, "a file in the drop folder is still open in another program", "it is imported when that program has closed it", bare(err))
	case errors.Is(err, fs.ErrPermission):
		f.putOff(e)
		if !e.told {
			e.told = true
			f.options.Log.Warn("a file in the drop folder may not be moved by chartwatch, and is not imported", slog.Int("files", 1),
				slog.String("hint", "let the account under which chartwatch runs write to the file and to the folder it is in"))
		}
		return fault.Wrap(fault.Conflict, "a file in the drop folder may not be moved", "let the account under which chartwatch runs write to the file and to the folder it is in", bare(err))
	case isElsewhere(err):
		f.putOff(e)
		const message, hint = "a folder in the drop folder is on another disk, and what is in it is not imported", "put files into the drop folder itself, or make that disk the drop folder"
		if f.once("another disk") {
			f.options.Log.Warn(message, slog.String("hint", hint))
		}
		return fault.Wrap(fault.Conflict, message, hint, bare(err))
	default:
		return fault.Wrap(fault.Internal, "a file in the drop folder cannot be taken", "check the disk or network share on which the drop folder lies", bare(err))
	}
}

func (f *Folder) putOff(e *entry) {
	e.refused = f.options.Clock()
	f.refusals++
}

// Refusals is how many files that the last scan found ready could not be taken, and are
// not gone or changed. They still wait.
func (f *Folder) Refusals() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refusals
}

// isOpen reports whether a file cannot be moved because a program has it open, which
// only Windows minds.
func isOpen(err error) bool {
	const sharingViolation, lockViolation = syscall.Errno(32), syscall.Errno(33)
	return runtime.GOOS == "windows" && (errors.Is(err, sharingViolation) || errors.Is(err, lockViolation))
}

// isElsewhere reports whether a file cannot be moved because it lies on another disk.
func isElsewhere(err error) bool {
	const notSameDevice = syscall.Errno(17)
	return errors.Is(err, syscall.EXDEV) || (runtime.GOOS == "windows" && errors.Is(err, notSameDevice))
}

func changed(cause error) error {
	const message, hint = "a file in the drop folder has changed or gone since the last look", "it is imported when it no longer changes"
	if cause == nil {
		return fault.New(fault.Conflict, message, hint)
	}
	return fault.Wrap(fault.Conflict, message, hint, cause)
}

// Done puts the file into done/, in a folder for the day. If the file was changed
// while it was claimed, what was imported may be a part of it: it is put back
// instead, to be imported again, and the error is a conflict.
func (c *Claim) Done() error {
	c.folder.mu.Lock()
	defer c.folder.mu.Unlock()
	if err := c.whole(); err != nil {
		return err
	}
	day := c.folder.options.Clock().Format(time.DateOnly)
	name, err := c.move(path.Join(done, day, path.Dir(c.Name)), "")
	if err != nil {
		return c.strand("an imported file cannot be moved into the folder called done", err)
	}
	c.folder.watchLate(day, imported{Path: name, Name: c.Name, Size: c.was.size, Mod: c.was.mod, At: c.folder.options.Clock()})
	return nil
}

// Failed puts the file into failed/, and beside it a note that says what happened,
// what to do and how to try again. Reason and hint must not hold anything from
// inside the file. A file that was changed in the meantime is put back, as by Done.
// If only the note cannot be written, the file is in failed/ all
// the same, and the error says so.
func (c *Claim) Failed(why, hint string) error {
	c.folder.mu.Lock()
	defer c.folder.mu.Unlock()
	if err := c.whole(); err != nil {
		return err
	}
	return c.putAside(why, hint)
}

func (c *Claim) putAside(why, hint string) error {
	name, err := c.move(path.Join(failed, path.Dir(c.Name)), reason)
	if err != nil {
		// Without space for a new folder there is still the one that exists.
		name, err = c.move(failed, reason)
	}
	if err != nil {
		return c.strand("a file that could not be imported cannot be moved into the folder called failed", err)
	}
	if err := write(c.folder.root, name+reason, note(why, hint)); err != nil {
		return fault.Wrap(fault.Internal, "a file that could not be imported is in the folder called failed, but the reason cannot be written beside it", "check the free space of the disk", bare(err))
	}
	return nil
}

// PutBack puts the file back to where it was, because nothing was wrong with it. If
// there is a new file of that name, it gets a number.
func (c *Claim) PutBack() error {
	c.folder.mu.Lock()
	defer c.folder.mu.Unlock()
	if c.ended {
		return over()
	}
	return c.back()
}

// whole reports whether the import says something about the whole file, and puts
// the file back if it does not.
func (c *Claim) whole() error {
	if c.ended {
		return over()
	}
	if info, err := c.folder.root.Lstat(c.held); err == nil && !c.was.same(info) {
		return errors.Join(fault.New(fault.Conflict, "a file was changed by another program while it was being imported", "it was put back into the drop folder and is imported again when it no longer changes"), c.back())
	}
	return nil
}

func over() error {
	return fault.New(fault.Conflict, "a file of the drop folder is no longer claimed", "it has been moved to its place already")
}

func (c *Claim) back() error {
	name, err := c.move(path.Dir(c.Name), "")
	if err != nil {
		name, err = c.move(".", "") // its folder is gone and cannot be made
	}
	if err != nil {
		return c.strand("a file cannot be put back into the drop folder", err)
	}
	if c.was.marked {
		// Two looks are still needed: nothing is tried again and again at once.
		c.folder.seen[name] = &entry{first: c.was.first, marked: true}
	}
	return nil
}

// move moves the file into a folder, under a name that is free and behind which the
// companion can be put.
func (c *Claim) move(dir, companion string) (string, error) {
	root := c.folder.root
	if err := root.MkdirAll(dir, private); err != nil {
		return "", err
	}
	name, err := free(root, dir, path.Base(c.held), companion)
	if err != nil {
		return "", err
	}
	if err := root.Rename(c.held, name); err != nil {
		return "", err
	}
	c.ended = true
	c.folder.sweep(path.Dir(c.held))
	return name, nil
}

// free finds a name in a folder that nothing has.
func free(root *os.Root, dir, base, companion string) (string, error) {
	for n := 1; ; n++ {
		name := path.Join(dir, numbered(base, n, len(companion)))
		_, err := root.Lstat(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err == nil {
			continue
		}
		if companion == "" {
			return name, nil
		}
		if _, err := root.Lstat(name + companion); err != nil {
			return name, nil //nolint:nilerr // not there; if it cannot be written, that will be said
		}
	}
}

// strand says that the file stays in processing/ for now.
func (c *Claim) strand(what string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := c.folder.root.Lstat(c.held); errors.Is(gone, fs.ErrNotExist) {
			c.ended = true
			return fault.Wrap(fault.NotFound, "a file was removed from the folder called processing by somebody else", "leave the folder called processing in the drop folder alone", bare(err))
		}
	}
	if c.tried.IsZero() {
		c.folder.stranded = append(c.folder.stranded, c)
	}
	c.tried = c.folder.options.Clock()
	return fault.Wrap(fault.Internal, what+"; it stays in the folder called processing", "check the free space of the disk and the permissions of the drop folder; the file is put back later and tried again", bare(err))
}
