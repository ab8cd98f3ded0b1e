package oscar_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/oscar"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, oscar.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, oscar.Plugin()) }
