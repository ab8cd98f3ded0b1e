package intake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
)

const crashRows = 60_000

// crashFile is a log of crashRows events, and its size.
func crashFile(t *testing.T, rows int) (path string, size int64) {
	t.Helper()
	var b strings.Builder
	b.WriteString("timestamp,event_id,user_id,patient_id,action,workstation\n")
	at := time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)
	for i := range rows {
		fmt.Fprintf(&b, "%s,%d,user%d,%d,view,EXAM-%d\n", at.Add(time.Duration(i)*time.Second).Format(time.DateTime), i+1, i%50, 1000+i%3000, i%9)
	}
	path = filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, int64(b.Len())
}

// openAt opens the data directory that a child has worked in.
func openAt(t *testing.T, root string) *desk {
	t.Helper()
	d := &desk{t: t, options: childOptions(root)}
	d.reopen()
	t.Cleanup(func() {
		if d.Workspace != nil {
			_ = d.Close()
		}
	})
	return d
}

func (d *desk) count(query string) int64 {
	d.t.Helper()
	var n int64
	if err := d.DB.QueryRow(d.t.Context(), query).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// files lists what matches a pattern below the data directory.
func (d *desk) files(pattern string) []string {
	d.t.Helper()
	names, err := filepath.Glob(filepath.Join(d.options.Store.Dir, pattern))
	if err != nil {
		d.t.Fatal(err)
	}
	return names
}

// checkWhole checks that every import is there as a whole: its events, its
// manifest row, its balance, its archived file and its manifest entry.
func (d *desk) checkWhole(when string) {
	d.t.Helper()
	events, accepted := d.count("SELECT count(*) FROM event"), d.count("SELECT coalesce(sum(accepted), 0)::BIGINT FROM import WHERE dataset = 'events'")
	if events != accepted {
		d.t.Errorf("%s: %d events, but the manifest says %d", when, events, accepted)
	}
	if days := d.count("SELECT coalesce(sum(events), 0)::BIGINT FROM source_day"); days != events {
		d.t.Errorf("%s: %d events, but the days add up to %d", when, events, days)
	}
	if n := d.count("SELECT count(*) FROM import WHERE records <> accepted + duplicates + rejected"); n != 0 {
		d.t.Errorf("%s: %d imports do not balance", when, n)
	}
	for _, dim := range []string{"user", "patient", "place", "kind"} {
		lost := d.count("SELECT count(*) FROM event WHERE " + dim + "_code > 0 AND " + dim + "_code NOT IN (SELECT code FROM dim_" + dim + ")")
		twice := d.count("SELECT count(*) - count(DISTINCT code) FROM dim_" + dim)
		if lost != 0 || twice != 0 {
			d.t.Errorf("%s: dim_%s lacks %d codes and has %d twice", when, dim, lost, twice)
		}
	}
	files := d.count("SELECT count(DISTINCT file_no) FROM import")
	if n := int64(len(d.files("manifest/*.json.age"))); n != files {
		d.t.Errorf("%s: %d manifest entries for %d files", when, n, files)
	}
	for _, pattern := range []string{"manifest/*.pending", "manifest/*.new", "archive/draft-*", "rebuild.duckdb*", "spill/*"} {
		if left := d.files(pattern); len(left) > 0 {
			d.t.Errorf("%s: %d files match %s", when, len(left), pattern)
		}
	}
	entries, err := d.Archive.List()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		if err := d.Archive.Verify(d.t.Context(), e.SHA256); err != nil {
			d.t.Errorf("%s: %v", when, err)
		}
	}
	if n := int64(len(entries)); n < files {
		d.t.Errorf("%s: %d archived files for %d imports", when, n, files)
	}
}

// However early or late a process is killed, its import is there or not, and
// running it again completes it.
func TestKilledImport(t *testing.T) {
	file, size := crashFile(t, crashRows)
	moments := []moment{
		{"open", 0, 0},
		{"read", 1, 0},
		{"read", size / 3, 0},
		{"read", size * 2 / 3, 0},
		{"read", size, 0},
		{"read", size, 15 * time.Millisecond},
		{"read", size, 40 * time.Millisecond},
		{"read", size, 80 * time.Millisecond},
		{"read", size, 130 * time.Millisecond},
		{"read", size, 200 * time.Millisecond},
		{"read", size, 300 * time.Millisecond},
		{"done", 0, 0},
	}
	torn := 0
	for _, m := range moments {
		root := t.TempDir()
		when := fmt.Sprintf("killed after %s %d and %v", m.what, m.n, m.pause)
		finished := killAt(t, "import", root, file, m)
		d := openAt(t, root)
		d.checkWhole(when)
		n := d.count("SELECT count(*) FROM event")
		if n != 0 && n != crashRows || finished && n != crashRows {
			t.Fatalf("%s: %d events, want none or %d; finished %v", when, n, crashRows, finished)
		}
		if !finished {
			torn++
		}
		again := d.path(file).Files
		want := intake.Imported
		if n > 0 {
			want = intake.AlreadyImported
		}
		if len(again) != 1 || again[0].Status != want || again[0].Accepted != crashRows || again[0].Duplicates != 0 {
			t.Errorf("%s: run again: %+v", when, again)
		}
		if third := d.path(file).Files; third[0].Status != intake.AlreadyImported {
			t.Errorf("%s: run a third time: %+v", when, third)
		}
		d.checkWhole(when + ", run again")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d.Workspace = nil
	}
	if torn < 4 {
		t.Errorf("only %d of %d processes were killed before their end", torn, len(moments))
	}
}

// prepared is a data directory with three files in it, made by this process.
func prepared(t *testing.T) (root string, key seal.Key, digest string) {
	t.Helper()
	root = t.TempDir()
	d := openAt(t, root)
	big, _ := crashFile(t, 20_000)
	d.path(big)
	d.file("patients.csv", "patient_id,first_name,last_name,birth_date\n1001,Ana,Rivera,1980-01-02\n")
	d.file("bad.csv", "timestamp,user_id,patient_id,action\n2025-04-01 09:00:00,jlee,101,view\nNEVER,jlee,102,view\n")
	key = d.Key()
	digest, err := intake.Digest(t.Context(), d.DB)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.Workspace = nil
	return root, key, digest
}

// opens reports whether every sealed text of the database can be read.
func (d *desk) opens() error {
	rows, err := d.DB.Query(d.t.Context(), "SELECT patient_id FROM dim_patient WHERE patient_id IS NOT NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			return err
		}
		if _, err := d.Sealer.Open(seal.KindPatient, sealed); err != nil {
			return err
		}
		n++
	}
	if n != 3001 {
		return fmt.Errorf("%d patients, want 3001", n)
	}
	return rows.Err()
}

func TestKilledRotation(t *testing.T) {
	torn := 0
	for _, m := range []moment{
		{"open", 0, 0},
		{"open", 0, 10 * time.Millisecond},
		{"open", 0, 40 * time.Millisecond},
		{"open", 0, 100 * time.Millisecond},
		{"file", 1, 0},
		{"file", 2, 0},
		{"file", 3, 0},
	} {
		root, before, _ := prepared(t)
		when := fmt.Sprintf("killed after %s %d and %v", m.what, m.n, m.pause)
		if !killAt(t, "rotate", root, "", m) {
			torn++
		}
		d := openAt(t, root)
		if err := d.opens(); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		d.checkMidRotation(when)
		// The interrupted rotation is completed, with the key it began with.
		if err := d.RotateKey(t.Context(), nil); err != nil {
			t.Fatalf("%s: rotating again: %v", when, err)
		}
		d.reopen()
		if err := d.opens(); err != nil {
			t.Fatalf("%s: after rotating again: %v", when, err)
		}
		d.checkWhole(when + ", rotated again")
		if d.Key().Equal(before) {
			t.Errorf("%s: the key is still the old one", when)
		}
		if r := d.rebuild(); !r.Identical || r.Files != 3 {
			t.Errorf("%s: rebuilt: %+v", when, r)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d.Workspace = nil
	}
	if torn < 3 {
		t.Errorf("only %d processes were killed before their end", torn)
	}
}

// checkMidRotation is checkWhole in the middle of a rotation, when new manifest
// entries may wait beside the old ones.
func (d *desk) checkMidRotation(when string) {
	d.t.Helper()
	for _, name := range d.files("manifest/*.new") {
		if err := os.Remove(name); err != nil {
			d.t.Fatal(err)
		}
	}
	d.checkWhole(when)
}

// A rebuild that is killed leaves the old database as it was.
func TestKilledRebuild(t *testing.T) {
	root, _, want := prepared(t)
	for _, m := range []moment{
		{"file", 1, 0}, {"file", 2, 0}, {"file", 3, 0}, {"file", 3, 10 * time.Millisecond}, {"file", 3, 30 * time.Millisecond},
	} {
		when := fmt.Sprintf("killed after %s %d and %v", m.what, m.n, m.pause)
		killAt(t, "rebuild", root, "", m)
		d := openAt(t, root)
		got, err := intake.Digest(context.Background(), d.DB)
		if err != nil || got != want {
			t.Errorf("%s: the content has changed (%v)", when, err)
		}
		d.checkWhole(when)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d.Workspace = nil
	}
}
