package drop

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// rest is for how long a file that could not be moved out of processing/ is left
// alone.
const rest = 15 * time.Minute

// restore puts back what is in processing/. Nobody is at work there now.
func (f *Folder) restore(ctx context.Context) {
	back, left := 0, 0
	for _, c := range f.leftovers(ctx) {
		if c.back() == nil {
			back++
		} else {
			left++
		}
	}
	if back > 0 {
		f.options.Log.InfoContext(ctx, "files whose import was interrupted were put back into the drop folder", slog.Int("files", back))
	}
	if left > 0 {
		f.options.Log.ErrorContext(ctx, "files whose import was interrupted cannot be put back into the drop folder; they stay in the folder called processing", slog.Int("files", left),
			slog.String("hint", "check the free space of the disk and the permissions of the drop folder"))
	}
}

// leftovers returns the files in processing/ as claims. The name of a file there is
// a number and where it was.
func (f *Folder) leftovers(ctx context.Context) []*Claim {
	var all []*Claim
	dir, err := f.root.OpenRoot(processing)
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }() // it was only read
	w := walk{file: func(_ *os.Root, name string, info fs.FileInfo) {
		if !info.Mode().IsRegular() || kindOf(path.Base(name)) != export {
			return
		}
		_, origin, nested := strings.Cut(name, "/")
		if !nested {
			origin = name // somebody put it there by hand
		}
		held := path.Join(processing, name)
		all = append(all, &Claim{Name: origin, Path: filepath.Join(f.dir, filepath.FromSlash(held)), folder: f, held: held})
	}}
	if err := w.in(ctx, dir, ""); err != nil && f.once("processing unreadable") {
		f.options.Log.ErrorContext(ctx, "what was in work in the drop folder cannot be read", slog.String("hint", "let the account under which chartwatch runs read the folder called processing in the drop folder"))
	}
	return all
}

// retry puts back what could not be moved some time ago, and returns how many files
// are still stranded.
func (f *Folder) retry(now time.Time) int {
	var still []*Claim
	for _, c := range f.stranded {
		if since := now.Sub(c.tried); !c.ended && (since < 0 || since >= rest) {
			_ = c.back() // it stays stranded, and was logged when it became so
		}
		if !c.ended {
			still = append(still, c)
		}
	}
	f.stranded = still
	return len(still)
}
