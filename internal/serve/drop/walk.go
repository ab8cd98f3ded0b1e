package drop

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
)

// walk goes through a folder and what is below it, in the order of the names.
type walk struct {
	// enter says whether a folder is looked into; nil is always.
	enter func(dir *os.Root, name string, info fs.FileInfo) bool
	// file is called for everything that is no folder, with the folder it is in.
	file func(dir *os.Root, name string, info fs.FileInfo)
	// unreadable is called for what cannot be looked at; nil is nothing.
	unreadable func(name string)
}

// in goes through a folder whose name is prefix; names are relative to where the
// walk begins. The error is that of the context or of reading this very folder.
func (w *walk) in(ctx context.Context, dir *os.Root, prefix string) error {
	names, err := list(dir)
	if err != nil {
		return err
	}
	for _, base := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.one(ctx, dir, base, path.Join(prefix, base)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) one(ctx context.Context, dir *os.Root, base, name string) error {
	info, err := dir.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone since the folder was read
		return nil
	case err != nil:
		w.skip(name)
		return nil //nolint:nilerr // one file that cannot be looked at does not hide the others
	case !info.IsDir():
		w.file(dir, name, info)
		return nil
	case w.enter != nil && !w.enter(dir, name, info):
		return nil
	}
	sub, err := dir.OpenRoot(base)
	if err == nil {
		err = w.in(ctx, sub, name)
		_ = sub.Close() // it was only read
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, fs.ErrNotExist) {
		w.skip(name)
	}
	return ctx.Err()
}

func (w *walk) skip(name string) {
	if w.unreadable != nil {
		w.unreadable(name)
	}
}

// list returns the sorted names in a folder.
func list(dir *os.Root) ([]string, error) {
	d, err := dir.Open(".")
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, errors.Join(err, d.Close())
}
