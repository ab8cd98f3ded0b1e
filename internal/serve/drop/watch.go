package drop

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
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
	if err != nil {
		f.cannotWatch(ctx)
		return f.wake
	}
	news := &arrivals{some: make(chan struct{}, 1)}
	go news.collect(w)
	if err := w.Add(f.dir); err != nil {
		f.cannotWatch(ctx)
		_ = w.Close() // it was never used
		return f.wake
	}
	f.follow(ctx, w, ".")
	go f.attend(ctx, w, news)
	return f.wake
}

// manyArrivals is how many new names are kept until somebody looks at them. The scan
// finds the others.
const manyArrivals = 1000

// arrivals are new names that nobody has looked at. They are taken from the watcher at
// once, whatever else is going on: on Windows a watcher whose events wait answers no
// call, and whoever makes one waits for ever.
type arrivals struct {
	some chan struct{} // there are some; closed when there will be no more

	mu    sync.Mutex
	names []string
	other bool // something else arrived
}

// collect takes events until the watcher is closed. That a file is still being written
// is no reason to look at it.
func (a *arrivals) collect(w *fsnotify.Watcher) {
	defer close(a.some)
	for {
		select {
		case event, ok := <-w.Events:
			if !ok {
				return
			}
			if event.Has(fsnotify.Create) && !passed(filepath.Base(event.Name)) {
				a.add(event.Name)
			}
		case _, ok := <-w.Errors: // too many events at once, for instance
			if !ok {
				return
			}
			a.add("")
		}
	}
}

func (a *arrivals) add(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if name == "" || len(a.names) == manyArrivals {
		a.other = true
	} else {
		a.names = append(a.names, name)
	}
	select {
	case a.some <- struct{}{}:
	default: // it is known that there are some
	}
}

func (a *arrivals) take() (names []string, other bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	names, other = a.names, a.other
	a.names, a.other = nil, false
	return names, other
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

// attend turns arrivals into wake-ups.
func (f *Folder) attend(ctx context.Context, w *fsnotify.Watcher, news *arrivals) {
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
		case _, more := <-news.some:
			names, other := news.take()
			arrived = arrived || other
			for _, name := range names {
				arrived = f.arrival(ctx, w, name) || arrived
			}
			if !more {
				return
			}
		}
		if arrived && rested {
			f.rouse()
			arrived, rested = false, false
			timer.Reset(pause)
		}
	}
}

// arrival reports whether something is new that matters.
func (f *Folder) arrival(ctx context.Context, w *fsnotify.Watcher, full string) bool {
	rel, err := filepath.Rel(f.dir, full)
	if err != nil {
		return false
	}
	name := filepath.ToSlash(rel)
	f.mu.Lock()
	info, err := f.root.Lstat(name)
	own := err == nil && !strings.Contains(name, "/") && ours(f.root, name, info)
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
