package openemr_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/openemr"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, openemr.Plugin()) }

func FuzzParse(f *testing.F) { ingesttest.Fuzz(f, openemr.Plugin()) }
