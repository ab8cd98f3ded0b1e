package openmrs_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/openmrs"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, openmrs.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, openmrs.Plugin()) }
