package atna_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/atna"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	ingesttest.Run(t, atna.Plugin())
}

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, atna.Plugin()) }
