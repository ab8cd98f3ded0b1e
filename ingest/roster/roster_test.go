package roster_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/roster"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, roster.Plugin()) }

func FuzzRoster(f *testing.F) { ingesttest.Fuzz(f, roster.Plugin()) }
