// Package propose drafts a column mapping for a table that no profile knows.
//
// It looks at the words of the header and at the values below it, and keeps
// apart what it is sure of and what it only suspects. A suspicion is a comment
// in the mapping and no column of it; where a required column is only suspected,
// there is a question.
//
// The package refuses to guess. It takes no column for the patient's whose
// header does not say so, no order of day and month that the dates do not prove,
// and no doctor's column for that of the person who acted. It maps no old or
// new values and no free text, and its texts quote column names and the words of
// closed vocabularies, never cells about people. It opens nothing and writes
// nothing.
package propose

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// Proposal is a mapping together with what led to it.
type Proposal struct {
	// Mapping is the text of the mapping file.
	Mapping string `json:"mapping"`
	// Runs is true if the mapping can be used as it is. Otherwise a required
	// column is missing, and a question asks for it.
	Runs bool `json:"runs"`
	// Columns says of every column of the table what became of it.
	Columns []Column `json:"columns"`
	// Questions are what a person has to decide.
	Questions []Question `json:"questions"`
	// Unmapped are values of closed vocabularies whose meaning is not known.
	Unmapped []Value `json:"unmapped"`
	// Header is the line of the header, or 0 if the table has none.
	Header int64 `json:"header"`
	// Rows is how many records were looked at.
	Rows int `json:"rows"`
}

// Column is one column of the table.
type Column struct {
	// Index is its position, from 1.
	Index int `json:"index"`
	// Header is its name, or empty if the table has no header.
	Header string `json:"header"`
	// Field is what it was taken for, or empty.
	Field string `json:"field"`
	// Confidence is between 0 and 1.
	Confidence float64 `json:"confidence"`
	// Sure is true if the mapping has it, or leaves it out on purpose.
	Sure bool `json:"sure"`
	// Dropped is true for values and texts that may hold patient data.
	Dropped bool `json:"dropped"`
	// Why is one phrase.
	Why string `json:"why"`
}

// Question is what a person has to decide.
type Question struct {
	// Field is what the answer is for.
	Field string `json:"field"`
	// What is the question.
	What string `json:"what"`
	// Choices are the possible answers.
	Choices []Choice `json:"choices"`
}

// Choice is one answer to a question.
type Choice struct {
	// Text says what it means.
	Text string `json:"text"`
	// Answer goes into [Options.Answers].
	Answer Answer `json:"answer"`
}

// Answer is what somebody has decided about a field.
type Answer struct {
	// Columns are positions from 1; a time may have two.
	Columns []int `json:"columns,omitempty"`
	// Constant is the value of every row, instead.
	Constant string `json:"constant,omitempty"`
	// Order is "month" or "day": which of them a date begins with.
	Order string `json:"order,omitempty"`
}

// Value is a value of a closed vocabulary.
type Value struct {
	// Field is the field whose vocabulary it would belong to.
	Field string `json:"field"`
	// Text is the value, or empty for all those that are not shown.
	Text string `json:"text"`
	// Count is how many rows have it.
	Count int `json:"count"`
}

// Options say what is known beforehand.
type Options struct {
	// Name is the name of the mapping.
	Name string
	// Answers are decisions, by field.
	Answers map[string]Answer
}

// ErrNoTable means that the text cannot be an access log in columns.
var ErrNoTable = errors.New("the file is no table of several columns with times in it")

// maxSample bounds how much of a table is looked at.
const maxSample = 1 << 20

// Propose drafts a mapping for the table that begins with h. The sample is the
// table from its start, or nil if there is no more than h; at most one MiB of it
// is read. The errors are [ErrNoTable] and those of the sample.
func Propose(h ingest.Head, sample io.Reader, o Options) (*Proposal, error) {
	text, complete := h.Bytes, h.Complete
	if sample != nil {
		data, err := io.ReadAll(io.LimitReader(sample, maxSample))
		if err != nil {
			return nil, fmt.Errorf("reading a sample of %s: %w", h.Name, err)
		}
		text, complete = data, len(data) < maxSample
	}
	t, err := readTable(text, complete)
	if err != nil {
		return nil, err
	}
	d := newDraft(t, o)
	if !d.isLog() {
		return nil, ErrNoTable
	}
	d.decide()
	return d.proposal(h), nil
}

// isLog reports whether a column has times, or at least a header that means them.
func (d *draft) isLog() bool {
	return slices.ContainsFunc(d.cols, func(c *col) bool {
		k := c.meaning.kind
		return c.facts.time.share > 0.5 || k == kindTime || k == kindRecordedTime
	})
}
