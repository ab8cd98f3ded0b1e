package access_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// desk is an open data directory into which a test puts small files.
type desk struct {
	*intake.Workspace
	t        *testing.T
	registry *ingest.Registry
	settings intake.Settings
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	root := t.TempDir()
	w, err := intake.OpenWorkspace(t.Context(), intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), Wait: time.Second},
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
	return &desk{Workspace: w, t: t, registry: registry, settings: intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting}}
}

// file imports a text into a source, with changes to the settings. The import
// happens long after the days of the tests.
func (d *desk) file(source, content string, change ...func(*intake.Settings)) {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
	settings := d.settings
	settings.Source = source
	settings.Modified = time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range change {
		c(&settings)
	}
	clock := func() time.Time { return time.Date(2025, 12, 2, 12, 0, 0, 0, time.UTC) }
	r, err := d.Importer(d.registry, clock).File(d.t.Context(), path, settings)
	if err != nil {
		d.t.Fatalf("importing: %v", err)
	}
	for _, f := range r.Files {
		if f.Status != intake.Imported {
			d.t.Fatalf("importing: %+v", f)
		}
	}
}

// ask asks a question about days of 2025, written "03-10".
func (d *desk) ask(q access.Question, from, to string) access.Answer {
	d.t.Helper()
	q.Days, q.Zone = coverage.Period{From: day(from), To: day(to)}, d.settings.Zone
	asker := &access.Asker{DB: d.DB, Sealer: d.Sealer}
	a, err := asker.Ask(d.t.Context(), q)
	if err != nil {
		d.t.Fatalf("asking: %v", err)
	}
	return a
}

// patient asks who accessed a patient's record.
func (d *desk) patient(who, from, to string) access.Answer {
	d.t.Helper()
	return d.ask(access.Question{Patient: who}, from, to)
}

// user asks what a user accessed.
func (d *desk) user(who, from, to string) access.Answer {
	d.t.Helper()
	return d.ask(access.Question{User: who}, from, to)
}

func day(text string) coverage.Day {
	t, err := time.Parse(time.DateOnly, "2025-"+text)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return coverage.DayOf(t)
}

// lines joins rows of a file.
func lines(rows ...string) string { return strings.Join(rows, "\n") + "\n" }

// seen writes the accesses as "time user patient action matched-by".
func seen(a access.Answer) []string {
	list := []string{}
	for _, x := range a.Accesses {
		list = append(list, strings.Join([]string{x.LocalTime[5:16], x.UserID, x.PatientID, x.Action, x.MatchedBy}, " "))
	}
	return list
}

// codes writes the reasons as "code" or "code source".
func codes(a access.Answer) []string {
	list := []string{}
	for _, r := range a.Reasons {
		list = append(list, strings.TrimSpace(r.Code+" "+r.Source))
	}
	return list
}

// check compares an answer with what a person would expect.
func check(t *testing.T, a access.Answer, verdict access.Verdict, reasons []string, accesses ...string) {
	t.Helper()
	if a.Verdict != verdict {
		t.Errorf("answer %s, want %s", a.Verdict, verdict)
	}
	if diff := cmp.Diff(reasons, codes(a), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(accesses, seen(a), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("accesses (-want +got):\n%s", diff)
	}
	ids := map[string]bool{}
	for _, x := range a.Accesses {
		if ids[x.EventID] || x.EventID == "" {
			t.Errorf("event id %q is not unique", x.EventID)
		}
		ids[x.EventID] = true
	}
}
