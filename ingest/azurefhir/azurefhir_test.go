package azurefhir_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/azurefhir"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, azurefhir.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, azurefhir.Plugin()) }
