package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chartwatch/chartwatch/internal/cli"
	"github.com/chartwatch/chartwatch/internal/golden"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "at" {
		os.Exit(runAt(os.Args[2], os.Args[3:]))
	}
	flag.Int("weeks", 3, "how many weeks TestYear plays")
	flag.Int("kills", 4, "how many of its runs are killed")
	flag.Int("files", 10, "how many files TestBeside puts into the drop folder")
	flag.Int("sites", 3, "how many practices TestFleet serves")
	flag.Int("seed", 1, "what its chances depend on")
	testscript.Main(m, map[string]func(){
		"chartwatch": func() { os.Exit(cli.Main(context.Background(), cli.OSEnv())) },
		"at":         func() { os.Exit(runAt(os.Args[1], os.Args[2:])) }, // at TIME ARGS...
	})
}

// runAt is the program as a process of its own, with a clock that begins at a time.
func runAt(text string, args []string) int {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 99
	}
	began := time.Now()
	env := cli.OSEnv()
	env.Args, env.Clock = args, func() time.Time { return at.Add(time.Since(began)) }
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Main(ctx, env)
}

// Every script runs in a folder of its own, in the zone of New York, with a
// home that no other script sees. $SAMPLES is the repository's sample_logs.
func TestScript(t *testing.T) {
	samples, err := filepath.Abs(filepath.Join("..", "..", "sample_logs"))
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := filepath.Abs(filepath.Join("..", "..", "internal", "report", "schema"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       golden.Update(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"findingid": findingID, "suppressionid": suppressionID, "fits": fits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			e.Setenv("SCHEMAS", schemas)
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

// findingID sets a variable to the id of the first finding of a rule in a file
// that a review or a list has written: findingid VARIABLE RULE FILE.
func findingID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: findingid VARIABLE RULE FILE")
	}
	type finding struct {
		ID   string `json:"id"`
		Rule string `json:"rule"`
	}
	text := []byte(ts.ReadFile(args[2]))
	var list []finding
	if json.Unmarshal(text, &list) != nil {
		var report struct {
			Findings []finding `json:"findings"`
		}
		ts.Check(json.Unmarshal(text, &report))
		list = report.Findings
	}
	for _, f := range list {
		if f.Rule == args[1] {
			ts.Setenv(args[0], f.ID)
			return
		}
	}
	ts.Fatalf("%s has no finding of rule %s", args[2], args[1])
}

// suppressionID sets a variable to the id of the exception that a file tells of:
// suppressionid VARIABLE FILE.
func suppressionID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: suppressionid VARIABLE FILE")
	}
	var made struct {
		Suppression struct {
			ID string `json:"id"`
		} `json:"suppression"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &made))
	ts.Setenv(args[0], made.Suppression.ID)
}

// fits checks a document that a command has written against its schema in
// internal/report/schema: fits NAME FILE.
func fits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fits NAME FILE")
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(ts.Getenv("SCHEMAS"), args[0]+".schema.json"))
	ts.Check(err)
	ts.Check(schema.Validate(document))
}
