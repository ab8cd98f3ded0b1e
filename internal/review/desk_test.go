package review_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// The people of the tests. Every name is made up, and none may be found in an
// error or a log of the program.
const (
	ana  = "Zebulon Quisenberry" // the account zq; lives with Bo
	bo   = "Bo Quisenberry-Dahl"
	cora = "Cora Thistlewaite" // the account ct
	ruth = "Ruth Winters"      // manager, involved in nothing
)

const week = "2025-W12"

// desk is an open data directory with a small practice.
type desk struct {
	*intake.Workspace
	t        *testing.T
	registry *ingest.Registry
	rules    []rules.Rule
	engine   *engine.Engine
	reviewer *review.Reviewer
	now      time.Time
	weekly   review.Weekly
	files    int
	log      bytes.Buffer
}

// newDesk is the practice in the week after the week of the incidents.
func newDesk(t *testing.T, list ...rules.Rule) *desk {
	t.Helper()
	root := t.TempDir()
	w, err := intake.OpenWorkspace(t.Context(), intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), Wait: time.Second, NoSpill: true},
		Key:   seal.Locator{Dir: filepath.Join(root, "keys")}, Create: true,
	})
	if err != nil {
		t.Fatalf("opening the data directory: %v", err)
	}
	t.Cleanup(func() { _ = w.Close() })
	registry, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Workspace: w, t: t, registry: registry, rules: list, now: time.Date(2025, 3, 25, 15, 0, 0, 0, time.UTC), weekly: review.Weekly{Day: time.Monday, Minute: 360}}
	clock := func() time.Time { d.now = d.now.Add(time.Second); return d.now }
	journal := &evidence.Journal{DB: w.DB, Sealer: w.Sealer, Clock: clock}
	d.reviewer = &review.Reviewer{DB: w.DB, Sealer: w.Sealer, Journal: journal, Clock: clock, Zone: zone}
	d.engine = &engine.Engine{
		DB: w.DB, Sealer: w.Sealer, Practice: practice.Practice{Zone: zone}, Clock: clock, SiteKey: []byte("a key of the tests"),
		Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	d.file("roster", "user_id,name,role,department,hired_on,address",
		"zq,"+ana+",clinician,east,2020-01-01,\"9 Plum Court, Millbrook\"",
		"bo,\"Quisenberry-Dahl, Bo\",billing,office,2020-01-01,\"9 plum court,  MILLBROOK\"",
		"ct,"+cora+",nurse,east,2020-01-01,4 Fern Hill",
		"rw,"+ruth+",manager,office,2019-01-01,")
	return d
}

const header = "timestamp,event_id,user_id,patient_id,action,record_type,workstation"

// exports are four findings in the week: two of zq, one of ct, one of bo.
func exports() []string {
	return []string{
		header,
		"2025-03-17 09:00:00,1,zq,101,export,note,W1",
		"2025-03-18 09:00:00,2,zq,102,export,note,W1",
		"2025-03-18 09:30:00,3,zq,103,export,note,W2",
		"2025-03-19 09:00:00,4,ct,104,export,note,W1",
		"2025-03-20 09:00:00,5,bo,105,export,note,W3",
		"2025-03-23 23:00:00,6,rw,106,view,note,W3",
	}
}

func (d *desk) file(source string, rows ...string) {
	d.t.Helper()
	d.files++
	path := filepath.Join(d.t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	at := time.Date(2025, 3, 24, 12, 0, d.files, 0, time.UTC)
	settings := intake.Settings{Zone: d.reviewer.Zone, ZoneBasis: ingest.TZSourceSetting, Source: source, Modified: at}
	r, err := d.Importer(d.registry, func() time.Time { return at }).File(d.t.Context(), path, settings)
	if err != nil || r.Files[0].Status != intake.Imported {
		d.t.Fatalf("importing: %+v, %v", r, err)
	}
}

// evaluate evaluates a week with what people decided so far.
func (d *desk) evaluate(name string) engine.Result {
	d.t.Helper()
	b, err := d.reviewer.Book(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	d.engine.Past = b
	if d.engine.Rules, _, err = engine.InForce(d.rules, d.engine.Practice); err != nil {
		d.t.Fatal(err)
	}
	p, err := review.ParseWeek(name)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := d.engine.Evaluate(d.t.Context(), p)
	if err != nil {
		d.t.Fatalf("evaluating: %v", err)
	}
	return r
}

// report makes the review of a week.
func (d *desk) report(name string) review.Report {
	d.t.Helper()
	return d.reportFor(name, review.ByHand)
}

func (d *desk) reportFor(name string, why review.Trigger) review.Report {
	d.t.Helper()
	began := d.now
	result := d.evaluate(name)
	r, err := d.reviewer.Report(d.t.Context(), review.Input{
		Result: result, Rules: d.engine.Rules, Expect: d.engine.Expect, Site: "main", Practice: "Plum Court", Version: "test", Trigger: why, Began: began,
		Due: d.weekly.Due(result.Period, d.reviewer.Zone),
	})
	if err != nil {
		d.t.Fatalf("making the report: %v", err)
	}
	return r
}

// items reads all findings of March by "account day", or "rule account day" where
// there are several rules.
func (d *desk) items() map[string]review.Item {
	d.t.Helper()
	b, err := d.reviewer.Book(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	list, err := d.reviewer.Items(d.t.Context(), b, coverage.Period{From: day(d.t, "2025-03-01"), To: day(d.t, "2025-04-30")})
	if err != nil {
		d.t.Fatal(err)
	}
	all := map[string]review.Item{}
	for _, x := range list {
		key := x.Subject.ID + " " + x.FromDay.String()[5:]
		if len(d.rules) > 1 {
			key = strings.TrimPrefix(x.RuleID, "site.bulk.") + " " + key
		}
		all[key] = x
	}
	return all
}

// decide decides about a finding and fails the test if that is refused.
func (d *desk) decide(key string, x review.Decision) review.Item {
	d.t.Helper()
	if x.By == "" {
		x.By = ruth
	}
	got, err := d.reviewer.Decide(d.t.Context(), d.items()[key].ID, x)
	if err != nil {
		d.t.Fatalf("deciding: %v", err)
	}
	return got
}

// refused checks that something is refused as it should, in words that name nobody.
func (d *desk) refused(err error, kind fault.Kind, want string) {
	d.t.Helper()
	switch {
	case err == nil:
		d.t.Errorf("not refused; want %q", want)
	case !strings.Contains(err.Error(), want) || fault.KindOf(err) != kind:
		d.t.Errorf("refused with %q (%v), want %q (%v)", err, fault.KindOf(err), want, kind)
	case fault.HintOf(err) == "":
		d.t.Errorf("%q has no hint", err)
	}
	d.nameless(err)
}

// somebody are the people of the tests. The account zq must stand alone: the random id of
// an exception can hold the two letters.
var somebody = regexp.MustCompile(`Quisenberry|Thistlewaite|Winters|\bzq\b|Plum`)

// nameless checks that neither an error nor the program's log names somebody.
func (d *desk) nameless(err error) {
	d.t.Helper()
	texts := []string{d.log.String()}
	for e := err; e != nil; e = errors.Unwrap(e) {
		texts = append(texts, e.Error(), fault.HintOf(e))
	}
	for _, text := range texts {
		if name := somebody.FindString(text); name != "" {
			d.t.Errorf("%q names %s", text, name)
		}
	}
}

func day(t *testing.T, s string) coverage.Day {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return coverage.DayOf(d)
}

// rule is a rule of exports, with changes to its text.
func rule(t *testing.T, id, level, more string, changes ...string) rules.Rule {
	t.Helper()
	risk := map[string]string{"low": "20", "medium": "40", "high": "60", "critical": "80"}[level]
	text := `schema: 1
id: site.bulk.` + id + `
version: 1
status: test
title: Records were exported
category: bulk
level: ` + level + `
risk: ` + risk + `
confidence: medium
hipaa: [{cite: "164.312(b)", why: activity}]
description: Somebody exported records.
why_it_matters: Exported records are out of sight.
false_positives: [a transfer of records]
blind_spots: [photographs of a screen]
next_steps: [Ask for the reason.]
questions: ["Why did you export records on {{day}}?"]
schedule: {period: day, settle: 6h}
emit: events
group: [person_id]
subject: {type: person, id: person_id}
sql: |
  SELECT e.site, e.event_id, e.ts_s, e.user_id, e.person_id, e.patient_id, e.ip_class
  FROM events e
  WHERE e.action = 'export' AND e.ts_s >= $from_s AND e.ts_s < $to_s
explain: "{{person}} exported {{count}} records, {{day}}."
evidence: [ts_s, patient_id, ip_class]
tests:
  - {name: fires, given: {events: [{event_id: 1}]}, expect: [{person_id: ana, rows: 1}]}
  - {name: quiet, given: {events: []}, expect: []}
` + more + "\n"
	r, err := rules.Parse("exports.yaml", []byte(strings.NewReplacer(changes...).Replace(text)))
	if err != nil {
		t.Fatalf("the rule of the test: %v", err)
	}
	return r
}
