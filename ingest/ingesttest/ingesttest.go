// Package ingesttest is the conformance suite that every parser runs, and the
// fuzz target that every parser has.
//
// A parser's own tests are fixtures: txtar files in its testdata folder. The
// text above the first section says what the case shows. The sections are
//
//	zone           IANA zone for times without an offset (default America/New_York)
//	name           name of the file (default "input")
//	mapping.yaml   column mapping, becomes Settings.Mapping
//	options        exemptions, one a line: "name: reason"
//	input          the export, or
//	input.base64   the same for bytes that are no text
//	rows.ndjson    expected rows, one JSON object a line
//	rejects.txt    expected rejects, as Reject.String
//	skipped.txt    expected skips, "kind n"
//	notes.txt      expected notes, "kind count"
//	error.txt      the expected error, if the file as a whole is unusable
//	refused.txt    the expected reason, if Detect refuses the file
//
// The last six are written by go test with -update and then read by a person.
// A section that is empty is left out, but error.txt and refused.txt must have
// been put there before an update fills them.
//
// Options are no-crlf (line endings are content), truncation-may-cut-last (a
// cut-off last record can still be a well-formed one), explicit-zone-only
// (the format always writes an offset, so there is no dst.txtar) and no-last-newline
// (the input ends without the line ending that a section always has).
//
// The package never skips: a parser without fixtures fails. It does not judge
// whether rows are right; that is what reading the fixtures is for.
package ingesttest

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
)

// Run checks a parser against its fixtures and against what the contract of
// package ingest asks of every parser. Call it from the parser's own test.
func Run(t *testing.T, p ingest.Plugin) {
	t.Helper()
	if _, err := ingest.NewRegistry(p); err != nil {
		t.Fatal(err)
	}
	fixtures := loadFixtures(t)
	usable := false
	for _, f := range fixtures {
		t.Run(f.title, func(t *testing.T) {
			usable = f.check(t, p) || usable
		})
	}
	t.Run("refuses-other-files", func(t *testing.T) { checkRefusals(t, p, fixtures) })
	t.Run("daylight-saving", func(t *testing.T) { checkZones(t, p, fixtures) })
	if !usable && !t.Failed() {
		t.Error("no fixture gives a row")
	}
}

// check runs every check that needs a fixture. It reports whether the fixture
// gives rows.
func (f *fixture) check(t *testing.T, p ingest.Plugin) bool {
	t.Helper()
	members, err := f.open(t.Context(), p)
	var result Result
	if err == nil {
		result, err = parseMembers(t.Context(), p, f.run(), members)
	}
	t.Run("golden", func(t *testing.T) { f.expect(t, result, err) })
	if members == nil || t.Failed() {
		return false
	}
	c := &caseRun{fixture: f, plugin: p, members: members, want: result, fails: err != nil}
	t.Run("repeatable", c.repeatable)
	t.Run("short-reads", c.shortReads)
	t.Run("line-ends", c.lineEnds)
	t.Run("truncation", c.truncation)
	t.Run("read-error", c.readError)
	t.Run("cancellation", c.cancellation)
	t.Run("no-cell-in-messages", c.canary)
	t.Run("round-trip", c.roundTrip)
	return len(result.Lines) > 0
}
