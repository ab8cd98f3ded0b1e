package ingesttest_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestRun(t *testing.T) { ingesttest.Run(t, toyPlugin("")) }

func FuzzToy(f *testing.F) { ingesttest.Fuzz(f, toyPlugin("")) }
