package openemr_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/openemr"
)

// definition is the beginning of a dump of the log whose next id is known.
func definition(next int) string {
	return fmt.Sprintf("CREATE TABLE `log` (`id` bigint, `date` datetime, `event` text, `category` text, `user` text, "+
		"`groupname` text, `comments` longtext, `user_notes` longtext, `patient_id` bigint, `success` tinyint(1), "+
		"`checksum` longtext, `crt_user` text, `log_from` text, `menu_item_id` int, `ccda_doc_id` int) AUTO_INCREMENT=%d;\n", next)
}

// deleted returns the ids of the rows that the notes call deleted.
func deleted(r ingesttest.Result) []string {
	var ids []string
	for _, n := range r.Counts.Notes {
		if n.Kind == ingest.NoteRowDeleted {
			ids = append(ids, n.SourceEventID)
		}
	}
	return ids
}

func without(rows []logRow, ids ...int) []logRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r logRow) bool { return slices.Contains(ids, r.id) })
}

// insertion writes one INSERT.
func insertion(table string, rows []logRow, tuple func(logRow) string) string {
	parts := make([]string, len(rows))
	for i, r := range rows {
		parts[i] = tuple(r)
	}
	return "INSERT INTO `" + table + "` VALUES " + strings.Join(parts, ",") + ";\n"
}

func TestDeletedRows(t *testing.T) {
	rows := manyRows(10)
	checks := insertion("log_comment_encrypt", rows, logRow.check)
	log := func(gone ...int) string { return insertion("log", without(rows, gone...), logRow.tuple) }
	calls := "INSERT INTO `api_log` VALUES (1,3,0,0,'','GET','','','','',NULL),(2,9,0,0,'','GET','','','','',NULL);\n"
	for name, c := range map[string]struct {
		dump string
		want []string
	}{
		"none":               {definition(11) + log() + checks, nil},
		"first-and-last":     {definition(11) + log(1, 10) + checks, []string{"1", "10"}},
		"no-definition":      {log(5, 10) + checks, []string{"5", "10"}},
		"written-meanwhile":  {definition(9) + log(9, 10) + checks, nil},
		"all":                {definition(4) + checks, []string{"1", "2", "3"}},
		"checksums-first":    {checks + definition(11) + log(1, 2, 10), []string{"1", "2", "10"}},
		"later-definition":   {log(5, 9, 10) + checks + "ALTER TABLE `log`\n  MODIFY `id` bigint NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=10;\n", []string{"5", "9"}},
		"api-only":           {calls + definition(11) + log(3, 9, 10), []string{"3", "9"}},
		"both-tables":        {calls + definition(11) + log(3) + checks, []string{"3"}},
		"log-not-dumped":     {checks, nil},
		"damaged-row":        {definition(11) + strings.Replace(log(2), "(4,'", "(4,broken'", 1) + checks, nil},
		"row-with-bad-date":  {definition(11) + strings.Replace(log(2), "(4,'2025", "(4,'0000", 1) + checks, []string{"2"}},
		"cut-off-in-the-log": {calls + definition(11) + log(3)[:1500], []string{"3"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, deleted(parse(t, []byte(c.dump)))); diff != "" {
				t.Errorf("deleted rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyDeletedRows(t *testing.T) {
	const rows, named = 25_000, 10_000
	all := manyRows(rows)
	result := parse(t, []byte(definition(rows+1)+insertion("log", all[rows-1:], logRow.tuple)+
		insertion("log_comment_encrypt", all, logRow.check)))
	var total int64
	for _, n := range result.Counts.Notes {
		total += n.Count
	}
	if got := len(result.Counts.Notes); got != named+1 || total != rows-1 {
		t.Errorf("%d notes that count %d rows, want %d and %d", got, total, named+1, rows-1)
	}
}

func TestIntegrity(t *testing.T) {
	rows := manyRows(9000) // more than two chunks of the rows that wait
	rows[17].success = "0"
	altered := slices.Clone(rows)
	altered[4711].comment += "="
	altered[8999].user = "nobody"
	backwards := slices.Clone(altered)
	slices.Reverse(backwards)
	checks := insertion("log_comment_encrypt", rows, logRow.check)
	for name, dump := range map[string]string{
		"checksums-last":   insertion("log", altered, logRow.tuple) + checks,
		"checksums-first":  checks + insertion("log", altered, logRow.tuple),
		"backwards":        insertion("log", backwards, logRow.tuple) + checks,
		"one-row-a-line":   strings.ReplaceAll(insertion("log", altered, logRow.tuple), "),(", "),\n(") + checks,
		"in-several-parts": insertion("log", altered[:5000], logRow.tuple) + checks + insertion("log", altered[5000:], logRow.tuple),
	} {
		t.Run(name, func(t *testing.T) {
			result := parse(t, []byte(dump))
			if diff := cmp.Diff(map[string]int{"ok": 8998, "failed": 2}, count(result, ingest.ColIntegrity)); diff != "" {
				t.Errorf("integrity (-want +got):\n%s", diff)
			}
			if got := deleted(result); got != nil {
				t.Errorf("deleted rows %v, want none", got)
			}
		})
	}
}

// TestFullHold shows what a dump gives that is too large for its rows to wait.
func TestFullHold(t *testing.T) {
	rows := manyRows(1000)
	dump := []byte(insertion("log", without(rows, 10, 990), logRow.tuple) + insertion("log_comment_encrypt", rows, logRow.check))
	want := parse(t, dump)
	for _, limit := range []int{0, 10_000, 60_000} {
		got := parseWith(t, openemr.PluginHolding(limit), dump)
		integrity := count(got, ingest.ColIntegrity)
		if integrity["unknown"] == 0 || integrity["unknown"]+integrity["ok"] != 998 {
			t.Errorf("limit %d: integrity %v, want 998 rows, some unknown", limit, integrity)
		}
		for i := range want.Lines {
			known := strings.Replace(got.Lines[i], `"integrity":"unknown"`, `"integrity":"ok"`, 1)
			if known != want.Lines[i] {
				t.Fatalf("limit %d, row %d differs (-want +got):\n%s", limit, i, cmp.Diff(want.Lines[i], known))
			}
		}
		if ids := deleted(got); limit > 0 && !slices.Equal(ids, []string{"10", "990"}) {
			t.Errorf("limit %d: deleted rows %v, want 10 and 990", limit, ids)
		}
	}
}

func TestLongRows(t *testing.T) {
	rows := manyRows(3)
	rows[1].comment = strings.Repeat("QUJD", 400<<10/4)
	result := parse(t, dumpOf(rows))
	if diff := cmp.Diff(map[string]int{"ok": 3}, count(result, ingest.ColIntegrity)); diff != "" {
		t.Errorf("a row of 400 KiB (-want +got):\n%s", diff)
	}
	rows[1].comment = strings.Repeat(`x\'),(9,`, 3<<20/8)
	result = parse(t, dumpOf(rows))
	if diff := cmp.Diff(map[string]int{"ok": 2}, count(result, ingest.ColIntegrity)); diff != "" {
		t.Errorf("beside a row of 3 MiB (-want +got):\n%s", diff)
	}
	if len(result.Rejects) != 1 || result.Rejects[0].Reason != ingest.ReasonTooLong || len(result.Rejects[0].Raw) != ingest.MaxRaw {
		t.Errorf("rejects %v, want one that is too long, with the beginning of the row", result.Rejects)
	}
	if ids := deleted(result); ids != nil {
		t.Errorf("deleted rows %v, want none: the row is too long, but there", ids)
	}
}

func TestManyRejects(t *testing.T) {
	const rows = 20_000
	text := strings.ReplaceAll(string(dumpOf(manyRows(rows))), ",'2025", ",'0000")
	result := parse(t, []byte(text))
	if got := result.Counts.Reasons; !maps.Equal(got, map[ingest.Reason]int64{ingest.ReasonBadTime: rows}) {
		t.Errorf("reasons %v, want %d bad times", got, rows)
	}
	for _, r := range result.Rejects {
		if r.Column != "date" || r.Line != 2 && r.Line != 3 && r.Line != 4 && r.Line != 5 || !bytes.HasPrefix(r.Raw, []byte("(")) {
			t.Fatalf("reject %v, want the column date, its line and the row itself", r)
		}
	}
	if len(result.Counts.Notes) != 0 {
		t.Errorf("notes %v, want none", result.Counts.Notes)
	}
}

// TestRejectKnows shows that a reject carries time and patient where it can.
func TestRejectKnows(t *testing.T) {
	row := manyRows(2)[1]
	long := row
	long.user = strings.Repeat("u", ingest.MaxField+1)
	zero := row
	zero.date = "0000-00-00 00:00:00"
	result := parse(t, dumpOf([]logRow{long, zero}))
	at := time.Date(2025, 3, 3, 8, 0, 0, 0, time.UTC)
	want := []ingest.Reject{
		{Line: 2, Column: "user", Reason: ingest.ReasonTooLong, At: at, PatientID: "2", Raw: []byte(long.tuple())},
		{Line: 2, Column: "date", Reason: ingest.ReasonBadTime, PatientID: "2", Raw: []byte(zero.tuple())},
	}
	if diff := cmp.Diff(want, result.Rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

// endless gives one INSERT without an end.
type endless struct{ row []byte }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.row), nil }

func TestCancel(t *testing.T) {
	parser, err := openemr.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	rows := insertion("log", manyRows(1), logRow.tuple)
	data := io.MultiReader(strings.NewReader(strings.TrimSuffix(rows, ";\n")), endless{[]byte("," + manyRows(1)[0].tuple())})
	w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
	defer w.Release()
	source := ingest.Source{Name: "log.sql", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: data}
	if err := parser.Parse(ctx, source, w); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Parse returns %v, want the context's error", err)
	}
}

func TestDetect(t *testing.T) {
	parser, err := openemr.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	const accepted = ""
	for text, want := range map[string]string{
		"INSERT INTO `log` VALUES (1,'2025-01-01 00:00:00','login','a','b'":                                                      accepted,
		"-- dump\nCREATE TABLE `addresses` (`id` int, `plus_four` text, `foreign_id` int);":                                      accepted,
		"CREATE TABLE IF NOT EXISTS openemr.log (id int, date datetime, event text, user text, groupname text, patient_id int, ": accepted,
		"INSERT INTO `log` (`id`, `date`, `event`, `user`, `groupname`, `patient_id`) VALUES":                                    accepted,
		"\n\nl.id;l.date;`l`.`event`;l.user;l.groupname;l.patient_id\n":                                                          accepted,
		"INSERT INTO `log` VALUES (1,'note','login');":                                                                           "the dump does not start with a table of OpenEMR",
		"CREATE TABLE `addresses` (`id` int, `street` text);\nINSERT INTO `log` VALUES (1,'a;b');\n":                             "the dump does not start with a table of OpenEMR",
		"SET NAMES utf8;\n":                       "the dump does not start with a table of OpenEMR",
		"id,date,event,user,groupname\n":          `the header has no column "patient_id"`,
		"date,event,user,recipient,description\n": `the header has no column "patient_id"`,
		"{\"date\": 1}\n":                         `the header has no column "date"`,
		" \n":                                     "the file is empty",
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

// The numbers of two databases mean different patients; tables of other products in
// the same dump do not matter.
func TestTwoDatabases(t *testing.T) {
	rows := manyRows(3)
	log := insertion("log", rows, logRow.tuple)
	for name, c := range map[string]struct {
		dump string
		want bool // that it is refused
	}{
		"two":        {"USE `east`;\n" + log + "USE `west`;\n" + log, true},
		"one":        {"USE `east`;\n" + log + "USE `EAST`;\n" + insertion("log_comment_encrypt", rows, logRow.check), false},
		"other-data": {"USE `east`;\n" + log + "USE `shop`;\nINSERT INTO `users` VALUES (1);\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ingesttest.Parse(t.Context(), openemr.Plugin(), ingest.Settings{}, "input", time.UTC, []byte("-- dump\n"+definition(0)+c.dump))
			if refused := err != nil; refused != c.want {
				t.Errorf("error %v, want one: %t", err, c.want)
			}
		})
	}
}

// A dump with a condition lacks rows on purpose, and nothing is called deleted.
func TestChosenRowsAreNotDeleted(t *testing.T) {
	rows := manyRows(10)
	log, checks := insertion("log", without(rows, 4, 5), logRow.tuple), insertion("log_comment_encrypt", rows, logRow.check)
	for comment, want := range map[string][]string{"-- WHERE:  id<>4\n\n": nil, "": {"4", "5"}} {
		got, err := ingesttest.Parse(t.Context(), openemr.Plugin(), ingest.Settings{}, "input", time.UTC, []byte("-- dump\n"+definition(100)+comment+log+checks))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, deleted(got)); diff != "" {
			t.Errorf("%q: deleted rows (-want +got):\n%s", comment, diff)
		}
	}
}
