package bahmni_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/bahmni"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, bahmni.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, bahmni.Plugin()) }
