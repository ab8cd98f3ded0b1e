package ingesttest

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// minToken is the length from which a cell's content counts as a canary.
const minToken = 4

// canary damages the input in many ways and makes sure that no message quotes a
// cell: the cells of the expected rows are the canaries.
func (c *caseRun) canary(t *testing.T) {
	tokens := canaries(c.want)
	for i, m := range c.members {
		for n := range corruptions {
			damaged := m
			damaged.data = corrupt(m.data, n)
			got, err := parseMember(t.Context(), c.plugin, c.fixture.run(), damaged)
			messages := got.messages()
			if err != nil {
				messages = append(messages, err.Error())
			}
			messages = append(messages, c.detectMessage(damaged)...)
			for _, message := range messages {
				if token := leaked(message, tokens); token != "" {
					// The fixture is synthetic, so the message may be shown here.
					t.Errorf("member %d, damaged in way %d: a message quotes the cell %q: %s", i, n, token, message)
				}
			}
		}
	}
}

// messages returns every text of a run that may reach a screen or a log. The words that
// [ingest.Reject.String] puts around a column are left out: they are the same for all inputs.
func (r *Result) messages() []string {
	var all []string
	for _, reject := range r.Rejects {
		all = append(all, reject.Column, string(reject.Reason))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (c *caseRun) detectMessage(m member) []string {
	parser, err := c.plugin.New(c.fixture.settings)
	if err != nil {
		return []string{err.Error()}
	}
	head := ingest.Head{Name: m.name, Bytes: m.data[:min(len(m.data), ingest.HeadSize)], Complete: len(m.data) < ingest.HeadSize}
	if err := parser.Detect(head); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// personal lists the columns whose content identifies somebody or something a
// person did. Codes and labels of the product, such as action_raw, are left
// out: they are words that a message may well contain.
func personal() []string {
	return []string{
		ingest.ColSourceEventID, ingest.ColUserID, ingest.ColUserAltID, ingest.ColUserName, ingest.ColOnBehalfOf,
		ingest.ColPatientID, ingest.ColPatientName, ingest.ColRecordID, ingest.ColRecordLabel, ingest.ColWorkstation,
		ingest.ColIP, ingest.ColOutcomeReason, ingest.ColSessionID, ingest.ColRequestID, ingest.ColReason,
		"name", "first_name", "last_name", "birth_date", "address", "appointment_id", "provider_id",
	}
}

// canaries collects the cells, and the words of names, that no message may have.
func canaries(r Result) []string {
	known := vocabulary()
	found := map[string]bool{}
	for _, row := range r.Rows() {
		for _, column := range personal() {
			value, _ := row[column].(string)
			if value == "" {
				continue
			}
			candidates := []string{value}
			if strings.Contains(column, "name") {
				candidates = append(candidates, strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) })...)
			}
			for _, token := range candidates {
				if len(token) >= minToken && !known[strings.ToLower(token)] {
					found[token] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// vocabulary holds the words of the contract, in lower case.
func vocabulary() map[string]bool {
	known := map[string]bool{}
	for _, d := range ingest.Datasets() {
		schema, err := ingest.Schema(d)
		if err != nil {
			continue
		}
		known[string(d)] = true
		for _, f := range schema.Fields() {
			known[f.Name] = true
			for word := range strings.SplitSeq(f.Name, "_") {
				known[word] = true
			}
		}
	}
	add := func(words ...string) {
		for _, w := range words {
			known[w] = true
		}
	}
	for _, a := range ingest.Actions() {
		add(string(a))
	}
	for _, r := range ingest.RecordTypes() {
		add(string(r))
	}
	for _, r := range ingest.Reasons() {
		add(string(r))
	}
	for _, o := range ingest.Outcomes() {
		add(string(o))
	}
	return known
}

// leaked returns the token that a message has as a word of its own, or nothing.
// Numbers that say where something is are no leak.
func leaked(message string, tokens []string) string {
	position := regexp.MustCompile(`(?i)\b(line|byte|offset|record|row|column|char|character|at|position|element)s? \d+`)
	message = position.ReplaceAllString(message, "")
	for _, token := range tokens {
		for rest, at := message, 0; ; {
			i := strings.Index(rest[at:], token)
			if i < 0 {
				break
			}
			start, end := at+i, at+i+len(token)
			if boundary(rest[:start], true) && boundary(rest[end:], false) {
				return token
			}
			at = start + 1
		}
	}
	return ""
}

// boundary reports whether no word continues at the end, or the start, of s.
func boundary(s string, atEnd bool) bool {
	r, size := utf8.DecodeRuneInString(s)
	if atEnd {
		r, size = utf8.DecodeLastRuneInString(s)
	}
	return size == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// corruptions is the number of ways in which corrupt damages an input.
const corruptions = 64

// corrupt returns a damaged copy of data; the same n always does the same.
func corrupt(data []byte, n int) []byte {
	if len(data) == 0 {
		return nil
	}
	// The places are spread over the whole input, at distances prime to each other.
	at := (n*7919 + 13) * 104729 % len(data)
	out := bytes.Clone(data)
	switch n % 8 {
	case 0: // a flipped bit
		out[at] ^= 1 << (n / 8)
	case 1: // another byte
		out[at] = `"',;|<{[`[n/8]
	case 2: // a missing line, at first that of the header
		if n < 8 {
			at = 0
		}
		start, end := lineAround(data, at)
		out = slices.Delete(out, start, end)
	case 3: // cut off
		out = out[:at]
	case 4: // a separator twice
		out = insertAfter(out, at, ",;\t|:= ")
	case 5: // a stray quote
		out = slices.Insert(out, at, '"')
	case 6: // a line twice
		start, end := lineAround(data, at)
		out = slices.Insert(out, start, data[start:end]...)
	case 7: // digits become letters, so that numbers and times cannot be read
		start, end := lineAround(data, at)
		for i := start; i < end; i++ {
			if out[i] >= '0' && out[i] <= '9' && (i+n/8)%3 == 0 {
				out[i] = 'x'
			}
		}
	}
	return out
}

// lineAround returns where the line around data[at] starts and ends.
func lineAround(data []byte, at int) (start, end int) {
	start = bytes.LastIndexByte(data[:at], '\n') + 1
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return start, at + i + 1
	}
	return start, len(data)
}

// insertAfter doubles the first of the separators that stands behind at.
func insertAfter(data []byte, at int, separators string) []byte {
	i := bytes.IndexAny(data[at:], separators)
	if i < 0 {
		return data
	}
	return slices.Insert(data, at+i, data[at+i])
}
