package ingesttest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
)

// MaxFuzzInput is the size above which [Fuzz] ignores an input.
const MaxFuzzInput = 64 << 10

// shingle is the length of a run of bytes that a message may not share with an
// input.
const shingle = 12

// Fuzz runs a parser on arbitrary input. The seeds are the inputs of all
// fixtures, each with its zone and settings. The properties are: no panic, rows
// and rejects add up to the records, two runs are equal, every batch has its
// schema, no Arrow memory leaks, and no message quotes the input.
//
// A message quotes the input if it shares a run of twelve bytes with it, unless
// a fixture has that run too: the words of the format stand in fixtures, and
// that the cells of fixtures are not quoted is what [Run] checks.
//
// A search with go test -fuzz is much faster with -fuzzminimizetime 5x: by
// default a minute goes into making each new input smaller.
func Fuzz(f *testing.F, p ingest.Plugin) {
	f.Helper()
	fixtures := loadFixtures(f)
	known := map[string]bool{}
	for i, fix := range fixtures {
		members, err := fix.open(f.Context(), p)
		if err != nil {
			members = []member{{name: fix.name, data: fix.input}} // the case is a refusal
		}
		for _, m := range members {
			addShingles(known, string(m.data))
			if len(m.data) <= MaxFuzzInput {
				f.Add(uint8(i), m.data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		if len(data) > MaxFuzzInput {
			return
		}
		fix := fixtures[int(which)%len(fixtures)]
		if _, err := p.New(fix.settings); err != nil {
			return // the fixture is about its settings
		}
		c := &caseRun{fixture: fix, plugin: p}
		in := member{name: fix.name, data: data}
		first, err := parseMember(t.Context(), p, fix.run(), in)
		if broken := (*contractError)(nil); errors.As(err, &broken) {
			t.Fatal(err)
		}
		second, again := parseMember(t.Context(), p, fix.run(), in)
		if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" || errText(err) != errText(again) {
			t.Fatalf("two runs differ: errors %q and %q (-first +second):\n%s", errText(err), errText(again), diff)
		}
		messages := append(first.messages(), errText(err))
		for _, message := range append(messages, c.detectMessage(in)...) {
			if quoted := quotedRun(message, string(data), known); quoted != "" {
				t.Fatalf("a message quotes the input (%q): %s", quoted, message)
			}
		}
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// addShingles remembers every run of bytes of s.
func addShingles(known map[string]bool, s string) {
	for i := 0; i+shingle <= len(s); i++ {
		known[s[i:i+shingle]] = true
	}
}

// quotedRun returns a run of bytes that a message shares with the input and
// that no fixture has, or nothing.
func quotedRun(message, input string, known map[string]bool) string {
	for i := 0; i+shingle <= len(message); i++ {
		run := message[i : i+shingle]
		if !known[run] && strings.Contains(input, run) {
			return run
		}
	}
	return ""
}
