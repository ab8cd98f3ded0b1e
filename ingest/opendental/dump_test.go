package opendental_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/opendental"
)

func parse(t *testing.T, p ingest.Plugin, data string) ingesttest.Result {
	t.Helper()
	result, err := ingesttest.Parse(t.Context(), p, ingest.Settings{}, "input", time.UTC, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// count counts the values of a column.
func count(r ingesttest.Result, column string) map[string]int {
	n := map[string]int{}
	for _, row := range r.Rows() {
		text, _ := row[column].(string)
		n[text]++
	}
	return n
}

// deleted returns the numbers of the rows that the notes call deleted.
func deleted(r ingesttest.Result) []string {
	var nums []string
	for _, n := range r.Counts.Notes {
		if n.Kind == ingest.NoteRowDeleted {
			nums = append(nums, n.SourceEventID)
		}
	}
	return nums
}

func without(rows []logRow, nums ...int) []logRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r logRow) bool { return slices.Contains(nums, r.num) })
}

func TestIntegrity(t *testing.T) {
	rows := manyRows(9000) // more than two chunks of the rows that wait
	altered := slices.Clone(rows)
	altered[4711].patient++
	altered[3].text += "."
	altered[3].previous = ""
	altered[8999].at = "2025-02-03 07:59:59"
	backwards := slices.Clone(altered)
	slices.Reverse(backwards)
	hashes := insertion("securityloghash", rows, logRow.hashTuple)
	for name, dump := range map[string]string{
		"hashes-last":  insertion("securitylog", altered, logRow.tuple) + hashes,
		"hashes-first": hashes + insertion("securitylog", altered, logRow.tuple),
		"backwards":    insertion("securitylog", backwards, logRow.tuple) + hashes,
		"in-two-parts": insertion("securitylog", altered[:100], logRow.tuple) + hashes + insertion("securitylog", altered[100:], logRow.tuple),
	} {
		t.Run(name, func(t *testing.T) {
			result := parse(t, opendental.Plugin(), dump+users)
			if diff := cmp.Diff(map[string]int{"ok": 8997, "failed": 3}, count(result, ingest.ColIntegrity)); diff != "" {
				t.Errorf("integrity (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]int{"ann": 3000, "ben": 3000, "cleo": 3000}, count(result, ingest.ColUserID)); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			if got := deleted(result); got != nil {
				t.Errorf("deleted rows %v, want none", got)
			}
		})
	}
}

// TestHash compares with a hash that another program has computed, of a text
// with a line break and with characters of one, two and four bytes. Another hash
// does not accuse anybody there: a terminal may have changed the characters.
func TestHash(t *testing.T) {
	const hash = "nFQWtO3swJRRXW0Uq5UHraFiKYEyA0VhcMGPlYp5SMY="
	for stored, want := range map[string]string{hash: "ok", hash[:43] + "A": "unknown", "x": "unknown", "": "unknown"} {
		result := parse(t, opendental.Plugin(),
			"INSERT INTO `securitylog` VALUES (7,108,3,'2025-02-03 08:00:00','Größe 🦷\\r\\n',501,'',0,0,0,0,'2024-12-24 11:12:13');\n"+
				"INSERT INTO `securityloghash` VALUES (1,7,'"+stored+"');\n")
		if got := count(result, ingest.ColIntegrity); got[want] != 1 {
			t.Errorf("the hash %q gives %v, want %s", stored, got, want)
		}
	}
}

func TestDeletedRows(t *testing.T) {
	rows := manyRows(10)
	hashes := insertion("securityloghash", rows, logRow.hashTuple)
	log := func(gone ...int) string { return insertion("securitylog", without(rows, gone...), logRow.tuple) }
	next := func(n int) string {
		return fmt.Sprintf("ALTER TABLE `securitylog` MODIFY `SecurityLogNum` bigint NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=%d;\n", n)
	}
	for name, c := range map[string]struct {
		dump string
		want []string
	}{
		"none":               {log() + hashes, nil},
		"first-and-last":     {log(1, 10) + hashes, []string{"10"}},
		"hashes-first":       {hashes + log(1, 10), []string{"10"}},
		"begins-later":       {log(1, 2, 3, 4, 5, 6) + hashes, nil},
		"few-of-many":        {log(2, 4, 5, 6, 7, 8, 9) + hashes, nil},
		"with-a-condition":   {"-- WHERE:  PatNum<>502\n\n" + log(2, 5) + hashes, nil},
		"written-meanwhile":  {next(9) + log(2, 9, 10) + hashes, []string{"2"}},
		"log-not-dumped":     {hashes, nil},
		"damaged-row":        {strings.Replace(log(2), "(4,", "(4,broken", 1) + hashes, nil},
		"row-with-bad-date":  {strings.Replace(log(2), "'2025-02-03 08:00:21'", "'0000-00-00 00:00:00'", 1) + hashes, []string{"2"}},
		"cut-off-in-the-log": {hashes + log(3)[:700], []string{"3"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, deleted(parse(t, opendental.Plugin(), "-- dump\n"+c.dump))); diff != "" {
				t.Errorf("deleted rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyDeletedRows(t *testing.T) {
	const gone, named = 12_000, 10_000
	all := manyRows(2*gone + 2)
	kept := slices.Concat(all[:1], all[gone+1:])
	result := parse(t, opendental.Plugin(), insertion("securitylog", kept, logRow.tuple)+insertion("securityloghash", all, logRow.hashTuple))
	var total int64
	for _, n := range result.Counts.Notes {
		if n.Kind == ingest.NoteRowDeleted {
			total += n.Count
		}
	}
	if got := len(deleted(result)); got != named+1 || total != gone {
		t.Errorf("%d notes that count %d rows, want %d and %d", got, total, named+1, gone)
	}
}

// TestFullHold shows what a dump gives that is too large for its rows to wait:
// nothing is lost, nobody has two identities, and nothing is called deleted.
func TestFullHold(t *testing.T) {
	rows := manyRows(1000)
	for name, dump := range map[string]string{
		"hashes-last":  insertion("securitylog", without(rows, 10), logRow.tuple) + insertion("securityloghash", rows, logRow.hashTuple) + users,
		"hashes-first": insertion("securityloghash", rows, logRow.hashTuple) + insertion("securitylog", without(rows, 10), logRow.tuple) + users,
	} {
		for _, limit := range []int{0, 10_000, 60_000} {
			got := parse(t, opendental.PluginHolding(limit), dump)
			integrity := count(got, ingest.ColIntegrity)
			if integrity["unknown"] == 0 || integrity["unknown"]+integrity["ok"] != 999 {
				t.Errorf("%s, limit %d: integrity %v, want 999 rows, some unknown", name, limit, integrity)
			}
			if diff := cmp.Diff(map[string]int{"1": 333, "2": 333, "3": 333}, count(got, ingest.ColUserID)); diff != "" {
				t.Errorf("%s, limit %d: users (-want +got):\n%s", name, limit, diff)
			}
			if nums := deleted(got); nums != nil {
				t.Errorf("%s, limit %d: deleted rows %v, want none", name, limit, nums)
			}
		}
	}
	got := parse(t, opendental.PluginHolding(10_000), users+insertion("securitylog", rows, logRow.tuple))
	if n := count(got, ingest.ColUserID)["ann"]; n != 334 {
		t.Errorf("accounts that come first: ann has %d rows, want 334", n)
	}
}

// endless gives a beginning and then the same row again and again.
type endless struct {
	start string
	row   string
	at    int
	left  int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.start != "" {
		n := copy(p, e.start)
		e.start = e.start[n:]
		return n, nil
	}
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.row[e.at:])
	e.at = (e.at + n) % len(e.row)
	e.left -= n
	return n, nil
}

// TestMemoryIsBounded reads dumps of 48 MB with room for 1 MB.
func TestMemoryIsBounded(t *testing.T) {
	row := "," + manyRows(1)[0].tuple()
	for name, start := range map[string]string{
		"log":      "INSERT INTO `securitylog` VALUES " + row[1:],
		"hashes":   "INSERT INTO `securityloghash` VALUES (1,1,'x')",
		"accounts": "INSERT INTO `userod` (`UserNum`,`UserName`) VALUES (1,'x')",
	} {
		t.Run(name, func(t *testing.T) {
			text := row
			switch name {
			case "hashes":
				text = ",(1,2,'" + strings.Repeat("h", 5000) + "')"
			case "accounts":
				text = ",(1,'" + strings.Repeat("n", 4000) + "')"
			}
			parser, err := opendental.PluginHolding(1 << 20).New(ingest.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{BatchRows: 256})
			defer w.Release()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			peak := uint64(0)
			data := &watched{r: &endless{start: start, row: text, left: 48 << 20}, see: func() {
				runtime.ReadMemStats(&after)
				peak = max(peak, after.HeapInuse)
			}}
			source := ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: data}
			if err := parser.Parse(t.Context(), source, w); err != nil {
				t.Fatal(err)
			}
			if grown := int64(peak) - int64(before.HeapInuse); grown > 96<<20 {
				t.Errorf("the heap grew by %d bytes, want at most 96 MiB", grown)
			}
		})
	}
}

// watched calls see every 64 reads.
type watched struct {
	r   io.Reader
	n   int
	see func()
}

func (w *watched) Read(p []byte) (int, error) {
	w.n++
	if w.n%64 == 0 {
		w.see()
	}
	return w.r.Read(p)
}

func TestCancel(t *testing.T) {
	parser, err := opendental.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	row := manyRows(1)[0].tuple()
	data := &endless{start: "INSERT INTO `securitylog` VALUES " + row, row: "," + row, left: 1 << 40}
	w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
	defer w.Release()
	source := ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: data}
	if err := parser.Parse(ctx, source, w); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Parse returns %v, want the context's error", err)
	}
}

// TestRejectKnows shows that a reject carries time and patient where it can.
func TestRejectKnows(t *testing.T) {
	text := "(1,-5,3,'2025-02-03 08:00:00','secret',501,'',0,0,0,0,'0001-01-01 00:00:00')"
	result := parse(t, opendental.Plugin(), "INSERT INTO `securitylog` VALUES "+text+";\n")
	want := []ingest.Reject{{
		Line: 1, Column: "PermType", Reason: ingest.ReasonBadValue, At: time.Date(2025, 2, 3, 8, 0, 0, 0, time.UTC), PatientID: "501", Raw: []byte(text),
	}}
	if diff := cmp.Diff(want, result.Rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

func TestDetect(t *testing.T) {
	parser, err := opendental.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	const (
		accepted = ""
		noDump   = "the dump does not start with a table of Open Dental"
		noTable  = "the header is neither that of securitylog or loginattempt nor that of the Audit Trail grid"
	)
	for text, want := range map[string]string{
		"INSERT INTO `securitylog` VALUES (1,5,":                                                       accepted,
		"-- dump\nCREATE TABLE `userod` (`UserNum` bigint, `UserName` text, ":                          accepted,
		"CREATE TABLE od.accountingautopay (AccountingAutoPayNum bigint);":                             accepted,
		"CREATE TABLE `securitylog` (`id` int, `text` text);\nINSERT INTO `securitylog` VALUES (1,5);": noDump,
		"INSERT INTO `patient` VALUES (1,'a','b');":                                                    noDump,
		"SET NAMES utf8;\n":                                           noDump,
		"\n\nlogdatetime;PERMTYPE;PatNum;UserName\n":                  accepted,
		"LogDateTime,PermType,PatNum\n":                               noTable,
		"UserName|DateTFail\n":                                        accepted,
		"Date\tTime\tPatient\tUser\tPermission\tComputer\tLog Text\n": accepted,
		"Date\tTime\tPatient\tUser\tPermission\tComputer\n":           noTable,
		"{\"LogDateTime\": 1}\n":                                      noTable,
		" \n":                                                         "the file is empty",
	} {
		got := accepted
		if err := parser.Detect(ingest.Head{Name: "x", Bytes: []byte(text), Complete: true}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Detect of %q gives %q, want %q", text, got, want)
		}
	}
}

// A text that may have been changed on the way proves nothing, but one of plain
// characters does.
func TestChangedText(t *testing.T) {
	const stored = "nFQWtO3swJRRXW0Uq5UHraFiKYEyA0VhcMGPlYp5SMY="
	for text, want := range map[string]string{
		"Moved": "failed", `line\r\nline`: "failed", "line\nline": "unknown", "Nu├▒ez": "unknown", "": "failed",
	} {
		result := parse(t, opendental.Plugin(),
			"INSERT INTO `securitylog` VALUES (7,108,3,'2025-02-03 08:00:00','"+text+"',501,'',0,0,0,0,'2024-12-24 11:12:13');\n"+
				"INSERT INTO `securityloghash` VALUES (1,7,'"+stored+"');\n")
		if got := count(result, ingest.ColIntegrity); got[want] != 1 {
			t.Errorf("the text %q gives %v, want %s", text, got, want)
		}
	}
}

// The numbers of two databases mean different people.
func TestTwoDatabases(t *testing.T) {
	rows := manyRows(3)
	log := insertion("securitylog", rows, logRow.tuple)
	for name, c := range map[string]struct {
		dump string
		want bool // that it is refused
	}{
		"two":        {"USE `east`;\n" + log + users + "USE `west`;\n" + log + users, true},
		"qualified":  {"USE `east`;\n" + log + strings.ReplaceAll(log, "`securitylog`", "`west`.`securitylog`"), true},
		"one":        {"USE `east`;\n" + log + "USE `EAST`;\n" + users, false},
		"other-data": {"USE `east`;\n" + log + users + "USE `mysql`;\nINSERT INTO `user` VALUES (1);\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ingesttest.Parse(t.Context(), opendental.Plugin(), ingest.Settings{}, "input", time.UTC, []byte("-- dump\n"+c.dump))
			if refused := err != nil; refused != c.want {
				t.Errorf("error %v, want one: %t", err, c.want)
			}
		})
	}
}
