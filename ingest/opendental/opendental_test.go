package opendental_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/opendental"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, opendental.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, opendental.Plugin()) }
