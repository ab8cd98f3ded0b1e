package ingesttest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

// flawVariable tells a child process which flaw its parser has.
const flawVariable = "CHARTWATCH_TOY_FLAW"

func TestRun(t *testing.T) { ingesttest.Run(t, toyPlugin(os.Getenv(flawVariable))) }

func FuzzToy(f *testing.F) { ingesttest.Fuzz(f, toyPlugin(os.Getenv(flawVariable))) }

// TestSuiteNotices runs the suite on parsers with a flaw, each in a process of
// its own, and expects it to fail for the right reason.
func TestSuiteNotices(t *testing.T) {
	for flaw, want := range map[string]string{
		"accepts-everything":   "Detect accepts",
		"quotes-in-detect":     "a message quotes the cell",
		"quotes-in-errors":     "a message quotes the cell",
		"quotes-in-rejects":    "a message quotes the cell",
		"swallows-read-errors": "reading fails after",
		"stops-early":          `section "rows.ndjson"`,
		"not-repeatable":       `section "rows.ndjson"`,
		"no-flag":              "must show a local time that is ambiguous",
	} {
		t.Run(flaw, func(t *testing.T) {
			out := runChild(t, ".", flaw, "^TestRun$")
			if !strings.Contains(out, want) || !strings.Contains(out, "--- FAIL: TestRun") {
				t.Errorf("want a failure with %q, got:\n%s", want, out)
			}
		})
	}
}

// TestFuzzNotices runs the properties on an input that a message quotes.
func TestFuzzNotices(t *testing.T) {
	out := runChild(t, ".", "quotes-in-detect", "^FuzzToy$")
	if !strings.Contains(out, "a message quotes the input") || !strings.Contains(out, "--- FAIL: FuzzToy/no_toy_log") {
		t.Errorf("want a failure, got:\n%s", out)
	}
}

func TestSuiteNeedsFixtures(t *testing.T) {
	for _, run := range []string{"^TestRun$", "^FuzzToy$"} {
		out := runChild(t, t.TempDir(), "", run)
		if !strings.Contains(out, "testdata has no *.txtar fixture") || !strings.Contains(out, "--- FAIL: ") {
			t.Errorf("%s without fixtures gives:\n%s", run, out)
		}
	}
}

// runChild runs tests of this binary in dir and returns what they print.
func runChild(t *testing.T, dir, flaw, run string) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), binary, "-test.run="+run)
	child.Dir = dir
	child.Env = append(os.Environ(), flawVariable+"="+flaw, "UPDATE_GOLDEN=0")
	out, _ := child.CombinedOutput() // the exit status is in what it prints
	return string(out)
}

func TestParse(t *testing.T) {
	zone := time.FixedZone("clinic", 3600)
	text := toyHeader + "\n2025-05-05 10:00;mdoyle;Ana Brightwater;view\n\nnever;mdoyle;Ana Brightwater;view\n"
	got, err := ingesttest.Parse(t.Context(), toyPlugin(""), ingest.Settings{}, "log.csv", zone, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"dataset": "events", "line": 2.0, "part": 0.0, "occurred_at": "2025-05-05T09:00:00Z", "tz_basis": "source_setting",
		"user_id": "mdoyle", "patient_name": "Ana Brightwater", "action": "view", "action_raw": "view", "outcome": "unknown",
		"break_glass": false, "granularity": "event",
	}}
	if diff := cmp.Diff(want, got.Rows()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(got.Rejects) != 1 || got.Rejects[0].String() != `line 4, column "when": bad_time` {
		t.Errorf("rejects are %v", got.Rejects)
	}
	if c := got.Counts; c.Records != 2 || c.Rejected != 1 || c.Skipped[ingest.SkipBlank] != 1 {
		t.Errorf("counts are %+v", c)
	}
	_, err = ingesttest.Parse(t.Context(), toyPlugin(""), ingest.Settings{}, "log.csv", zone, []byte("Dear all,\n"))
	if err == nil || err.Error() != "detect: the header is not that of a toy log" {
		t.Errorf("got error %v", err)
	}
}
