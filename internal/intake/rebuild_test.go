package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/store"
)

// varied imports overlapping exports, an archive, a mapped table and one in an
// old encoding.
func (d *desk) varied() {
	d.t.Helper()
	d.file("a.csv", plainHeader+"2025-03-10 09:00:00,jlee,101,view,EXAM-1\n2025-03-10 10:00:00,jlee,102,view,EXAM-1\n")
	d.file("b.csv", plainHeader+"2025-03-10 10:00:00,jlee,102,view,EXAM-1\n2025-03-10 11:00:00,mfox,103,view,EXAM-1\nNEVER,mfox,103,view,EXAM-1\n")
	zipped := filepath.Join(d.t.TempDir(), "c.zip")
	writeZip(d.t, zipped, "x.csv", plainHeader+"2025-03-11 09:00:00,jlee,101,view,EXAM-1\n", "y.csv", plainHeader+"2025-03-11 09:00:00,jlee,101,view,EXAM-1\n2025-03-12 09:00:00,jlee,101,view,EXAM-1\n")
	d.path(zipped)
	path := filepath.Join(d.t.TempDir(), "d.csv")
	// In windows-1252 the byte 0x8A is an S with a caron, in ISO 8859-2 it is none.
	if err := os.WriteFile(path, []byte("Wann;Wer;Akte;Was\n2025-03-13 09:00:00;\x8Aimon;101;view\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	mapping := "version: 1\nname: own\ndelimiter: \";\"\ncolumns:\n  - {field: occurred_at, column: Wann, format: iso}\n  - {field: user_id, column: Wer}\n  - {field: patient_id, column: Akte}\n  - {field: action, column: Was}\n"
	r, err := d.Importer(d.registry(), noon).File(d.t.Context(), path, intake.Settings{
		Zone: newYork(d.t), ZoneBasis: ingest.TZSourceSetting, Parser: "delimited", Mapping: []byte(mapping), MappingName: "own.yaml", Encoding: "windows-1252", Source: "own",
	})
	if err != nil || r.Files[0].Accepted != 1 {
		d.t.Fatalf("%+v, %v", r, err)
	}
}

func (d *desk) digest() string {
	d.t.Helper()
	digest, err := intake.Digest(d.t.Context(), d.DB)
	if err != nil {
		d.t.Fatal(err)
	}
	return digest
}

func TestRebuildGivesTheSame(t *testing.T) {
	d := newDesk(t)
	d.varied()
	want := d.digest()
	if got := d.events(); len(got) != 6 || !strings.Contains(strings.Join(got, ";"), "Šimon") {
		t.Fatalf("events %v", got)
	}
	if r := d.rebuild(); !r.Compared || !r.Identical || r.Files != 4 || r.Events != 6 {
		t.Errorf("rebuilt: %+v", r)
	}
	if d.digest() != want {
		t.Error("the content differs")
	}
	d.checkWhole("after a rebuild")
	db := filepath.Join(d.options.Store.Dir, store.FileName)
	damage := map[string]func() error{
		"lost":     func() error { return os.Remove(db) },
		"no_data":  func() error { return os.WriteFile(db, []byte("not a database, whatever it is called"), 0o600) },
		"cut_off":  func() error { return os.Truncate(db, 300<<10) },
		"empty":    func() error { return os.Truncate(db, 0) },
		"replaced": func() error { return os.WriteFile(db, make([]byte, 1<<20), 0o600) },
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			d.t = t
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if err := do(); err != nil {
				t.Fatal(err)
			}
			d.Workspace = nil
			if w, err := intake.OpenWorkspace(t.Context(), d.options); err == nil {
				_ = w.Close()
				t.Error("it opens as if nothing had happened")
			} else if !strings.Contains(fault.HintOf(err), "chartwatch rebuild") {
				t.Errorf("the hint is %q: %v", fault.HintOf(err), err)
			}
			r, err := intake.Rebuild(t.Context(), d.options, d.registry(), nil)
			if err != nil || r.Compared || r.Files != 4 || r.Events != 6 {
				t.Fatalf("%+v, %v", r, err)
			}
			d.reopen()
			if d.digest() != want {
				t.Error("the content differs")
			}
		})
	}
	d.t = t
}

// What cannot be imported again leaves the old database where it is.
func TestRebuildWithDamage(t *testing.T) {
	d := newDesk(t)
	d.varied()
	want := d.digest()
	for _, pattern := range []string{"archive/*/*.age", "manifest/*.age"} {
		for _, name := range d.files(pattern)[:2] {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			damaged := append([]byte(nil), whole...)
			damaged[len(damaged)-9] ^= 1
			if err := os.WriteFile(name, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = intake.Rebuild(t.Context(), d.options, d.registry(), nil)
			if err == nil || fault.HintOf(err) == "" {
				t.Errorf("%s: got %v with hint %q", pattern, err, fault.HintOf(err))
			}
			d.Workspace = nil
			d.reopen()
			if d.digest() != want {
				t.Errorf("%s: the content has changed", pattern)
			}
			if left := d.files("rebuild.duckdb*"); len(left) > 0 {
				t.Errorf("%s: %d files are left over", pattern, len(left))
			}
			if err := os.WriteFile(name, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
