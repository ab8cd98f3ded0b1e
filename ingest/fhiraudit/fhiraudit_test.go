package fhiraudit_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/fhiraudit"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	ingesttest.Run(t, fhiraudit.Plugin())
}

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, fhiraudit.Plugin()) }
