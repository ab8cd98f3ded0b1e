package drop

import (
	"errors"
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Tidy removes from done/ the days that ended longer ago than files are kept; if
// they are not kept at all, every day. What is not a day was not put there by this
// package, and stays. So does everything in failed/: it was never imported. A file that
// was changed after its import goes back into the drop folder instead.
func (f *Folder) Tidy() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, err := f.root.OpenRoot(done)
	if err != nil {
		return untidy(err)
	}
	defer func() { _ = dir.Close() }() // what was removed is removed
	names, err := list(dir)
	if err != nil {
		return untidy(err)
	}
	now := f.options.Clock()
	var errs []error
	for _, name := range names {
		day, err := time.ParseInLocation(time.DateOnly, name, now.Location())
		if err != nil {
			continue
		}
		if day.After(now) && f.options.Keep > 0 && f.once("future day") {
			f.options.Log.Warn("the imported files in the drop folder hold a day that lies in the future; it is kept until it has passed",
				slog.String("hint", "check the clock of this computer; days in the folder called done may be removed by hand"))
		}
		if f.options.Keep <= 0 || day.AddDate(0, 0, 1).Add(f.options.Keep).Before(now) {
			if err := f.lateOf(name); err != nil {
				errs = append(errs, err)
				continue
			}
			errs = append(errs, bare(dir.RemoveAll(name)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return untidy(err)
	}
	return nil
}

func untidy(err error) error {
	return fault.Wrap(fault.Internal, "imported files, which are clear text, cannot be removed from the folder called done in the drop folder", "check the permissions of that folder, and close the files in it", bare(err))
}
