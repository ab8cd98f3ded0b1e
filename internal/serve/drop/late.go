package drop

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

const (
	// lateFor is for how long after its import a file is watched: whoever writes slowly may
	// still have it open, and goes on writing into it where it lies now.
	lateFor = 24 * time.Hour
	// lateEvery is how often it is looked at.
	lateEvery = 10 * time.Second
	// record is the file in each day of done/ that says how the files there looked.
	record = ".imported"
)

// imported is a file in done/, as it was when it was imported.
type imported struct {
	Path string    `json:"path"` // in the drop folder
	Name string    `json:"name"` // where it was put by its sender
	Size int64     `json:"size"`
	Mod  time.Time `json:"mod"`
	At   time.Time `json:"at"`
}

// watchLate keeps how a file looked that was put into a day of done/. On a full disk
// it is kept in memory alone.
func (f *Folder) watchLate(day string, i imported) {
	f.late = append(f.late, i)
	line, err := json.Marshal(i)
	if err != nil {
		return
	}
	out, err := f.root.OpenFile(path.Join(done, day, record), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	_, _ = out.Write(append(line, '\n'))
	_ = out.Close()
}

// readLate reads what was kept of a day. A line that a crash cut off is left out, and of
// several about one place the last counts: what lay there before was put back.
func (f *Folder) readLate(day string) []imported {
	in, err := f.root.Open(path.Join(done, day, record))
	if err != nil {
		return nil
	}
	defer func() { _ = in.Close() }()
	var list []imported
	at := map[string]int{}
	lines := ingest.NewLineReader(in, 64<<10)
	for {
		line, err := lines.Next()
		if err != nil {
			return list
		}
		var i imported
		if json.Unmarshal(line.Text, &i) != nil || i.Path == "" || i.Name == "" {
			continue
		}
		if n, again := at[i.Path]; again {
			list[n] = i
			continue
		}
		at[i.Path] = len(list)
		list = append(list, i)
	}
}

// loadLate takes up the watching where an earlier process left it.
func (f *Folder) loadLate() {
	now := f.options.Clock()
	f.late = nil
	for at := now.Add(-lateFor); ; at = at.AddDate(0, 0, 1) {
		day := at.Format(time.DateOnly)
		f.late = append(f.late, f.readLate(day)...)
		if day >= now.Format(time.DateOnly) {
			return
		}
	}
}

// lookLate puts files back that were changed after their import.
func (f *Folder) lookLate() {
	now := f.options.Clock()
	if ago := now.Sub(f.lateAt); ago >= 0 && ago < lateEvery {
		return
	}
	if f.lateAt.IsZero() {
		f.loadLate()
	}
	f.lateAt = now
	var still []imported
	for _, i := range f.late {
		if back, err := f.putLateBack(i); now.Sub(i.At) < lateFor && !back && !errors.Is(err, fs.ErrNotExist) {
			still = append(still, i)
		}
	}
	f.late = still
}

// putLateBack puts a file back if it is not as it was when it was imported, so that it
// is imported as a whole.
func (f *Folder) putLateBack(i imported) (back bool, err error) {
	info, err := f.root.Lstat(i.Path)
	if err != nil || (info.Size() == i.Size && info.ModTime().Equal(i.Mod)) {
		return false, err
	}
	dir := path.Dir(i.Name)
	if err := f.root.MkdirAll(dir, private); err != nil {
		return false, err
	}
	name, err := free(f.root, dir, path.Base(i.Name), "")
	if err != nil {
		return false, err
	}
	if err := f.root.Rename(i.Path, name); err != nil {
		return false, err
	}
	f.options.Log.Warn("a file was still being written after it was imported; it is back in the drop folder and is imported as a whole", slog.Int("files", 1),
		slog.String("hint", "let whoever writes it give it its name when it is complete, or put an empty NAME.done beside it then"))
	return true, nil
}

// lateOf puts the files of a day back that were changed after their import, before the
// day is removed.
func (f *Folder) lateOf(day string) error {
	var errs []error
	for _, i := range f.readLate(day) {
		if _, err := f.putLateBack(i); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, bare(err))
		}
	}
	return errors.Join(errs...)
}
