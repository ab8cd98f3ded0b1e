package ingesttest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

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
// A message quotes the input if it shares a run of twelve bytes with it, unless all words
// of that run stand in fixtures or their messages: these are the words of the format, and
// that the cells of fixtures are not quoted is what [Run] checks.
//
// A search with go test -fuzz is much faster with -fuzzminimizetime 5x: by
// default a minute goes into making each new input smaller.
func Fuzz(f *testing.F, p ingest.Plugin) {
	f.Helper()
	fixtures := loadFixtures(f)
	var known strings.Builder
	for i, fix := range fixtures {
		members, err := fix.open(f.Context(), p)
		if err != nil {
			members = []member{{name: fix.name, data: fix.input}} // the case is a refusal
		}
		c := &caseRun{fixture: fix, plugin: p}
		for _, m := range members {
			_, err := parseMember(f.Context(), p, fix.run(), m)
			for _, text := range append(c.detectMessage(m), errText(err), string(m.data)) {
				known.WriteString(text + "\n")
			}
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
			if quoted := quotedRun(message, string(data), known.String()); quoted != "" {
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

// quotedRun returns a run of bytes that a message shares with the input, and that has a
// word which no known text has, or nothing.
func quotedRun(message, input, known string) string {
	for i := 0; i+shingle <= len(message); i++ {
		run := message[i : i+shingle]
		if !strings.Contains(input, run) || strings.Contains(known, run) {
			continue
		}
		words := strings.FieldsFunc(run, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(known, word) }) {
			return run
		}
	}
	return ""
}
