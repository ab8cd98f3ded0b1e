package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/synth/world"
)

const (
	// playedWeeks are the weeks that are played; older history repeats them, earlier
	// by whole years of 52 weeks, so that weekdays and seasons stay.
	playedWeeks = 52
	playedFile  = "played.json"
)

// played says how a store was made.
type played struct {
	Size   string `json:"size"`
	Weeks  int    `json:"weeks"`
	Events int64  `json:"events"`
	// Settings are what the practice tells, so that a review need not play again.
	Settings world.Settings `json:"settings"`
}

func readPlayed(dir string) (played, error) {
	var p played
	b, err := os.ReadFile(filepath.Join(dir, playedFile)) //nolint:gosec // a file of our own folder
	if err != nil {
		return p, err
	}
	err = json.Unmarshal(b, &p)
	return p, err
}

// playOptions say which practice is played.
func playOptions(size string) (world.Options, error) {
	zone, err := time.LoadLocation("America/New_York")
	return world.Options{
		Seed: 1, Size: world.Size(size), Start: time.Date(2024, 9, 30, 0, 0, 0, 0, time.UTC), Weeks: playedWeeks, Zone: zone,
	}, err
}

// fillReview makes a data directory with about as many events as are asked for,
// unless it is there: the last weeks are those of a played practice, with its
// roster, patients and appointments, and each week is delivered by itself. It has
// its name once it is complete, so that what was broken off is begun anew.
func fillReview(ctx context.Context, o options) error {
	whole := reviewDir(o)
	if filled(whole) {
		return nil
	}
	dir := whole + ".part"
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(whole)); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "bench: playing a practice of size %s for a store with %d events\n", o.size, o.events)
	options, err := playOptions(o.size)
	if err != nil {
		return err
	}
	w, err := world.Play(options)
	if err != nil {
		return err
	}
	p := played{Size: o.size, Settings: w.Settings}
	space, err := intake.OpenWorkspace(ctx, workspaceOptions(dir))
	if err != nil {
		return err
	}
	p.Weeks = max(1, (o.events*playedWeeks+len(w.Accesses)/2)/len(w.Accesses))
	p.Events, err = deliver(ctx, space, w, p.Weeks, filepath.Join(dir, "files"))
	if err := errors.Join(err, space.Close()); err != nil {
		return err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, playedFile), b, 0o600); err != nil {
		return err
	}
	return os.Rename(dir, whole)
}

// deliver imports the tables of the practice, and then some weeks of its log.
func deliver(ctx context.Context, space *intake.Workspace, w *world.World, weeks int, dir string) (int64, error) {
	if err := tables(ctx, space, w, dir); err != nil {
		return 0, err
	}
	deliveries := w.Deliveries()
	span := w.Accesses[len(w.Accesses)-1].ID + 1
	var events int64
	for n := range weeks {
		before := weeks - 1 - n
		years := before / playedWeeks
		g := repeated{
			w: w, list: deliveries[playedWeeks-1-before%playedWeeks].Accesses, back: years, first: int64((weeks-1)/playedWeeks-years) * span,
		}
		reg, err := ingest.NewRegistry(ingest.Plugin{
			Name: "generated", Version: 1, Produces: []ingest.Dataset{ingest.Events},
			New: func(ingest.Settings) (ingest.Parser, error) { return g, nil },
		})
		if err != nil {
			return 0, err
		}
		monday := w.Options.Start.AddDate(0, 0, 7*(playedWeeks-before))
		got, err := space.Importer(reg, func() time.Time { return monday }).Stream(ctx, "-", strings.NewReader("week "+strconv.Itoa(n)+"\n"),
			intake.Settings{Source: "ehr", Zone: w.Options.Zone, ZoneBasis: ingest.TZSourceSetting})
		if err != nil {
			return 0, err
		}
		for _, f := range got.Files {
			if f.Status != intake.Imported || f.Rejected > 0 {
				return 0, fmt.Errorf("week %d: %s, %d rejected: %s", n, f.Status, f.Rejected, f.Error)
			}
			events += f.Accepted
		}
	}
	return events, nil
}

// tables imports the roster, the patients and the appointments.
func tables(ctx context.Context, space *intake.Workspace, w *world.World, dir string) error {
	reg, err := builtin.Registry()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, t := range []struct {
		name  string
		write func(io.Writer) error
	}{{"staff.csv", w.WriteStaff}, {"patients.csv", w.WritePatients}, {"appointments.csv", w.WriteAppointments}} {
		path := filepath.Join(dir, t.name)
		f, err := os.Create(path) //nolint:gosec // a file of our own folder
		if err != nil {
			return err
		}
		if err := errors.Join(t.write(f), f.Close()); err != nil {
			return err
		}
		got, err := space.Importer(reg, func() time.Time { return w.Options.Start }).
			File(ctx, path, intake.Settings{Zone: w.Options.Zone, ZoneBasis: ingest.TZSourceSetting})
		if err != nil {
			return err
		}
		for _, f := range got.Files {
			if f.Status == intake.Failed || f.Rejected > 0 {
				return fmt.Errorf("%s: %s, %d rejected: %s", t.name, f.Status, f.Rejected, f.Error)
			}
		}
	}
	return nil
}

// repeated is a parser that gives a week of a played log again, some years of 52
// weeks earlier, instead of reading one.
type repeated struct {
	w     *world.World
	list  []world.Access
	back  int
	first int64
}

func (repeated) Detect(ingest.Head) error { return nil }

func (g repeated) Parse(ctx context.Context, _ ingest.Source, out *ingest.Writer) error {
	for i := range g.list {
		if err := out.Event(ctx, g.event(&g.list[i], int64(i+1))); err != nil {
			return err
		}
	}
	return nil
}

func (g repeated) event(a *world.Access, line int64) ingest.Event {
	local := a.At.In(g.w.Options.Zone).AddDate(0, 0, -7*playedWeeks*g.back)
	e := ingest.Event{
		Line: line, SourceEventID: strconv.FormatInt(g.first+a.ID, 10), At: local.UTC(), TZBasis: ingest.TZExplicit,
		UserID: a.UserID, UserType: a.UserType, PatientID: a.PatientID, Action: a.Action, ActionRaw: a.Raw, RecordType: a.Record,
		RecordID: a.RecordID, RecordLabel: a.RecordName, Workstation: a.Station, IP: a.IP, Location: a.Location, Outcome: a.Outcome,
		OutcomeReason: a.Why, SessionID: a.SessionID, BreakGlass: a.Glass, Reason: a.GlassWhy, RecordCount: int64(a.Found),
		Interactive: ingest.InteractiveYes, Granularity: ingest.GranularityEvent,
	}
	if a.Job {
		e.Interactive = ingest.InteractiveNo
	}
	if x := g.w.Patient(a.PatientID); x != nil {
		e.PatientName = x.FirstName + " " + x.LastName
	}
	if p := g.w.Person(a.UserID); p != nil {
		e.UserName = p.Name()
	}
	return e
}
