// Package drop is the folder into which exports are put, by a person, a script or
// a records system, so that they are imported.
//
// The truth is what a look into the folder shows; events of the file system only
// say that it is time for a look. A file is taken once it lies still, by moving it
// into processing/, and ends in done/ or in failed/ with a note that says why, or
// goes back to where it was. At every moment it is in exactly one of these places.
//
// The package reads no file. It refuses to follow a link, to reach outside the
// folder, to overwrite anything, to judge a file by its age, and to write the name
// of a file, which may be that of a patient, into a log or an error. What is in
// done/ is clear text, while the archive is sealed; that is why it is removed
// after a time.
//
// A name is checked to be free before a file is moved to it. That is safe because
// one process at a time works in the folder, which the caller sees to with a lock,
// and because nobody else has business in processing/, done/ and failed/.
package drop

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// The folders in the drop folder that are ours.
const (
	processing = "processing"
	done       = "done"
	failed     = "failed"
)

// private is the mode of the folders made here: what is in them is clear text.
const private = 0o700

// Options say which folder it is and how it is kept.
type Options struct {
	// Dir is the folder. It is made if it does not exist.
	Dir string
	// Patience is for how long a file may be empty, unfinished or changing before it
	// counts as growing and people are told; 0 is without end.
	Patience time.Duration
	// Keep is for how long imported files stay in done/; with 0 they do not stay.
	Keep time.Duration
	// Clock tells the time. The zone of its answer is the one of the days in done/.
	Clock func() time.Time
	Log   *slog.Logger
}

// Folder is a drop folder. Its methods may be called at the same time.
type Folder struct {
	options Options
	dir     string // absolute
	wake    chan struct{}
	closing chan struct{} // ends the watching

	mu       sync.Mutex
	closed   bool
	root     *os.Root
	seen     map[string]*entry    // what the last scan saw, by relative name
	orphans  map[string]time.Time // markers without a file, by name in lower case
	stranded []*Claim             // could not be moved out of processing/
	late     []imported           // in done/, and watched for what is added
	lateAt   time.Time            // when it was last looked at; zero if that is to be taken up again
	counter  int                  // of the folders in processing/
	aside    int                  // files that were put aside and not asked for
	refusals int                  // files that could not be claimed since the last scan
	woken    bool                 // something arrived since the last scan
	said     map[string]bool      // what has been logged and is not logged again
}

// Open makes the folder and those in it, as far as they are missing, and puts back
// what was in work when an earlier process ended.
func Open(o Options) (*Folder, error) {
	if o.Dir == "" {
		return nil, fault.New(fault.Invalid, "no drop folder is named", "set drop.dir in the configuration")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the path of the drop folder cannot be used", "check drop.dir in the configuration", bare(err))
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fault.New(fault.Invalid, "the drop folder is not a folder: there is a file in its place", "name another folder in drop.dir, or move that file away")
	}
	if err := os.MkdirAll(dir, private); err != nil {
		return nil, fault.Wrap(fault.Internal, "the drop folder does not exist and cannot be made", "make it by hand, or check the path in drop.dir and the permissions of the folder above", bare(err))
	}
	f := &Folder{options: o, dir: dir, wake: make(chan struct{}, 1), closing: make(chan struct{}), seen: map[string]*entry{}, orphans: map[string]time.Time{}, said: map[string]bool{}}
	if f.root, err = f.enter(); err != nil {
		return nil, err
	}
	f.restore(context.Background())
	return f, nil
}

// Close ends the work in the folder and the watching. Files that are still claimed
// stay in processing/ and are put back by the next [Open].
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	close(f.closing)
	return f.root.Close()
}

// enter opens the folder as it is now, with our folders in it.
func (f *Folder) enter() (*os.Root, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the drop folder cannot be opened", "check that it exists and that this account may read it", bare(err))
	}
	if err := prepare(root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// prepare makes our folders and sees whether files can be moved.
func prepare(root *os.Root) error {
	for _, role := range []string{processing, done, failed} {
		info, err := root.Lstat(role)
		if err == nil && !info.IsDir() {
			return fault.New(fault.Invalid, "the drop folder cannot be used: "+role+" in it is not a folder", "move what is called "+role+" in the drop folder away")
		}
		if err == nil {
			continue
		}
		if err := root.Mkdir(role, private); err != nil && !errors.Is(err, fs.ErrExist) {
			return unwritable(err)
		}
	}
	for _, where := range []string{".", processing, done, failed} {
		if err := probe(root, where+"/.chartwatch-probe"); err != nil {
			return unwritable(err)
		}
	}
	return nil
}

// probe sees whether something can be made in a folder. A full disk is no reason
// to stop: files can still be moved.
func probe(root *os.Root, name string) error {
	err := root.Mkdir(name, private)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = root.Remove(name)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return err
	}
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(fault.Internal, "the drop folder cannot be written to", "let the account under which chartwatch runs write to the drop folder and to the folders in it, and check the free space of the disk", bare(err))
}

// renew sees whether the folder is still the one that was opened. It is another one
// after a network share was connected, or after somebody removed the folder and made
// it again; what was claimed in the old one is out of reach then.
func (f *Folder) renew(ctx context.Context) error {
	if f.closed {
		return fault.New(fault.Internal, "the drop folder has been closed", "start chartwatch again")
	}
	now, err := os.Stat(f.dir)
	if err != nil {
		return fault.Wrap(fault.NotFound, "the drop folder is not there any more", "make it again, or connect the disk or network share on which it lies", bare(err))
	}
	if was, err := f.root.Stat("."); err == nil && os.SameFile(was, now) {
		return nil
	}
	root, err := f.enter()
	if err != nil {
		return err
	}
	old := f.root
	f.root, f.stranded = root, nil
	f.restore(ctx)
	f.lateAt = time.Time{}
	return old.Close()
}

// once reports whether something is to be logged for the first time.
func (f *Folder) once(what string) bool {
	first := !f.said[what]
	f.said[what] = true
	return first
}

// bare is the error without the name of the file.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// ours reports whether something at the top of the folder is one of our folders. On
// some systems they have more than one spelling.
func ours(root *os.Root, name string, info fs.FileInfo) bool {
	for _, role := range []string{processing, done, failed} {
		if !strings.EqualFold(name, role) {
			continue
		}
		if own, err := root.Lstat(role); err == nil && os.SameFile(own, info) {
			return true
		}
	}
	return false
}
