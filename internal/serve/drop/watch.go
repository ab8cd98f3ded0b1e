package drop

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// pause is the shortest time between two wake-ups.
const pause = time.Second

// Watch returns a channel that says when something new has arrived and it is time
// for a scan, until the context ends or the folder is closed. It is a hint: many
// arrivals make one, and where the system reports nothing, as on many network
// shares, the channel stays silent. It is never closed.
func (f *Folder) Watch(ctx context.Context) <-chan struct{} {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = w.Add(f.dir)
	}
	if err != nil {
		f.cannotWatch(ctx)
		if w != nil {
			_ = w.Close() // it was never used
		}
		return f.wake
	}
	f.follow(ctx, w, ".")
	go f.attend(ctx, w)
	return f.wake
}

func (f *Folder) cannotWatch(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.once("cannot watch") {
		f.options.Log.InfoContext(ctx, "the system does not report what arrives in the drop folder; it is looked at regularly instead")
	}
}

// follow watches the folders in a folder, too.
func (f *Folder) follow(ctx context.Context, w *fsnotify.Watcher, from string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, err := f.root.OpenRoot(from)
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }() // it was only read
	add := func(name string) {
		if err := w.Add(filepath.Join(f.dir, filepath.FromSlash(name))); err != nil && f.once("cannot watch") {
			f.options.Log.InfoContext(ctx, "the system does not report everything that arrives in the drop folder; it is looked at regularly instead")
		}
	}
	if from != "." {
		add(from)
	}
	all := walk{
		enter: func(sub *os.Root, name string, info fs.FileInfo) bool {
			if from == "." && name == path.Base(name) && ours(sub, name, info) || passed(path.Base(name)) {
				return false
			}
			add(path.Join(from, name))
			return true
		},
		file: func(*os.Root, string, fs.FileInfo) {},
	}
	_ = all.in(ctx, dir, "") // what cannot be watched is found by the scan
}

// attend turns events into wake-ups.
func (f *Folder) attend(ctx context.Context, w *fsnotify.Watcher) {
	defer func() { _ = w.Close() }() // nothing is lost with it
	timer := time.NewTimer(0)
	defer timer.Stop()
	arrived, rested := false, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.closing:
			return
		case <-timer.C:
			rested = true
		case event, ok := <-w.Events:
			if !ok {
				return
			}
			arrived = f.arrival(ctx, w, event) || arrived
		case _, ok := <-w.Errors: // too many events at once, for instance
			if !ok {
				return
			}
			arrived = true
		}
		if arrived && rested {
			f.rouse()
			arrived, rested = false, false
			timer.Reset(pause)
		}
	}
}

// arrival reports whether something is new that matters. That a file is still being
// written is no reason to look at it.
func (f *Folder) arrival(ctx context.Context, w *fsnotify.Watcher, event fsnotify.Event) bool {
	if !event.Has(fsnotify.Create) || passed(filepath.Base(event.Name)) {
		return false
	}
	rel, err := filepath.Rel(f.dir, event.Name)
	if err != nil {
		return false
	}
	name := filepath.ToSlash(rel)
	f.mu.Lock()
	info, err := f.root.Lstat(name)
	own := err == nil && name == path.Base(name) && ours(f.root, name, info)
	f.mu.Unlock()
	if err != nil || own {
		return false
	}
	if info.IsDir() {
		f.follow(ctx, w, name)
	}
	return true
}

// rouse asks for a look.
func (f *Folder) rouse() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.woken = true
	select {
	case f.wake <- struct{}{}:
	default: // it has been asked for
	}
}
