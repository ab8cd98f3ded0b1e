package patients_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/patients"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, patients.Plugin()) }

func FuzzPatients(f *testing.F) { ingesttest.Fuzz(f, patients.Plugin()) }
