package openemr_test

import (
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/openemr"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, openemr.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, openemr.Plugin()) }

// What OpenEMR does not log by default is what people will ask about.
func TestAdvice(t *testing.T) {
	p, err := openemr.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	advisor, ok := p.(ingest.Advisor)
	if !ok {
		t.Fatal("the parser has no advice")
	}
	for _, a := range advisor.Advice() {
		if a.Lacks == ingest.ElementReads && strings.Contains(a.Text, "Audit Logging SELECT Query") && a.Source != "" {
			return
		}
	}
	t.Errorf("no advice on reads: %+v", advisor.Advice())
}
