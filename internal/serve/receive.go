package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
	"github.com/chartwatch/chartwatch/internal/site"
)

// batch is for how long files are imported before the database is left to others
// for a moment.
const batch = 5 * time.Second

// receive imports what lies ready in the drop folder.
func (k *keeper) receive(ctx context.Context) {
	if k.config.Drop.Dir == "" || !k.mayTry(&k.receiving) {
		return
	}
	if err := k.openDrop(ctx); err != nil {
		k.failed(ctx, &k.receiving, "opening the drop folder", err)
		return
	}
	scan, err := k.drop.Scan(ctx)
	if err != nil {
		k.failed(ctx, &k.receiving, "looking into the drop folder", err)
		return
	}
	k.scan, k.scanned = scan, true
	k.summary.Failed += k.drop.Aside()
	err = k.inBatches(ctx, scan.Ready, (*importing).claimed)
	if tidy := k.drop.Tidy(); tidy != nil {
		k.log.WarnContext(ctx, "imported files could not be removed from the drop folder", slog.String("hint", fault.HintOf(tidy)))
	}
	if err != nil {
		k.failed(ctx, &k.receiving, "importing from the drop folder", err)
		return
	}
	k.receiving, k.scan.Ready = trouble{}, nil
	k.scan.Waiting += k.drop.Refusals()
}

// collect imports the configured paths where they lie, once a day. A day that was
// missed is caught up.
func (k *keeper) collect(ctx context.Context) {
	now := k.now()
	if len(k.config.Schedule.Paths) == 0 || !k.mayTry(&k.importing) || !k.collectDue(now) {
		return
	}
	failed := k.summary.Failed
	files, away := k.dailyFiles(ctx)
	err := k.inBatches(ctx, files, func(i *importing, ctx context.Context, path string) (error, error) {
		r, err := i.file(ctx, path)
		i.note(ctx, r)
		return nil, err
	})
	if err != nil {
		k.failed(ctx, &k.importing, "the daily import", err)
		return
	}
	if ctx.Err() != nil {
		return
	}
	if away != nil {
		k.failed(ctx, &k.importing, "the daily import", away)
		return
	}
	k.importing = trouble{}
	k.state.LastIngest, k.state.BadPaths = now, k.summary.Failed-failed
	k.remember(ctx)
}

// dailyFiles are the files of the configured paths. The error is about a path that is not
// there, as a share of the network that may come back within the day.
func (k *keeper) dailyFiles(ctx context.Context) (files []string, away error) {
	for n, path := range k.config.Schedule.Paths {
		found, err := intake.Walk(path)
		files = append(files, found...)
		switch _, there := os.Stat(path); {
		case there != nil:
			away = fault.New(fault.NotFound, fmt.Sprintf("entry %d of schedule.paths is not there", n+1), "is the disk or share connected? Check schedule.paths in the configuration")
		case err != nil && !errors.Is(err, intake.ErrNoFiles):
			k.summary.Failed++
			k.log.ErrorContext(ctx, "something in a folder of schedule.paths cannot be read", slog.Int("entry", n+1), slog.String("hint", "`chartwatch ingest FOLDER` says what; check its permissions"))
		}
	}
	return files, away
}

// inBatches imports files, and leaves the database to others now and then. What do
// returns first is wrong with one file, and the others do not wait for it; its second
// error ends the work.
func (k *keeper) inBatches(ctx context.Context, files []string, do func(*importing, context.Context, string) (error, error)) error {
	var apart []error
	for len(files) > 0 && ctx.Err() == nil {
		err := k.imports(ctx, func(i *importing) error {
			for until := k.now().Add(batch); len(files) > 0 && ctx.Err() == nil && k.now().Before(until); files = files[1:] {
				one, err := do(i, ctx, files[0])
				if err != nil {
					return err
				}
				apart = append(apart, one)
			}
			return nil
		})
		if err != nil {
			return err
		}
		pause(ctx)
	}
	return errors.Join(apart...)
}

// collectDue reports whether the last daily moment has passed without an import. A
// last import that lies in the future was made while the clock was wrong.
func (k *keeper) collectDue(now time.Time) bool {
	today := coverage.DayOf(now)
	moment := review.Local(today, k.daily, k.zone)
	if moment.After(now) {
		moment = review.Local(today-1, k.daily, k.zone)
	}
	last := k.state.LastIngest
	return last.Before(moment) || last.After(now.Add(time.Minute))
}

func (k *keeper) remember(ctx context.Context) {
	if err := k.state.save(k.config.DataDir); err != nil {
		k.log.WarnContext(ctx, "the state of the daemon could not be written down", slog.String("hint", "check the disk on which the data directory lies"))
	}
}

// importing is one opening of the database to import files.
type importing struct {
	keeper   *keeper
	importer *intake.Importer
	reader   *site.Reader
}

// imports opens the data directory to import files.
func (k *keeper) imports(ctx context.Context, do func(*importing) error) error {
	reader, err := k.site.Reader(site.Reading{})
	if err != nil {
		return err
	}
	return k.work(ctx, k.site.Workspace(false), func(w *intake.Workspace) error {
		return do(&importing{keeper: k, importer: w.Importer(k.server.options.Registry, k.server.options.Clock), reader: reader})
	})
}

// file imports one file. The error is set if nothing more can be imported now.
func (i *importing) file(ctx context.Context, path string) (intake.Result, error) {
	settings, err := i.reader.Settings(path)
	if err != nil {
		return intake.Failure(path, err), nil // its mapping cannot be read, for example
	}
	began := i.keeper.now()
	r, err := i.importer.File(ctx, path, settings)
	if err == nil && slices.ContainsFunc(r.Files, func(f intake.FileResult) bool { return f.Status == intake.Imported }) {
		i.keeper.server.options.Metrics.ObserveIngest(i.keeper.config.Site, i.keeper.now().Sub(began))
	}
	return r, err
}

// note counts and says what became of a file.
func (i *importing) note(ctx context.Context, r intake.Result) {
	k := i.keeper
	for _, f := range r.Files {
		switch f.Status {
		case intake.Imported:
			k.summary.Imported++
			k.log.InfoContext(ctx, "a file was imported", slog.String("parser", f.Parser), slog.Int64("records", f.Records),
				slog.Int64("accepted", f.Accepted), slog.Int64("duplicates", f.Duplicates), slog.Int64("rejected", f.Rejected))
		case intake.Failed:
			k.summary.Failed++
			k.log.ErrorContext(ctx, "a file could not be imported", slog.String("hint", f.Hint))
		case intake.AlreadyImported:
		}
	}
	left := 0
	for _, w := range r.Warnings {
		if w.Code == intake.MemberSkipped {
			left++
			continue
		}
		k.log.InfoContext(ctx, "something is to be known about a file that was imported", slog.String("what", w.Code), slog.String("source", k.names.Source(w.Source).String()),
			slog.String("hint", "`chartwatch coverage` shows what it means for the days of the log"))
	}
	if left > 0 {
		k.log.WarnContext(ctx, "files inside an archive were left out, because no parser recognises them", slog.Int("files", left),
			slog.String("hint", "if one of them is a log, unpack it and see `chartwatch inspect FILE`"))
	}
}

// claimed imports one file of the drop folder and puts it where it belongs.
func (i *importing) claimed(ctx context.Context, name string) (one, end error) {
	c, err := i.keeper.drop.Claim(name)
	if err != nil {
		return unlessConflict(err), nil // it has changed or gone since; the next look will see
	}
	r, err := i.file(ctx, c.Path)
	if err != nil {
		// Nothing is wrong with the file: the disk is full, or the work was stopped.
		return nil, errors.Join(err, c.PutBack())
	}
	return i.finish(ctx, c, r), nil
}

func (i *importing) finish(ctx context.Context, c *drop.Claim, r intake.Result) error {
	var reasons, hints []string
	for _, f := range r.Files {
		if f.Status == intake.Failed {
			reasons, hints = append(reasons, f.Error), append(hints, f.Hint)
		}
	}
	if len(reasons) == 0 {
		i.note(ctx, r)
		return unlessConflict(c.Done()) // if it was changed meanwhile, it comes again as a whole
	}
	err := c.Failed(strings.Join(reasons, "\n"), strings.Join(hints, "\n"))
	if fault.KindOf(err) == fault.Conflict {
		return nil // it was changed meanwhile, and comes again as a whole
	}
	i.note(ctx, r)
	if err == nil {
		i.keeper.log.WarnContext(ctx, "a file was put into the folder `failed` of the drop folder; the note beside it says why")
	} else {
		i.keeper.log.ErrorContext(ctx, "a file that could not be imported could not be put aside properly", slog.String("error", plain(err)), slog.String("hint", fault.HintOf(err)))
	}
	i.keeper.scan.Failed++ // until the next look counts
	return nil
}

// unlessConflict leaves out that a file is not what it was a moment ago.
func unlessConflict(err error) error {
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}
