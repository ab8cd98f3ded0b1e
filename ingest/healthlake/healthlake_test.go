package healthlake_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/healthlake"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, healthlake.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, healthlake.Plugin()) }
