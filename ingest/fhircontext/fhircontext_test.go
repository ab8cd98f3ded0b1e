package fhircontext_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/fhircontext"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, fhircontext.Plugin()) }

func FuzzContext(f *testing.F) { ingesttest.Fuzz(f, fhircontext.Plugin()) }

// parse reads text and returns its rows as JSON lines and its rejects.
func parse(t *testing.T, text string) (lines, rejects []string) {
	t.Helper()
	result, err := ingesttest.Parse(t.Context(), fhircontext.Plugin(), ingest.Settings{}, "input", time.UTC, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range result.Rejects {
		rejects = append(rejects, r.String())
	}
	return result.Lines, rejects
}

func TestReferences(t *testing.T) {
	for reference, want := range map[string]string{
		`"reference":"Practitioner/12"`:                               "12",
		`"reference":"https://x.example/fhir/Practitioner/12"`:        "12",
		`"reference":"Practitioner/12/_history/4"`:                    "12",
		`"reference":"Practitioner?identifier=urn:npi|12"`:            "12",
		`"reference":"Practitioner?identifier=12"`:                    "12",
		`"reference":"urn:uuid:12"`:                                   "12",
		`"reference":"urn:uuid:12","type":"Practitioner"`:             "12",
		`"identifier":{"value":"12"}`:                                 "12",
		`"identifier":{"value":"12"},"type":"Practitioner"`:           "12",
		`"identifier":{"value":"12"},"type":"RelatedPerson"`:          "",
		`"reference":"urn:uuid:12","type":"PractitionerRole"`:         "",
		`"reference":"PractitionerRole/12"`:                           "",
		`"reference":"RelatedPerson/12"`:                              "",
		`"reference":"Practitioner"`:                                  "",
		`"reference":"#12"`:                                           "",
		`"display":"Somebody"`:                                        "",
		`"reference":"Practitioner/12","identifier":{"value":"npi"}`:  "12",
		`"reference":"https://x.example/Practitioner/12/_history/4/"`: "12",
	} {
		lines, rejects := parse(t, `{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/p"},`+
			`"participant":[{"individual":{`+reference+`}}],"period":{"start":"2024-03-05T09:00:00Z"}}`)
		provider := ""
		if want != "" {
			provider = `"provider_id":"` + want + `",`
		}
		rows := []string{`{"dataset":"appointments","line":1,"appointment_id":"e","patient_id":"p",` + provider +
			`"starts_at":"2024-03-05T09:00:00Z","tz_basis":"explicit"}`}
		if diff := cmp.Diff(rows, lines); diff != "" || len(rejects) > 0 {
			t.Errorf("%s: rejects %q, rows (-want +got):\n%s", reference, rejects, diff)
		}
	}
}

// TestRejectsCarryWhatIsKnown looks at what a reject says beside its reason.
func TestRejectsCarryWhatIsKnown(t *testing.T) {
	const text = `{"resourceType":"Appointment","start":"2024-03-05T09:00:00Z","end":"2024-03-05T08:00:00Z",` +
		`"participant":[{"actor":{"reference":"Patient/p7"}}]}`
	result, err := ingesttest.Parse(t.Context(), fhircontext.Plugin(), ingest.Settings{}, "input", time.UTC, []byte(text+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []ingest.Reject{{
		Line: 1, Column: "end", Reason: ingest.ReasonBadValue, PatientID: "p7",
		At: time.Date(2024, 3, 5, 9, 0, 0, 0, time.UTC), Raw: []byte(text),
	}}
	if diff := cmp.Diff(want, result.Rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

// TestGroupTherapy gives one row for each patient and provider.
func TestGroupTherapy(t *testing.T) {
	lines, _ := parse(t, `{"resourceType":"Appointment","start":"2024-03-05T09:00:00Z","participant":[`+
		`{"actor":{"reference":"Patient/a"}},{"actor":{"reference":"Practitioner/x"}},`+
		`{"actor":{"reference":"Patient/b"}},{"actor":{"reference":"Practitioner/y"}},{"actor":{"reference":"Patient/a"}}]}`)
	var want []string
	for _, pair := range []string{"a x", "a y", "b x", "b y"} {
		want = append(want, fmt.Sprintf(`{"dataset":"appointments","line":1,"patient_id":"%c","provider_id":"%c",`+
			`"starts_at":"2024-03-05T09:00:00Z","tz_basis":"explicit"}`, pair[0], pair[2]))
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// bundle writes a Bundle of many patients, of which one is above the limit of a
// record, and looks at the heap on the way.
type bundle struct {
	patients int
	written  int
	rest     []byte
	heap     uint64
}

const huge = 100 // the patient above the limit

func (b *bundle) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.written > b.patients+1 {
			return 0, io.EOF
		}
		b.rest = []byte(b.part(b.written))
		b.written++
		if b.written%2000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.heap = max(b.heap, m.HeapAlloc)
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *bundle) part(i int) string {
	size := 1000
	switch i {
	case 0:
		return "{\"resourceType\":\"Bundle\",\n\"entry\":[\n"
	case b.patients + 1:
		return "],\n\"total\":1}\n"
	case huge:
		size = 3 << 20
	}
	comma := ",\n"
	if i == b.patients {
		comma = "\n"
	}
	text := strings.Repeat("[{\\\"", size/4) // brackets and a quote that are only text
	return fmt.Sprintf(`{"resource":{"resourceType":"Patient","id":"p%d","text":"`, i) + text + `"}}` + comma
}

type sink struct{ rejects []string }

func (*sink) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }

func (s *sink) WriteReject(_ context.Context, r ingest.Reject) error {
	s.rejects = append(s.rejects, r.String())
	return nil
}

// TestMemoryIsBounded reads a Bundle that is much larger than what may be kept.
func TestMemoryIsBounded(t *testing.T) {
	p, err := fhircontext.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	to := &sink{}
	w := ingest.NewWriter(to, ingest.WriterOptions{BatchRows: 100})
	defer w.Release()
	data := &bundle{patients: 12_000}
	if err := p.Parse(t.Context(), ingest.Source{Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: data}, w); err != nil {
		t.Fatal(err)
	}
	if got := w.Counts().Rows[ingest.PatientRows]; got != 11_999 {
		t.Errorf("%d patients, want 11999", got)
	}
	if diff := cmp.Diff([]string{"line 102: too_long"}, to.rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if limit := uint64(10 << 20); data.heap > limit {
		t.Errorf("the heap reaches %d bytes, want at most %d for a file of 15 MB", data.heap, limit)
	}
}

// TestLongLines shows that a line above the limit spoils itself only.
func TestLongLines(t *testing.T) {
	const patient = `{"resourceType":"Patient","id":"p%d"}` + "\n"
	long := `{"resourceType":"Patient","id":"` + strings.Repeat("x", 2<<20) + `"}` + "\n"
	lines, rejects := parse(t, fmt.Sprintf(patient, 1)+long+fmt.Sprintf(patient, 3))
	want := []string{
		`{"dataset":"patients","line":1,"patient_id":"p1","vip":false}`,
		`{"dataset":"patients","line":3,"patient_id":"p3","vip":false}`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"line 2: too_long"}, rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

// TestBundlesInBundles nests as deep as the limit allows, and deeper.
func TestBundlesInBundles(t *testing.T) {
	nest := func(n int) string {
		return strings.Repeat(`{"resourceType":"Bundle","entry":[{"resource":`, n) + `{"resourceType":"Patient","id":"p"}` +
			strings.Repeat(`}]}`, n)
	}
	for n, want := range map[int]int{1: 1, 2: 1, 15: 1, 40: 0} {
		// A first patient decides that the file is read.
		lines, rejects := parse(t, `[{"resourceType":"Patient","id":"first"},`+nest(n)+`]`)
		if len(lines) != 1+want || len(rejects) != 1-want {
			t.Errorf("%d levels: %d rows and rejects %q", n, len(lines), rejects)
		}
	}
}

func TestDetectNeedsNoWholeResource(t *testing.T) {
	p, err := fhircontext.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","photo":"AAAA`:                           "",
		` [{"id":"1","resourceType":"Encounter","text":"`:                                                                 "",
		`{"resourceType":"Organization","id":"o"}` + "\n" + `{"resourceType":"Practitioner"`:                              "",
		`{"entry":[{"resource":{"resourceType":"OperationOutcome"}},{"resource":{"resourceType":"Appointment"`:            "",
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","subject":{"resourceType":"Patient"`: "none of the first resources is a Practitioner, PractitionerRole, Patient, Appointment or Encounter",
		`{"resourceType" : "Patient"}` + "\n" + `{"resourceType": "AuditEvent"`:                                           "the file holds AuditEvent resources, which belong to parser fhiraudit",
		`<Patient xmlns="http://hl7.org/fhir"/>`:                                                                          "the file is not JSON",
		`{"resourceType":1}`:                                                                                              "the file shows no FHIR resource",
		`[1,2`:                                                                                                            "the file shows no FHIR resource",
	} {
		got := ""
		if err := p.Detect(ingest.Head{Name: "input", Bytes: []byte(text)}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Detect(%s) = %q, want %q", text, got, want)
		}
	}
}
