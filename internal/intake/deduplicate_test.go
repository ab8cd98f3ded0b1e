package intake_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
)

const (
	plainHeader = "timestamp,user_id,patient_id,action,workstation\n"
	idHeader    = "timestamp,event_id,user_id,patient_id,action,workstation\n"
)

// balance is what an import did, in short.
func balance(tb testing.TB, r intake.Result) string {
	tb.Helper()
	var list []string
	for _, f := range r.Files {
		if f.Records != f.Accepted+f.Duplicates+f.Rejected {
			tb.Errorf("%d records are not %d + %d + %d", f.Records, f.Accepted, f.Duplicates, f.Rejected)
		}
		list = append(list, fmt.Sprintf("%s %d+%d+%d", f.Status, f.Accepted, f.Duplicates, f.Rejected))
	}
	return strings.Join(list, ", ")
}

func (d *desk) wants(name, content, want string) {
	d.t.Helper()
	if got := balance(d.t, d.file(name, content)); got != want {
		d.t.Errorf("%s: %s, want %s", name, got, want)
	}
}

// conflicts lists the recorded conflicts of imports.
func (d *desk) conflicts() []string {
	d.t.Helper()
	rows, err := d.DB.Query(d.t.Context(), "SELECT import_id || ' ' || kind || ' ' || (DATE '1970-01-01' + local_day)::VARCHAR || ' ' || count FROM conflict ORDER BY ALL")
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			d.t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) wantsConflicts(want ...string) {
	d.t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, d.conflicts()); diff != "" {
		d.t.Errorf("conflicts (-want +got):\n%s", diff)
	}
}

// events lists the events in clear: time, user and patient, ordered.
func (d *desk) events() []string {
	d.t.Helper()
	rows, err := d.DB.Query(d.t.Context(), `SELECT e.at_us // 1000000, coalesce(e.source_num, 0), u.user_id, p.patient_id FROM event e
		LEFT JOIN dim_user u ON u.code = e.user_code LEFT JOIN dim_patient p ON p.code = e.patient_code`)
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var (
			at, num       int64
			user, patient []byte
		)
		if err := rows.Scan(&at, &num, &user, &patient); err != nil {
			d.t.Fatal(err)
		}
		list = append(list, fmt.Sprint(at, " ", num, " ", d.clear(seal.KindUser, user), " ", d.clear(seal.KindPatient, patient)))
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func (d *desk) clear(kind seal.Kind, sealed []byte) string {
	d.t.Helper()
	if sealed == nil {
		return ""
	}
	s, err := d.Sealer.Open(kind, sealed)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func TestOverlapByContent(t *testing.T) {
	d := newDesk(t)
	twice := "2025-03-10 10:00:00,jlee,102,view,EXAM-1\n"
	d.wants("a.csv", plainHeader+"2025-03-10 09:00:00,jlee,101,view,EXAM-1\n"+twice+twice, "imported 3+0+0")
	// Of three equal events that a later export has, two were there.
	d.wants("b.csv", plainHeader+twice+twice+twice+"2025-03-10 11:00:00,jlee,103,view,EXAM-1\n", "imported 2+2+0")
	// An export that begins in the middle of a second has fewer; nothing is new, nothing is missing.
	d.wants("c.csv", plainHeader+twice+"2025-03-10 11:00:00,jlee,103,view,EXAM-1\n2025-03-10 12:00:00,jlee,103,view,EXAM-1\n", "imported 1+2+0")
	// What differs in one column is another event.
	d.wants("d.csv", plainHeader+"2025-03-10 11:00:00,jlee,103,view,EXAM-2\n2025-03-10 11:00:00,jlee,103,print,EXAM-1\n2025-03-10 11:00:00,mfox,103,view,EXAM-1\n", "imported 3+0+0")
	if n := d.count("SELECT count(*) FROM event"); n != 9 {
		t.Errorf("%d events, want 9", n)
	}
	d.wantsConflicts()
	d.checkWhole("after overlaps")
}

func TestOverlapByID(t *testing.T) {
	for _, ids := range []struct{ name, prefix string }{{"numbers", ""}, {"texts", "ev-"}} {
		t.Run(ids.name, func(t *testing.T) {
			d := newDesk(t)
			row := func(at string, id int, patient string) string {
				return fmt.Sprintf("2025-03-10 %s,%s%d,jlee,%s,view,EXAM-1\n", at, ids.prefix, id, patient)
			}
			d.wants("a.csv", idHeader+row("09:00:00", 1, "101")+row("09:00:00", 2, "101")+row("10:00:00", 3, "102"), "imported 3+0+0")
			// Equal content with another id is another event, in the same file and in a later one.
			d.wants("b.csv", idHeader+row("10:00:00", 3, "102")+row("10:00:00", 4, "102"), "imported 1+1+0")
			d.wantsConflicts()
			// The same id with other content: both are kept, and it is recorded once.
			d.wants("c.csv", idHeader+row("09:00:00", 2, "101")+row("09:30:00", 3, "109")+row("10:00:00", 4, "102"), "imported 1+2+0")
			d.wantsConflicts("3 other_content 2025-03-10 1")
			// The same conflict delivered again is a duplicate.
			d.wants("d.csv", idHeader+row("09:30:00", 3, "109")+row("09:31:00", 5, "101"), "imported 1+1+0")
			d.wantsConflicts("3 other_content 2025-03-10 1")
			// A known id at quite another time.
			d.wants("e.csv", idHeader+"2025-04-01 09:00:00,"+ids.prefix+"1,jlee,101,view,EXAM-1\n", "imported 1+0+0")
			d.wantsConflicts("3 other_content 2025-03-10 1", "5 other_content 2025-04-01 1")
			// Twice in one file, out of order.
			d.wants("f.csv", idHeader+row("15:00:00", 9, "101")+row("14:00:00", 8, "101")+row("15:00:00", 9, "101")+row("15:00:00", 8, "103"), "imported 3+1+0")
			d.wantsConflicts("3 other_content 2025-03-10 1", "5 other_content 2025-04-01 1", "6 other_content 2025-03-10 1")
			if n := d.count("SELECT count(*) FROM event"); n != 10 {
				t.Errorf("%d events, want 10", n)
			}
			d.checkWhole("after overlaps")
		})
	}
}

// A changed event between others is one conflict and not also a missing event.
func TestChangedIsNotMissing(t *testing.T) {
	d := newDesk(t)
	rows := func(middle string) string {
		return idHeader + "2025-03-10 09:00:00,1,jlee,101,view,EXAM-1\n2025-03-10 10:00:00,2,jlee," + middle + ",view,EXAM-1\n2025-03-10 11:00:00,3,mfox,103,view,EXAM-1\n"
	}
	d.wants("a.csv", rows("102"), "imported 3+0+0")
	d.wants("b.csv", rows("108"), "imported 1+2+0")
	d.wantsConflicts("2 other_content 2025-03-10 1")
}

func TestMissingRows(t *testing.T) {
	day := func(hours ...int) string {
		var b strings.Builder
		b.WriteString(plainHeader)
		for _, h := range hours {
			fmt.Fprintf(&b, "2025-03-10 %02d:00:00,user%d,%d,view,EXAM-1\n", h, h%2, 100+h)
		}
		return b.String()
	}
	t.Run("recorded_and_kept", func(t *testing.T) {
		d := newDesk(t)
		d.wants("a.csv", day(8, 9, 10, 11, 12), "imported 5+0+0")
		r := d.file("b.csv", day(8, 9, 12))
		if got := balance(t, r); got != "imported 0+3+0" {
			t.Errorf("got %s", got)
		}
		d.wantsConflicts("2 missing 2025-03-10 2")
		if n := d.count("SELECT count(*) FROM event"); n != 5 {
			t.Errorf("%d events, want all 5", n)
		}
		if len(r.Warnings) != 1 || r.Warnings[0].Code != "missing_rows" || !strings.HasPrefix(r.Warnings[0].Message, "2 events of an earlier export") {
			t.Errorf("warnings %+v", r.Warnings)
		}
	})
	t.Run("not_of_a_rejected_row", func(t *testing.T) {
		d := newDesk(t)
		d.wants("a.csv", day(8, 9, 10), "imported 3+0+0")
		d.wants("b.csv", day(8, 10)+"2025-03-10 99:00:00,user1,109,view,EXAM-1\n", "imported 0+2+1")
		d.wantsConflicts()
	})
	t.Run("not_of_one_patient", func(t *testing.T) {
		d := newDesk(t)
		row := func(h, patient int) string {
			return fmt.Sprintf("2025-03-10 %02d:00:00,user%d,%d,view,EXAM-1\n", h, h%2, patient)
		}
		d.wants("a.csv", plainHeader+row(8, 101)+row(9, 102)+row(10, 103)+row(11, 101), "imported 4+0+0")
		d.wants("b.csv", plainHeader+row(8, 101)+row(11, 101), "imported 0+2+0")
		d.wantsConflicts()
	})
	t.Run("not_of_one_user", func(t *testing.T) {
		d := newDesk(t)
		d.wants("a.csv", day(8, 9, 10, 11, 12), "imported 5+0+0")
		d.wants("b.csv", day(8, 10, 12), "imported 0+3+0")
		d.wantsConflicts()
	})
}

func TestIDsInOneExportOnly(t *testing.T) {
	with := idHeader + "2025-03-10 09:00:00,1,jlee,101,view,EXAM-1\n2025-03-10 09:00:00,2,jlee,101,view,EXAM-1\n2025-03-10 10:00:00,3,jlee,102,view,EXAM-1\n"
	without := plainHeader + "2025-03-10 09:00:00,jlee,101,view,EXAM-1\n2025-03-10 09:00:00,jlee,101,view,EXAM-1\n2025-03-10 10:00:00,jlee,102,view,EXAM-1\n"
	for _, order := range [][2]string{{with, without}, {without, with}} {
		d := newDesk(t)
		d.wants("a.csv", order[0], "imported 3+0+0")
		d.wants("b.csv", order[1], "imported 0+3+0")
		d.wantsConflicts()
	}
}

// In one file some events have an id and others with equal content do not: each is an event.
func TestIDsOnSomeRows(t *testing.T) {
	d := newDesk(t)
	one := "2025-03-10 09:00:00,1,jlee,101,view,EXAM-1\n"
	none := "2025-03-10 09:00:00,,jlee,101,view,EXAM-1\n"
	d.wants("a.csv", idHeader+one, "imported 1+0+0")
	d.wants("b.csv", idHeader+one+none, "imported 1+1+0")
	d.wants("c.csv", idHeader+none+one+"2025-03-10 10:00:00,2,jlee,101,view,EXAM-1\n", "imported 1+2+0")
	d.wants("d.csv", idHeader+none+none+"2025-03-10 11:00:00,3,jlee,101,view,EXAM-1\n", "imported 1+2+0")
	if n := d.count("SELECT count(*) FROM event"); n != 4 {
		t.Errorf("%d events, want 4", n)
	}
}

// Exports that overlap give the same events in whatever order they come.
func TestOrderOfExports(t *testing.T) {
	row := func(h int) string {
		return fmt.Sprintf("2025-03-10 %02d:00:00,user%d,%d,view,EXAM-1\n", h, h%3, 100+h%2)
	}
	files := []string{
		plainHeader + row(8) + row(9) + row(9) + row(10),
		plainHeader + row(9) + row(9) + row(10) + row(11) + row(12),
		plainHeader + row(12) + row(12) + row(13) + row(8),
	}
	var want []string
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		d := newDesk(t)
		for _, i := range order {
			d.file(fmt.Sprintf("f%d.csv", i), files[i])
		}
		got := d.events()
		if want == nil {
			want = got
			if len(want) != 8 {
				t.Fatalf("%d events, want 8: %v", len(want), want)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order %v (-want +got):\n%s", order, diff)
		}
	}
}

// A name that is spelt in another way does not make a second event of one.
func TestOtherDisplayName(t *testing.T) {
	d := newDesk(t)
	header := "timestamp,user_id,user_name,patient_id,patient_name,action\n"
	d.wants("a.csv", header+"2025-03-10 09:00:00,jlee,Jo Lee,101,Ana Rivera,view\n", "imported 1+0+0")
	d.wants("b.csv", header+"2025-03-10 09:00:00,jlee,\"Lee, Joanna\",101,Ana R. Rivera,view\n2025-03-10 09:00:00,jlee,Jo Lee,102,Ana Rivera,view\n", "imported 1+1+0")
	d.wantsConflicts()
}

func TestArchivesAndCopies(t *testing.T) {
	d := newDesk(t)
	monday := plainHeader + "2025-03-10 09:00:00,jlee,101,view,EXAM-1\n2025-03-10 10:00:00,mfox,102,view,EXAM-1\n"
	tuesday := plainHeader + "2025-03-11 09:00:00,jlee,101,view,EXAM-1\n2025-03-10 10:00:00,mfox,102,view,EXAM-1\n"
	zipped := filepath.Join(t.TempDir(), "both.zip")
	writeZip(t, zipped, "monday.csv", monday, "tuesday.csv", tuesday)
	r := d.path(zipped)
	// The second member repeats an event of the first one.
	if got := balance(t, r); got != "imported 2+0+0, imported 1+1+0" {
		t.Errorf("zip: %s", got)
	}
	if len(r.Files) == 2 && !strings.HasSuffix(r.Files[1].Path, "both.zip:tuesday.csv") {
		t.Errorf("the member is called %s", r.Files[1].Path)
	}
	d.wants("monday.csv", monday, "imported 0+2+0")
	if got := balance(t, d.path(zipped)); got != "already_imported 2+0+0, already_imported 1+1+0" {
		t.Errorf("zip again: %s", got)
	}
	d.checkWhole("after a zip")
}

// tableSizes counts the rows of every table.
func (d *desk) tableSizes() map[string]int64 {
	sizes := map[string]int64{}
	for _, name := range []string{"site", "source", "import", "event", "event_extra", "dim_user", "dim_patient", "dim_place", "dim_kind", "source_day", "reject", "note", "conflict", "staff", "patient", "appointment"} {
		sizes[name] = d.count("SELECT count(*) FROM " + name)
	}
	return sizes
}

func TestImportAgainChangesNothing(t *testing.T) {
	d := newDesk(t)
	dir := t.TempDir()
	files := plantedFiles(t, dir)
	for _, f := range files {
		d.path(f)
	}
	sizes := d.tableSizes()
	again := func(when string) {
		t.Helper()
		for _, f := range files {
			for _, r := range d.path(f).Files {
				if r.Status != intake.AlreadyImported {
					t.Errorf("%s: %s is %s", when, filepath.Base(f), r.Status)
				}
			}
		}
		if diff := cmp.Diff(sizes, d.tableSizes()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	again("again")
	if r := d.rebuild(); !r.Identical || !r.Compared {
		t.Errorf("rebuilt: %+v", r)
	}
	again("after a rebuild")
}

// Equal lines of a list are stored once, whichever file they come in.
func TestContextRowsOnce(t *testing.T) {
	d := newDesk(t)
	header := "patient_id,first_name,last_name,birth_date\n"
	d.wants("a.csv", header+"101,Ana,Rivera,1980-01-02\n102,Bo,Stone,1975-05-06\n101,Ana,Rivera,1980-01-02\n", "imported 2+1+0")
	d.wants("b.csv", header+"101,Ana,Rivera,1980-01-02\n102,Bo,Stone,1975-05-07\n", "imported 1+1+0")
	if n := d.count("SELECT count(*) FROM patient"); n != 3 {
		t.Errorf("%d patients, want 3: a changed line is kept beside the earlier one", n)
	}
}
