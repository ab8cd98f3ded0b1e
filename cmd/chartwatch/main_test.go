package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chartwatch/chartwatch/internal/cli"
	"github.com/chartwatch/chartwatch/internal/golden"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"chartwatch": func() { os.Exit(cli.Main(context.Background(), cli.OSEnv())) },
	})
}

// Every script runs in a folder of its own, in the zone of New York, with a
// home that no other script sees. $SAMPLES is the repository's sample_logs.
func TestScript(t *testing.T) {
	samples, err := filepath.Abs(filepath.Join("..", "..", "sample_logs"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       golden.Update(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			e.Setenv("TZ", "America/New_York")
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "share"))
			e.Setenv("APPDATA", filepath.Join(e.WorkDir, "config"))
			e.Setenv("LOCALAPPDATA", filepath.Join(e.WorkDir, "share"))
			e.Setenv("TMPDIR", filepath.Join(e.WorkDir, "tmp"))
			return os.Mkdir(filepath.Join(e.WorkDir, "tmp"), 0o700)
		},
	})
}
