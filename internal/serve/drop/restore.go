package drop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// rest is for how long a file that could not be moved out of processing/ is left
	// alone.
	rest = 15 * time.Minute
	// attempts is how often in a row the import of a file may be interrupted. The power
	// may fail once and twice; then it is likely that the file ends the program.
	attempts = 3
	// interrupted is the file in processing/ that holds how often it was.
	interrupted = ".interrupted"
)

// restore puts back what is in processing/. Nobody is at work there now. A file that was
// there too often is put aside, so that it does not keep the others from being imported.
func (f *Folder) restore(ctx context.Context) {
	back, left, aside := 0, 0, 0
	claims := f.leftovers(ctx)
	tries := f.countAttempts(claims)
	for i, c := range claims {
		if tries[i].Count >= attempts {
			_ = c.putAside(fmt.Sprintf("The program ended %d times in a row while this file was being imported.", attempts),
				"See with `chartwatch ingest FILE` whether it can be imported while nothing else runs. If the program ends again, please report it.")
		}
		switch {
		case c.ended: // if only the note is missing, it is not tried once more either
			aside++
		case c.back() == nil:
			back++
		default:
			left++
		}
	}
	if back > 0 {
		f.options.Log.InfoContext(ctx, "files whose import was interrupted were put back into the drop folder", slog.Int("files", back))
	}
	if f.aside += aside; aside > 0 {
		f.options.Log.ErrorContext(ctx, "files whose import was interrupted again and again were put into the folder called failed of the drop folder", slog.Int("files", aside),
			slog.String("hint", "the note beside each says what to do"))
	}
	if left > 0 {
		f.options.Log.ErrorContext(ctx, "files whose import was interrupted cannot be put back into the drop folder; they stay in the folder called processing", slog.Int("files", left),
			slog.String("hint", "check the free space of the disk and the permissions of the drop folder"))
	}
}

// Aside returns how many files were put aside because their import was interrupted again
// and again, since it was last asked.
func (f *Folder) Aside() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.aside
	f.aside = 0
	return n
}

// attempt is how often in a row the import of a file was interrupted.
type attempt struct {
	Name  string    `json:"name"` // where it was put by its sender
	Size  int64     `json:"size"`
	Mod   time.Time `json:"mod"`
	Count int       `json:"count"`
}

// countAttempts counts one more interruption of each file, and keeps the counts for the
// next time. On a full disk they begin anew.
func (f *Folder) countAttempts(claims []*Claim) []attempt {
	name := path.Join(processing, interrupted)
	var before []attempt
	if in, err := f.root.Open(name); err == nil {
		_ = json.NewDecoder(io.LimitReader(in, 1<<20)).Decode(&before) // what a crash cut off counts as nothing
		_ = in.Close()
		_ = f.root.Remove(name) // it is written anew
	}
	list := make([]attempt, len(claims))
	for i, c := range claims {
		list[i] = attempt{Name: c.Name, Count: 1}
		if info, err := f.root.Lstat(c.held); err == nil {
			list[i].Size, list[i].Mod = info.Size(), info.ModTime()
		}
		for _, b := range before {
			if b.Name == list[i].Name && b.Size == list[i].Size && b.Mod.Equal(list[i].Mod) {
				list[i].Count += b.Count
			}
		}
	}
	// A file that is put aside may be put in again by a person, and is new then.
	again := slices.DeleteFunc(slices.Clone(list), func(a attempt) bool { return a.Count >= attempts })
	if text, err := json.Marshal(again); err == nil && len(again) > 0 {
		_ = write(f.root, name, string(text))
	}
	return list
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
		if !info.Mode().IsRegular() || kindOfFile(path.Base(name), info) != export {
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
