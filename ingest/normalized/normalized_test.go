package normalized_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/normalized"
)

func TestParser(t *testing.T) { ingesttest.Run(t, normalized.Plugin()) }

func FuzzParser(f *testing.F) { ingesttest.Fuzz(f, normalized.Plugin()) }
