package atna_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
)

// message is a small message; the filler goes into an element that is not read.
func message(user, filler string) string {
	return `<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="2025-03-04T14:00:00Z" EventOutcomeIndicator="0">` +
		`<EventID csd-code="110110"/></EventIdentification><ActiveParticipant UserID="` + user + `" UserIsRequestor="true"/>` +
		`<ParticipantObjectIdentification ParticipantObjectID="17" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1">` +
		`<ParticipantObjectQuery>` + filler + `</ParticipantObjectQuery></ParticipantObjectIdentification></AuditMessage>`
}

func record(user, filler string) string {
	return "<85>1 2025-03-04T14:00:00Z host app 1 IHE+DICOM - " + message(user, filler)
}

// A file of many batches gives its rows and rejects in its own order, whatever
// the number of workers.
func TestManyBatchesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	var data bytes.Buffer
	var wantUsers, wantRejects []string
	for i := range 4000 {
		if i%500 == 250 {
			data.WriteString("<85>1 2025-03-04T14:00:00Z host app 1 x - nothing\n")
			wantRejects = append(wantRejects, fmt.Sprintf("line %d: wrong_type", i+1))
			continue
		}
		user := fmt.Sprintf("u%d", i)
		wantUsers = append(wantUsers, user)
		data.WriteString(record(user, strings.Repeat("x", i%300)) + "\n")
	}
	got := parse(t, data.Bytes())
	var users, rejects []string
	for _, row := range got.Rows() {
		users = append(users, cell(row, "user_id"))
	}
	for _, r := range got.Rejects {
		rejects = append(rejects, r.String())
	}
	if diff := cmp.Diff(wantUsers, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantRejects, rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

// A record above the limit is rejected where it stands, and what follows is
// read. A comment or a section that never ends does not swallow the file.
func TestTooLongRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", ingest.MaxLine)
	unending := func(mark string) string {
		return strings.Replace(record("long", long), "<ActiveParticipant", mark+"<ActiveParticipant", 1)
	}
	for _, c := range []struct{ name, data, want string }{
		{"lines", record("a", "") + "\n" + record("long", long) + "\n" + record("b", ""), "line 2: too_long"},
		{"stream", record("a", "") + record("long", long) + record("b", ""), "line 1: too_long"},
		{"document", "<log>\n" + message("a", "") + "\n" + message("long", long) + "\n" + message("b", "") + "</log>", "line 3: too_long"},
		{"comment", record("a", "") + "\n" + unending("<!--") + "\n" + record("b", ""), "line 2: too_long"},
		{"characters", record("a", "") + "\n" + unending("<![CDATA[") + "\n" + record("b", ""), "line 2: too_long"},
		{"text", record("a", "") + "\n<85>1 - - - - - - " + long + "\n" + record("b", ""), "line 2: wrong_type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := parse(t, []byte(c.data))
			var users []string
			for _, row := range got.Rows() {
				users = append(users, cell(row, "user_id"))
			}
			if diff := cmp.Diff([]string{"a", "b"}, users); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			if len(got.Rejects) != 1 || got.Rejects[0].String() != c.want {
				t.Fatalf("got rejects %v, want %s", got.Rejects, c.want)
			}
			if n := len(got.Rejects[0].Raw); n != ingest.MaxRaw {
				t.Errorf("got %d raw bytes, want %d", n, ingest.MaxRaw)
			}
		})
	}
}

// An identifier longer than a column rejects its message, a label is shortened.
func TestLongFields(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", ingest.MaxField)
	failed := strings.Replace(message("a", ""), `EventOutcomeIndicator="0"><EventID csd-code="110110"/>`,
		`EventOutcomeIndicator="4"><EventID csd-code="110110"/><EventOutcomeDescription>`+long+`</EventOutcomeDescription>`, 1)
	got := parse(t, []byte(failed+"\n"+message(long, "")+"\n"))
	rows := got.Rows()
	if len(rows) != 1 || len(got.Rejects) != 1 {
		t.Fatalf("got %d rows and %d rejects, want one of each", len(rows), len(got.Rejects))
	}
	if reason := cell(rows[0], "outcome_reason"); !strings.HasSuffix(reason, "ü…") || len(reason) > ingest.MaxField {
		t.Errorf("got a reason of %d bytes", len(reason))
	}
	r := got.Rejects[0]
	if r.String() != `line 2, column "user_id": too_long` || r.At.IsZero() || r.PatientID != "17" || len(r.Raw) == 0 {
		t.Errorf("got %s at %s with %d raw bytes", r, r.At, len(r.Raw))
	}
}

// What a reject knows of its record goes with it: the time of the header, the
// patient and the text.
func TestRejectsCarryWhatIsKnown(t *testing.T) {
	t.Parallel()
	undated := strings.Replace(record("a", ""), `EventDateTime="2025-03-04T14:00:00Z"`, `EventDateTime="soon"`, 1)
	got := parse(t, []byte(record("b", "")+"\n"+undated+"\n"))
	if len(got.Rejects) != 1 {
		t.Fatalf("got %d rejects, want 1", len(got.Rejects))
	}
	r := got.Rejects[0]
	if want := time.Date(2025, 3, 4, 14, 0, 0, 0, time.UTC); !r.At.Equal(want) || r.PatientID != "17" || !strings.HasPrefix(string(r.Raw), "<AuditMessage>") {
		t.Errorf("got %s at %s, patient %q, raw %q", r, r.At, r.PatientID, r.Raw)
	}
}

// A message may name thousands of patients, each more than once.
func TestManyPatients(t *testing.T) {
	t.Parallel()
	const patients = 20_000
	var ids strings.Builder
	for i := range 2 * patients {
		fmt.Fprintf(&ids, "p%d^^^A~", i%patients)
	}
	data := strings.Replace(message("a", ""), `ParticipantObjectID="17"`, `ParticipantObjectID="`+ids.String()+`"`, 1)
	rows := parse(t, []byte(data)).Rows()
	if len(rows) != patients || cell(rows[patients-1], "patient_id") != "p19999" {
		t.Errorf("%d rows, want one a patient, %d", len(rows), patients)
	}
}

// Bytes that are no text cost one record.
func TestBadEncoding(t *testing.T) {
	t.Parallel()
	got := force(t, strings.NewReader(record("a", "")+"\n"+record("\xff\xfe", "")+"\n<85>1 - - - - - - \xff\n"+record("b", "")))
	var rejects []string
	for _, r := range got.rejects {
		rejects = append(rejects, r.String())
	}
	if diff := cmp.Diff([]string{"line 2: bad_encoding", "line 3: bad_encoding"}, rejects); diff != "" || got.counts.Rows[ingest.Events] != 2 {
		t.Errorf("%d rows; rejects (-want +got):\n%s", got.counts.Rows[ingest.Events], diff)
	}
}

// A document type with declarations in the middle of an XML file makes it
// unusable, as at the beginning.
func TestLateDocType(t *testing.T) {
	t.Parallel()
	data := message("a", "") + "\n<!DOCTYPE AuditMessage [<!ENTITY x 'y'>]>\n" + message("b", "")
	if _, err := parseStream(t, strings.NewReader(data), &collector{}); err == nil || !strings.Contains(err.Error(), "line 2: the document type") {
		t.Errorf("got error %v", err)
	}
}

// The heap does not grow with the file, whatever it holds.
func TestMemoryIsBounded(t *testing.T) {
	const size, limit = 32 << 20, 24 << 20
	for name, one := range map[string]string{
		"messages": record("a", strings.Repeat("x", 4000)) + "\n",
		"long":     record("a", strings.Repeat("x", ingest.MaxLine)) + "\n",
		"text":     strings.Repeat("no line end ", 1000),
		"tags":     strings.Repeat("<a>", 1000),
		"others":   "<a><b/></a>",
		"marks":    "<-",
		"unended":  "<AuditMessage " + strings.Repeat("x", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			var before runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			peak := &peakReader{r: &repeatReader{text: one, n: size / len(one)}}
			if _, err := parseStream(t, peak, &forgetful{}); err != nil {
				t.Fatal(err)
			}
			if grown := int64(peak.heap) - int64(before.HeapAlloc); grown > limit {
				t.Errorf("the heap grew by %d MiB while %d MiB were read", grown>>20, size>>20)
			}
		})
	}
}

// peakReader remembers the largest heap that it saw.
type peakReader struct {
	r    io.Reader
	n    int
	heap uint64
}

func (p *peakReader) Read(b []byte) (int, error) {
	p.n++
	if p.n%64 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.heap = max(p.heap, m.HeapAlloc)
	}
	return p.r.Read(b)
}

// repeatReader reads the same text n times.
type repeatReader struct {
	text string
	n    int
	rest string
}

func (r *repeatReader) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// forgetful takes rows and rejects and drops them.
type forgetful struct{ err error }

func (f *forgetful) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error {
	return f.err
}

func (f *forgetful) WriteReject(context.Context, ingest.Reject) error { return f.err }

// A read error or a sink's error in the middle of a large file ends the run
// with that error.
func TestLargeFileFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	data := strings.Repeat(record("a", strings.Repeat("x", 900))+"\n", 4000)
	for name, text := range map[string]string{"log": data, "document": "<log>" + data, "message": data + "<AuditMessage"} {
		_, err := parseStream(t, io.MultiReader(strings.NewReader(text), failingReader{broken}), &forgetful{})
		if !errors.Is(err, broken) {
			t.Errorf("%s: got error %v, want the reader's", name, err)
		}
	}
	_, err := parseStream(t, strings.NewReader(data+data+data+data+data), &forgetful{err: broken})
	if !errors.Is(err, broken) {
		t.Errorf("got error %v, want the sink's", err)
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// One message of the largest size takes no more than a moment, whatever it
// repeats: each list is read in time proportional to its length.
func TestMessageOfManyParts(t *testing.T) {
	t.Parallel()
	const many = 30_000
	list := func(format string) string {
		var b strings.Builder
		for i := range many {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	wrap := func(event, user, objects string) string {
		return `<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="2025-03-04T14:00:00Z" EventOutcomeIndicator="0">` +
			`<EventID csd-code="110110"/>` + event + `</EventIdentification><ActiveParticipant UserID="mkeller">` + user +
			`</ActiveParticipant>` + objects + `</AuditMessage>`
	}
	tests := map[string]struct {
		data string
		rows int64
	}{
		"roles":    {wrap("", list(`<RoleIDCode code="%d"/>`), ""), 1},
		"purposes": {wrap(list(`<PurposeOfUse code="%d"/>`), "", ""), 1},
		"patients": {wrap("", "", `<ParticipantObjectIdentification ParticipantObjectTypeCodeRole="1" ParticipantObjectID="`+
			list("7^^^A%d~")+`"/>`), many},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := force(t, strings.NewReader(test.data))
			if n := got.counts.Rows[ingest.Events]; n != test.rows {
				t.Errorf("%d rows, want %d; rejects: %v", n, test.rows, got.rejects)
			}
		})
	}
}

// Behind the largest size a comment or a passage of characters is nothing
// special, and reading goes on.
func TestPassageBehindTheLargestSize(t *testing.T) {
	t.Parallel()
	for name, passage := range map[string]string{"comment": "<!-- x -->", "characters": "<![CDATA[x]]>", "open": "<!--"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := record("ann", strings.Repeat("x", ingest.MaxLine)+passage) + "\n" + record("ben", "") + "\n"
			got := force(t, strings.NewReader(data))
			var rejects []string
			for _, r := range got.rejects {
				rejects = append(rejects, r.String())
			}
			if diff := cmp.Diff([]string{"line 1: too_long"}, rejects); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			if n := got.counts.Rows[ingest.Events]; n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
		})
	}
}
