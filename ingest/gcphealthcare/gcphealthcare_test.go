package gcphealthcare_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/gcphealthcare"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, gcphealthcare.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, gcphealthcare.Plugin()) }
