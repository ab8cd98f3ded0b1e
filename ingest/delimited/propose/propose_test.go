package propose_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
	"github.com/chartwatch/chartwatch/ingest/delimited/propose"
)

// rows of a table with these columns, joined by commas.
func draft(t *testing.T, text string, answers map[string]propose.Answer) *propose.Proposal {
	t.Helper()
	p, err := propose.Propose(ingest.Head{Name: "log.csv", Bytes: []byte(text), Complete: true}, nil, propose.Options{Answers: answers})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// taken returns the fields of the columns that the mapping has.
func taken(p *propose.Proposal) map[string]string {
	all := map[string]string{}
	for _, c := range p.Columns {
		if c.Sure && c.Field != "" {
			all[c.Header] = c.Field
		}
	}
	return all
}

func TestMappingText(t *testing.T) {
	const table = `Access report
Period,1 March to 31 March,,,,,
Accessed On,Operator,Provider,Chart #,What,Area,Old Value
3/10/2025 9:00 AM,"Doe, Jane",Dr. Example,0101,Chart opened,Allergies,
3/11/2025 9:02 AM,"Doe, Jane",Dr. Example,0102,Chart opened,Medications,
3/12/2025 9:05 AM,"Smith, Max",Dr. Sample,0101,Edited,Allergies,x
3/13/2025 9:07 AM,"Smith, Max",Dr. Sample,0103,Frobbed,Widgets,
3/14/2025 9:09 AM,"Doe, Jane",Dr. Sample,0104,Frobbed,Widgets,
3/15/2025 9:11 AM,"Doe, Jane",Dr. Sample,0101,Chart opened,Medications,
Total,6,,,,,
Printed by Jane Doe
`
	p := draft(t, table, nil)
	const want = `# Proposed by chartwatch from the header and 6 rows. Read it before you use it.
version: 1
name: "log"
status: proposed
delimiter: comma
footer: ["Total", "Printed"]
# Left out, may hold patient data.
dropped: ["Old Value"]
# The times have no offset. Say in which zone the product writes them: chartwatch ingest --timezone ZONE, or
# zone: America/New_York
columns:
  # times; some of the dates prove that the month comes first (99 %)
  - {field: occurred_at, column: "Accessed On", format: ["M/D/YYYY h:mm A"]}
  # the header says so, and the values fit (95 %)
  - {field: user_name, column: "Operator", split: [last_first]}
  # the header says so, and the values fit (85 %)
  - {field: patient_id, column: "Chart #"}
  # the values are actions (80 %)
  - {field: action, column: "What"}
  # the header says so, and the values fit (86 %)
  - {field: record_type, column: "Area"}
  # not mapped: "Provider": names a person who need not be the one who acted
values:
  action:
    # understood without being listed: "Edited"
    view: ["Chart opened"]
    # not known, with the number of rows: "Frobbed" 2
  # record_type:
    # understood without being listed: "Allergies", "Medications"
    # not known, with the number of rows: "Widgets" 2
`
	if diff := cmp.Diff(want, p.Mapping); diff != "" {
		t.Errorf("mapping (-want +got):\n%s", diff)
	}
	unmapped := []propose.Value{{Field: "action", Text: "Frobbed", Count: 2}, {Field: "record_type", Text: "Widgets", Count: 2}}
	if diff := cmp.Diff(unmapped, p.Unmapped); diff != "" {
		t.Errorf("unmapped (-want +got):\n%s", diff)
	}
	if !p.Runs || p.Header != 3 || len(p.Questions) > 0 {
		t.Errorf("runs %t, header in line %d, %d questions; want a mapping that runs, line 3, and none", p.Runs, p.Header, len(p.Questions))
	}
	if n := records(t, p.Mapping, table); n != 6 {
		t.Errorf("the mapping reads %d records, want 6", n)
	}
}

// records reads a table with a mapping and returns the number of its events.
func records(t *testing.T, mapping, table string) int64 {
	t.Helper()
	parser, err := delimited.Plugin().New(ingest.Settings{Mapping: []byte(mapping), MappingName: "proposal"})
	if err != nil {
		t.Fatal(err)
	}
	w := ingest.NewWriter(nothing{}, ingest.WriterOptions{})
	defer w.Release()
	src := ingest.Source{Name: "log.csv", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader(table)}
	if err := parser.Parse(t.Context(), src, w); err != nil {
		t.Fatal(err)
	}
	return w.Counts().Records - w.Counts().Rejected
}

type nothing struct{}

func (nothing) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nothing) WriteReject(context.Context, ingest.Reject) error                    { return nil }

// Every table that can be mapped is read to its last row by its mapping.
func TestEveryRowIsRead(t *testing.T) {
	const rows = 150
	for _, path := range []string{"testdata/vendors.txt", "testdata/traps.txt", "testdata/invented.txt", "testdata/fresh.txt"} {
		for i, s := range loadSets(t, path) {
			data := string(write(s, rows, int64(1000+i)))
			p := draft(t, data, nil)
			if !p.Runs {
				continue
			}
			if n := records(t, p.Mapping, data); n != rows {
				t.Errorf("%s: %d records, want %d:\n%s", s.name, n, rows, p.Mapping)
			}
		}
	}
}

// No text of a proposal quotes a person: not in the mapping, not in a question.
func TestNobodyIsQuoted(t *testing.T) {
	first, last := people()
	for _, path := range []string{"testdata/vendors.txt", "testdata/traps.txt", "testdata/invented.txt", "testdata/fresh.txt"} {
		for i, s := range loadSets(t, path) {
			for _, rows := range []int{5, 150} {
				p := draft(t, string(write(s, rows, int64(i))), nil)
				text, err := json.Marshal(p)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range append(first, last...) {
					for _, spelled := range []string{name, strings.ToUpper(name)} {
						if hasWord(string(text), spelled) && !hasWord(strings.Join(s.headers, " "), spelled) {
							t.Errorf("%s: the proposal quotes %q:\n%s", s.name, spelled, p.Mapping)
						}
					}
				}
			}
		}
	}
}

func hasWord(text, word string) bool {
	for rest := text; ; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		end := i + len(word)
		isLetter := func(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
		if (i == 0 || !isLetter(rest[i-1])) && (end == len(rest) || !isLetter(rest[end])) {
			return true
		}
		rest = rest[i+1:]
	}
}

func TestOrderOfDayAndMonth(t *testing.T) {
	table := func(dates ...string) string {
		return "Time;User;Patient ID;Action\n" + strings.Join(dates, " 08:05;jdoe;4711;View\n") + " 08:05;jdoe;4711;View\n"
	}
	for _, tt := range []struct{ name, table, format, likely string }{
		{"month", table("03/04/2025", "03/14/2025"), `format: ["M/D/YYYY H:mm"]`, ""},
		{"day", table("04/03/2025", "14/03/2025"), `format: ["D/M/YYYY H:mm"]`, ""},
		{"year_first", table("2025/03/04", "2025/03/05"), `format: ["YYYY/M/D H:mm"]`, ""},
		{"dots", table("04.03.25", "14.03.25"), `format: ["D.M.YY H:mm"]`, ""},
		{"name", table("4-Mar-2025", "5-Mar-2025"), `format: ["D-MMM-YYYY H:mm"]`, ""},
		{"american", table("Mar 4, 2025", "March 5, 2025"), `format: ["MMM D, YYYY H:mm"]`, ""},
		{"weekday", table("Tue, 4 Mar 2025", "Wed, 5 Mar 2025"), `format: ["ddd, D MMM YYYY H:mm"]`, ""},
		{"unproven", table("03/04/2025", "03/05/2025"), "", "month"},
		{"unproven_one_day", table("03/04/2025"), "", "month"},
		{"unproven_forward_by_day", table("05/11/2024", "01/12/2024", "02/12/2024"), "", "day"},
		{"mixed", table("13/03/2025", "03/14/2025"), "", "none"},
		{"year_or_day", table("25-03-04", "25-03-05"), "", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := draft(t, tt.table, nil)
			if tt.format != "" {
				if !strings.Contains(p.Mapping, tt.format) || !p.Runs {
					t.Errorf("want %s and a mapping that runs:\n%s", tt.format, p.Mapping)
				}
				return
			}
			if p.Runs || len(p.Questions) != 1 || p.Questions[0].Field != ingest.ColOccurredAt {
				t.Fatalf("runs %t, questions %+v; want one about the time", p.Runs, p.Questions)
			}
			if tt.likely == "none" {
				return
			}
			choice := p.Questions[0].Choices[0].Answer
			if choice.Order != tt.likely {
				t.Errorf("first choice %q, want %q", choice.Order, tt.likely)
			}
			answered := draft(t, tt.table, map[string]propose.Answer{ingest.ColOccurredAt: choice})
			if !answered.Runs || len(answered.Questions) > 0 {
				t.Errorf("answered, it does not run:\n%s", answered.Mapping)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	const table = "When,Doctor,Nurse Name,Who Knows,Patient ID\n" +
		"2025-03-10 08:05:00,Dr. Example,Jane Doe,opened it,4711\n2025-03-10 08:06:00,Dr. Sample,Max Smith,closed it,4712\n"
	p := draft(t, table, nil)
	var fields []string
	for _, q := range p.Questions {
		fields = append(fields, q.Field)
	}
	if diff := cmp.Diff([]string{ingest.ColUserID, ingest.ColAction}, fields); diff != "" && p.Runs {
		t.Fatalf("questions (-want +got):\n%s", diff)
	}
	answered := draft(t, table, map[string]propose.Answer{
		ingest.ColUserID: {Columns: []int{3}}, ingest.ColAction: {Constant: "view"},
	})
	if !answered.Runs {
		t.Fatalf("answered, it does not run:\n%s", answered.Mapping)
	}
	want := map[string]string{"When": "occurred_at", "Nurse Name": "user_name", "Patient ID": "patient_id"}
	if diff := cmp.Diff(want, taken(answered)); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if n := records(t, answered.Mapping, table); n != 2 {
		t.Errorf("%d records, want 2", n)
	}
}

// What a header says is believed only as far as the values bear it out.
func TestValuesContradict(t *testing.T) {
	table := func(header string, cells ...string) string {
		text := "Time,Login Name,Action,\"" + header + "\"\n"
		var b strings.Builder
		for i := range 24 {
			b.WriteString(time.Date(2025, 3, 20, 8, i, 0, 0, time.UTC).Format("2006-01-02 15:04") + ",jdoe,View,\"" + cells[i%len(cells)] + "\"\n")
		}
		return text + b.String()
	}
	for _, tt := range []struct{ name, header, cells, field string }{
		{"patient_number", "Patient", "4711;4712;4713", "patient_id"},
		{"patient_name", "Patient", "Doe, Ann;Hill, Bob;Example, Pat", "patient_name"},
		{"patient_both", "Patient", "12-Doe, Ann;13-Hill, Bob;14-Example, Pat", "patient_id"},
		{"patient_bracket", "Patient", "Doe, Ann (12);Hill, Bob (13);Example, Pat (14)", "patient_id"},
		{"patient_payer", "Patient", "Doe, Ann;Aetna;Medicare;Hill, Bob", ""},
		{"patient_flag", "Patient", "Yes;No", ""},
		{"client_program", "Client", "web;mobile;web", ""},
		{"client_computer", "Client", "DESKTOP-1A2B3C;FRONT-PC1", ""},
		{"chart_part", "Chart", "Summary;Labs;Medications", ""},
		{"member", "Member", "Doe, Ann;Hill, Bob", ""},
		{"entity", "Entity", "4711;4712", ""},
		{"name", "Name", "Doe, Ann;Hill, Bob", ""},
		{"doctor", "Doctor", "Doe, Ann;Hill, Bob", ""},
		{"old_value", "Previous Value", "View;Edit", ""},
		{"free_text", "Description", "Viewed;Edited", ""},
		{"status_of_record", "Status", "Active;Signed;Draft", ""},
		{"status", "Status", "Success;Failed", "outcome"},
		{"bit_without_sense", "Result", "0;1", ""},
		{"bit_with_sense", "Success", "0;1", "outcome"},
		{"address_at_home", "Address", "12 Elm Street;9 Oak Way", ""},
		{"address_of_network", "Address", "10.0.0.1;10.0.0.2", "ip"},
		{"server", "Server Name", "SRV-01;SRV-02", ""},
		{"kind_record", "Type", "Allergies;Medications;Documents", "record_type"},
		{"number_repeats", "ID", "7;8;9", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := draft(t, table(tt.header, strings.Split(tt.cells, ";")...), nil)
			if got := taken(p)[tt.header]; got != tt.field {
				t.Errorf("taken for %q, want %q:\n%s", got, tt.field, p.Mapping)
			}
			if !p.Runs {
				t.Errorf("it does not run:\n%s", p.Mapping)
			}
		})
	}
}

// Who acted is asked where the column might name somebody or something else.
func TestUsersThatAreAsked(t *testing.T) {
	for _, tt := range []struct{ name, header, cells, field string }{
		{"doctor", "Provider", "Doe, Ann;Hill, Bob", ""},
		{"computers", "User", "DESKTOP-1A2B3C;jdoe;asmith;bhill;cyoung", ""},
		{"times", "Login", "2025-03-10 08:00;2025-03-11 09:00", ""},
		{"creator", "Created By", "jdoe;asmith", ""},
		{"login", "Login", "jdoe;asmith", "user_id"},
		{"email", "User", "jdoe@practice.example;asmith@practice.example", "user_id"},
		{"degree", "User", "Doe, Jane, MD;Smith, Max, RN", "user_name"},
		{"texts", "User", "jane doe;max smith", "user_name"},
		{"name_in_id", "User ID", "Doe, Jane;Smith, Max", "user_name"},
		{"number", "Operator", "17;18", "user_id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cells := strings.Split(tt.cells, ";")
			var b strings.Builder
			b.WriteString("Timestamp,Action," + tt.header + ",Patient ID\n")
			for i := range 20 {
				b.WriteString(time.Date(2025, 3, 20, 8, i, 0, 0, time.UTC).Format("2006-01-02 15:04") + ",View,\"" + cells[i%len(cells)] + "\",4711\n")
			}
			p := draft(t, b.String(), nil)
			if got := taken(p)[tt.header]; got != tt.field {
				t.Errorf("taken for %q, want %q:\n%s", got, tt.field, p.Mapping)
			}
			if asked := len(required(p)) > 0; asked != (tt.field == "") {
				t.Errorf("questions: %+v", p.Questions)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	body := func(sep string) string {
		return strings.NewReplacer("|", sep).Replace("2025-03-10 08:05:00|jdoe|4711|View\n2025-03-10 08:06:00|jdoe|4712|Edit\n2025-03-10 08:07:00|msmith|4711|View\n")
	}
	for _, tt := range []struct{ name, table, want string }{
		{"tab", "Time\tUser\tPatient ID\tAction\n" + body("\t"), "delimiter: tab\n"},
		{"pipe", "Time|User|Patient ID|Action\n" + body("|"), "delimiter: pipe\n"},
		{"twice", "Time,User,Patient ID,Action,User\n" + strings.ReplaceAll(body(","), "\n", ",x\n"), "preamble: 0\n"},
		{"at_sign", "@timestamp,user.id,patient.id,event.action\n" + body(","), `column: "@timestamp"`},
		{"criteria", "Report,Access\nFrom,2025-03-01,To,2025-03-31\nTime,User,Patient ID,Action\n" + body(","), `column: "Time"`},
		{"single_cell", "Time,User,Patient ID,Action\n" + body(",") + "the end\n", "footer: [single_cell]\n"},
		{"yaml_words", "On,No,Yes,Null,Time,User,Patient ID,Action\n" + strings.ReplaceAll("\n"+body(","), "\n2", "\n,,,,2")[1:], `column: "Time"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := draft(t, tt.table, nil)
			if !strings.Contains(p.Mapping, tt.want) || !p.Runs && tt.name != "twice" {
				t.Errorf("want %q in a mapping that runs:\n%s", tt.want, p.Mapping)
			}
			if p.Runs {
				if n := records(t, p.Mapping, tt.table); n != 3 {
					t.Errorf("%d records, want 3:\n%s", n, p.Mapping)
				}
			}
		})
	}
}

// Without a header nobody is named: who acted, and on whose record, is asked.
func TestNoHeader(t *testing.T) {
	var text strings.Builder
	for i := range 30 {
		text.WriteString(strings.Join([]string{
			time.Date(2025, 3, 10, 8, i, 0, 0, time.UTC).Format("2006-01-02 15:04:05"), []string{"jdoe", "msmith"}[i%2], "47" + string(rune('0'+i%10)), []string{"View", "Edit", "Print"}[i%3],
		}, ",") + "\n")
	}
	p := draft(t, text.String(), nil)
	got := map[int]string{}
	for _, c := range p.Columns {
		if c.Sure {
			got[c.Index] = c.Field
		}
	}
	if diff := cmp.Diff(map[int]string{1: "occurred_at", 4: "action"}, got); diff != "" || p.Header != 0 {
		t.Errorf("header in line %d, columns (-want +got):\n%s", p.Header, diff)
	}
	answered := draft(t, text.String(), map[string]propose.Answer{ingest.ColUserID: {Columns: []int{2}}})
	if !answered.Runs || records(t, answered.Mapping, text.String()) != 30 {
		t.Errorf("answered, it does not read the table:\n%s", answered.Mapping)
	}
}

func TestNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"empty":  "",
		"prose":  "Dear all,\nthe meeting is on Monday.\n",
		"json":   "{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\": 2}\n",
		"xml":    "<a>1,2</a>\n<a>1,2</a>\n",
		"header": "Time,User,Action\n",
		"list":   "Id,Name,City\n1,North,Dover\n2,South,Dover\n",
		"column": "Time\n2025-03-10 08:05:00\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := propose.Propose(ingest.Head{Name: "x", Bytes: []byte(text), Complete: true}, nil, propose.Options{})
			if !errors.Is(err, propose.ErrNoTable) {
				t.Errorf("error %v, want %v", err, propose.ErrNoTable)
			}
		})
	}
	_, err := propose.Propose(ingest.Head{Name: "x"}, broken{}, propose.Options{})
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v of a broken reader, want %v", err, os.ErrClosed)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, os.ErrClosed }

// A long file is looked at no further than the sample.
func TestLongFile(t *testing.T) {
	s := loadSets(t, "testdata/invented.txt")[0]
	data := write(s, 60_000, 1)
	began := time.Now()
	p, err := propose.Propose(ingest.Head{Name: "x.csv", Bytes: data[:ingest.HeadSize]}, strings.NewReader(string(data)), propose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Runs || p.Rows > 20_000 {
		t.Errorf("runs %t, %d rows; want a mapping from at most 20000 rows", p.Runs, p.Rows)
	}
	t.Logf("%d rows in %v", p.Rows, time.Since(began))
}

func FuzzPropose(f *testing.F) {
	for i, s := range loadSets(&testing.T{}, "testdata/traps.txt") {
		f.Add(write(s, 6, int64(i)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := ingest.Head{Name: "x.csv", Bytes: data[:min(len(data), ingest.HeadSize)], Complete: len(data) <= ingest.HeadSize}
		p, err := propose.Propose(h, nil, propose.Options{})
		if err != nil {
			return
		}
		if p.Runs != (len(required(p)) == 0) && len(required(p)) > 0 {
			t.Errorf("it runs, and asks %+v:\n%s", p.Questions, p.Mapping)
		}
	})
}
