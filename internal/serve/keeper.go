package serve

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/notify"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
	"github.com/chartwatch/chartwatch/internal/site"
	"github.com/chartwatch/chartwatch/internal/store"
)

// keeper looks after one practice.
type keeper struct {
	server *Server
	site   *site.Site
	config config.Config
	zone   *time.Location
	weekly review.Weekly
	daily  int // time of the daily import, in minutes
	log    *slog.Logger

	open   bool // what lies in the data directory is open
	locks  map[string]*lock
	drop   *drop.Folder // nil if there is none
	outbox *notify.Outbox
	names  notify.Names
	state  state

	scan      drop.Scan
	looked    looked
	scanned   bool // the drop folder was looked into since the start
	opening   trouble
	receiving trouble
	importing trouble
	attending trouble
	patient   bool      // reviews wait for files that are about to be imported
	waiting   time.Time // since when such files lie in the drop folder
	held      bool      // a review waits for them
	summary   Summary   // of the round
	shown     metrics.Site

	rounds   atomic.Int64 // that have ended
	progress progress     // of the one who looks at that
}

// looked is what the last look into the database showed.
type looked struct {
	at       time.Time
	stamp    stamp
	weeks    review.Weeks
	silent   []silence
	unsigned int // weeks that nobody has signed off in time
	intact   bool
	proved   time.Time // when the journal was last verified
	seen     bool      // there was a look since the start
}

// trouble is work that did not succeed. One kind of work does not wait for another:
// a folder that cannot be reached must not keep a week from being reviewed.
type trouble struct {
	until time.Time // it is not tried again before
	fails int       // in a row
}

// stamp tells whether somebody has written to the database.
type stamp struct {
	size int64
	at   time.Time
}

func (s *Server) keeper(one *site.Site) (*keeper, error) {
	c := one.Loaded.Config
	k := &keeper{server: s, site: one, config: c, log: s.options.Log.With(slog.String("site", c.Site)), locks: map[string]*lock{}, shown: metrics.Site{IntegrityOK: true}}
	var err error
	if k.zone, _, err = one.Zone(""); err != nil {
		return k, err
	}
	if k.weekly, err = one.Weekly(); err != nil {
		return k, err
	}
	if k.daily, err = config.ParseTimeOfDay(c.Schedule.Ingest); err != nil {
		return k, fault.Wrap(fault.Invalid, "the schedule cannot be used", "see schedule.ingest in the configuration", err)
	}
	return k, nil
}

// begin opens everything that the work needs.
func (k *keeper) begin(ctx context.Context, create bool) error {
	if err := k.openData(ctx, create); err != nil {
		return err
	}
	if err := k.openDrop(ctx); err != nil {
		if fault.KindOf(err) == fault.Conflict {
			return err
		}
		// A share of the network may come back. The other work goes on without it.
		k.failed(ctx, &k.receiving, "opening the drop folder", err)
	}
	k.opening, k.open = trouble{}, true
	k.sayPlan(ctx)
	return nil
}

// sayPlan says where files come from, and what is missing for the practice to be looked
// after well.
func (k *keeper) sayPlan(ctx context.Context) {
	d, s := k.config.Drop.Dir, k.config.Schedule
	k.log.InfoContext(ctx, "a practice is looked after", slog.String("data_dir", k.config.DataDir), slog.String("drop_folder", d), slog.Int("daily_paths", len(s.Paths)), slog.String("review", s.Review), slog.String("zone", k.zone.String()))
	if d == "" && len(s.Paths) == 0 {
		k.log.WarnContext(ctx, "no files arrive by themselves", slog.String("hint", "set drop.dir or schedule.paths in the configuration"))
	}
	if k.config.Timezone == "" {
		k.log.WarnContext(ctx, "the practice's time zone is not set, so that of this computer is taken", slog.String("hint", "set timezone in the configuration, for example America/Chicago"))
	}
}

// notBegun says that the practice cannot be looked after now.
func (k *keeper) notBegun(ctx context.Context, err error) {
	k.failed(ctx, &k.opening, "opening the data directory", err)
	k.refresh()
}

// openData opens what lies in the data directory.
func (k *keeper) openData(ctx context.Context, create bool) error {
	dir := k.config.DataDir
	if !intake.Exists(dir) {
		if !create {
			return k.noData()
		}
		if err := k.work(ctx, k.site.Workspace(true), func(*intake.Workspace) error { return nil }); err != nil {
			return err
		}
	}
	if err := k.lock(dir, "the data directory"); err != nil {
		return err
	}
	var err error
	if k.state, err = loadState(dir); err != nil {
		return err
	}
	return k.openOutbox()
}

func (k *keeper) noData() error {
	return fault.New(fault.NotFound, "there is no data directory "+k.config.DataDir, "if it lies on another disk, is that there? The first `chartwatch ingest` makes it, or `chartwatch serve --create`")
}

// openDrop opens the drop folder, if there is one. It is made once: one that has been
// there may lie on a disk or share that is away, and what is put into another one in its
// place would be hidden when that comes back.
func (k *keeper) openDrop(ctx context.Context) error {
	d := k.config.Drop
	if d.Dir == "" || k.drop != nil {
		return nil
	}
	if _, err := os.Stat(d.Dir); errors.Is(err, os.ErrNotExist) && k.state.Drop == d.Dir {
		return fault.New(fault.NotFound, "the drop folder is not there any more", "make it again, or connect the disk or network share on which it lies")
	}
	if err := k.lock(d.Dir, "the drop folder"); err != nil {
		return err
	}
	var err error
	k.drop, err = drop.Open(drop.Options{Dir: d.Dir, Patience: d.Patience, Keep: d.Keep, Clock: k.now, Log: k.log}) //nolint:contextcheck // the folder outlives the call
	if err == nil && k.state.Drop != d.Dir {
		k.state.Drop = d.Dir
		k.remember(ctx)
	}
	return err
}

// lock keeps other daemons away from a folder.
func (k *keeper) lock(dir, what string) error {
	if k.locks[dir] != nil {
		return nil
	}
	l, err := lockFolder(dir, what)
	if err == nil {
		k.locks[dir] = l
	}
	return err
}

// openOutbox opens what is still to be told.
func (k *keeper) openOutbox() error {
	sources := make([]string, 0, len(k.config.Sources))
	for i := range k.config.Sources {
		sources = append(sources, k.config.Sources[i].Name)
	}
	for _, p := range k.server.options.Registry.Plugins() {
		sources = append(sources, p.Name)
	}
	var err error
	if k.names, err = notify.NewNames(k.config.Site, sources); err != nil {
		return err
	}
	channels, err := k.server.options.Channels(k.site)
	if err != nil {
		return err
	}
	k.outbox, err = notify.OpenOutbox(filepath.Join(k.config.DataDir, "outbox.json"), notify.OutboxOptions{Channels: channels, Clock: k.server.options.Clock, Log: k.log})
	return err
}

func (k *keeper) close() error {
	var errs []error
	if k.drop != nil {
		errs = append(errs, k.drop.Close())
	}
	for _, l := range k.locks {
		errs = append(errs, l.release())
	}
	return errors.Join(errs...)
}

// now is the time in the practice's zone.
func (k *keeper) now() time.Time { return k.server.options.Clock().In(k.zone) }

// run works until the context ends.
func (k *keeper) run(ctx context.Context) {
	k.patient = true
	var wake <-chan struct{}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-wake:
			timer.Stop()
		}
		k.round(ctx)
		k.rounds.Add(1)
		if wake == nil && k.drop != nil {
			wake = k.drop.Watch(ctx)
		}
		// A file that has just arrived is taken when it has not changed at the next look.
		timer.Reset(min(k.config.Drop.Every, time.Minute))
	}
}

// round does everything that is due now.
func (k *keeper) round(ctx context.Context) Summary {
	k.summary = Summary{}
	if !k.open && k.mayTry(&k.opening) {
		if err := k.begin(ctx, false); err != nil {
			k.notBegun(ctx, err)
		}
	}
	if k.open {
		k.receive(ctx)
		k.collect(ctx)
		k.attend(ctx)
		k.tell(ctx)
	}
	for _, t := range []*trouble{&k.opening, &k.receiving, &k.importing, &k.attending} {
		if t.fails > 0 {
			k.summary.Unfinished = 1
		}
	}
	if k.stuckFiles() > 0 || k.looked.seen && !k.looked.intact {
		k.summary.Unfinished = 1
	}
	return k.summary
}

// Waiting for the database and after failures.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// failed puts off some work, for longer each time, and says so.
func (k *keeper) failed(ctx context.Context, t *trouble, doing string, err error) {
	if ctx.Err() != nil {
		return
	}
	t.until = k.now().Add(min(firstRetry<<min(t.fails, 10), lastRetry))
	t.fails++
	level := slog.LevelError
	if fault.KindOf(err) == fault.Conflict {
		level = slog.LevelWarn // somebody else is at work; that passes
	}
	k.log.Log(ctx, level, "something did not succeed; it will be tried again", slog.String("doing", doing), slog.String("error", plain(err)), slog.String("hint", fault.HintOf(err)), slog.Time("at", t.until))
}

// mayTry reports whether it is time for some work. A clock that was set back must not
// put it off for longer than usual.
func (k *keeper) mayTry(t *trouble) bool {
	now := k.now()
	return !t.until.After(now) || t.until.After(now.Add(lastRetry))
}

// yield is for how long the database is left alone between two pieces of work, so
// that a person's command comes in between.
const yield = 100 * time.Millisecond

// work opens the data directory for one piece of work. It waits for its turn among
// the practices.
func (k *keeper) work(ctx context.Context, o intake.WorkspaceOptions, do func(*intake.Workspace) error) error {
	select {
	case k.server.working <- struct{}{}:
		defer func() { <-k.server.working }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !o.Create && !intake.Exists(k.config.DataDir) {
		return k.noData()
	}
	w, err := intake.OpenWorkspace(ctx, o)
	if err != nil {
		return err
	}
	if w.KeyCreated != "" {
		k.log.WarnContext(ctx, "a new data directory was made; without its key it cannot be read", slog.String("hint", "run `chartwatch key export` once and keep what it prints in a safe place"))
	}
	return errors.Join(do(w), w.Close())
}

// pause lets others at the database.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(yield):
	}
}

// stampNow says what the database's file looks like now.
func (k *keeper) stampNow() stamp {
	info, err := os.Stat(filepath.Join(k.config.DataDir, store.FileName))
	if err != nil {
		return stamp{}
	}
	return stamp{size: info.Size(), at: info.ModTime()}
}
