package intake_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// Every column that may hold sealed text is sealed again when the key changes.
func TestSealedColumnsAreTheSchemas(t *testing.T) {
	d := newDesk(t)
	rows, err := d.DB.Query(t.Context(), "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND data_type = 'BLOB'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var want []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		want = append(want, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	got := intake.SealedColumns()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("BLOB columns of the schema against sealed columns (-want +got):\n%s", diff)
	}
}

// sealedValues returns every sealed value of the database.
func (d *desk) sealedValues() map[string]bool {
	d.t.Helper()
	all := map[string]bool{}
	for _, name := range intake.SealedColumns() {
		table, column, _ := strings.Cut(name, ".")
		rows, err := d.DB.Query(d.t.Context(), "SELECT "+column+" FROM "+table+" WHERE "+column+" IS NOT NULL")
		if err != nil {
			d.t.Fatal(err)
		}
		for rows.Next() {
			var b []byte
			if err := rows.Scan(&b); err != nil {
				d.t.Fatal(err)
			}
			all[name+" "+hex.EncodeToString(b)] = true
		}
		if err := rows.Err(); err != nil {
			d.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return all
}

// After a rotation no sealed value is what it was, the old key opens neither the
// database nor the archive, and an overlap is still recognised.
func TestRotation(t *testing.T) {
	d := newDesk(t)
	for _, path := range plantedFiles(t, t.TempDir()) {
		d.path(path)
	}
	d.file("texts.csv", idHeader+"2025-03-20 09:00:00,ev-1,jlee,101,view,EXAM-1\n")
	before, old := d.sealedValues(), d.Key()
	if len(before) < 40 {
		t.Fatalf("only %d sealed values", len(before))
	}
	if err := d.RotateKey(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	for v := range d.sealedValues() {
		if before[v] {
			t.Errorf("a value of %s is sealed as before", strings.Fields(v)[0])
		}
	}
	sealer, err := seal.NewSealer(old, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sealer.KeyID() == d.Sealer.KeyID() {
		t.Error("the key's id is the same")
	}
	for _, pattern := range []string{"archive/*/*.age", "manifest/*.age"} {
		files := d.files(pattern)
		if len(files) == 0 {
			t.Errorf("no file matches %s", pattern)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sealer.Decrypt(bytes.NewReader(data)); err == nil {
				t.Errorf("the old key still opens a file of %s", pattern)
			}
		}
	}
	// The values seal to what an import seals them to, so copies are found.
	d.wants("again.csv", idHeader+"2025-03-20 09:00:00,ev-1,jlee,101,view,EXAM-1\n2025-03-20 10:00:00,ev-2,jlee,101,view,EXAM-1\n", "imported 1+1+0")
	d.checkWhole("after a rotation")
	if r := d.rebuild(); !r.Identical {
		t.Errorf("rebuilt: %+v", r)
	}
}

func TestWrongKey(t *testing.T) {
	d := newDesk(t)
	d.file("a.csv", plainHeader+"2025-03-01 09:00:00,jlee,101,view,EXAM-1\n")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.Workspace = nil
	other, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(d.options.Key.Dir, "*.key"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d key files, %v", len(files), err)
	}
	right, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], []byte(other.Export()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = intake.OpenWorkspace(t.Context(), d.options)
	if err == nil || fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" || strings.Contains(err.Error(), other.Export()) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := intake.Rebuild(t.Context(), d.options, d.registry(), nil); err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("rebuilding with another key: %v", err)
	}
	if err := os.WriteFile(files[0], right, 0o600); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	if n := d.count("SELECT count(*) FROM event"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

// Whoever has the identity of a recovery recipient brings the key back, also
// after a rotation.
func TestRecoveryRecipient(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	d := &desk{t: t, options: childOptions(root)}
	d.options.Recipients = []string{identity.Recipient().String()}
	d.reopen()
	d.file("a.csv", plainHeader+"2025-03-01 09:00:00,jlee,101,view,EXAM-1\n")
	for _, when := range []string{"at first", "after a rotation"} {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(d.options.Key.Dir); err != nil {
			t.Fatal(err)
		}
		if _, err := intake.OpenWorkspace(t.Context(), d.options); err == nil || !strings.Contains(err.Error(), "the key of this data directory is missing") {
			t.Errorf("%s: without the key: %v", when, err)
		}
		key, err := seal.ReadRecovery(d.options.Store.Dir, strings.NewReader(identity.String()+"\n"))
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if _, err := intake.ImportKey(t.Context(), d.options, key); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		d.Workspace = nil
		d.reopen()
		if got := d.events(); len(got) != 1 || !strings.HasSuffix(got[0], " jlee 101") {
			t.Errorf("%s: events %v", when, got)
		}
		if err := d.RotateKey(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	// The archive opens with the recipient's identity alone.
	files := d.files("archive/*/*.age")
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(data), identity); err != nil {
		t.Errorf("the recipient cannot open the archive: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
