package ingesttest

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/normalized"
)

// roundTrip writes the rows in the interchange format and reads them again.
func (c *caseRun) roundTrip(t *testing.T) {
	if len(c.want.Lines) == 0 {
		return
	}
	text := []byte(joinLines(c.want.Lines))
	again, err := Parse(t.Context(), normalized.Plugin(), ingest.Settings{}, "rows.ndjson", c.fixture.zone, text)
	if err != nil {
		t.Fatalf("reading the rows back: %v", err)
	}
	if diff := diffText(joinLines(c.want.Lines), joinLines(again.Lines)); diff != "" {
		t.Errorf("rows change on the way through package normalized (-want +got):\n%s", diff)
	}
	if rejects := again.rejectLines(); rejects != "" {
		t.Errorf("package normalized rejects rows of this parser:\n%s", rejects)
	}
}
