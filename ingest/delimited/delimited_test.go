package delimited_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/delimited"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestPlugin(t *testing.T) { ingesttest.Run(t, delimited.Plugin()) }

func FuzzPlugin(f *testing.F) { ingesttest.Fuzz(f, delimited.Plugin()) }
