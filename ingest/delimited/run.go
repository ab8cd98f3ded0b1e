package delimited

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// run reads one file: the mapping compiled to the places of the file's columns.
type run struct {
	layout  *located
	w       *ingest.Writer
	line    int64
	blank   ingest.Event // what every event has: constants and defaults
	texts   []textStep
	words   []wordStep
	at      *timeStep
	others  []*timeStep // recorded_at, ended_at
	count   *textStep   // n_records
	patient *textStep   // for rejects
	scratch []byte
	parts   []string

	ended   bool // a footer was seen
	pending []pendingRow
}

// pendingRow is a row of one cell that may belong to the footer.
type pendingRow struct {
	line int64
	raw  []byte
}

// maxPending is how many lines a footer of single cells may have.
const maxPending = 20

// textStep fills one text field.
type textStep struct {
	place  int
	places []int // instead of place, if there are several
	into   textNumber
	name   textNumber // for the name beside an id
	column *column
	none   int // the length of the longest value that means nothing
}

// wordStep fills one field of a closed set.
type wordStep struct {
	place  int
	places []int
	into   wordNumber
	join   string
	none   []string
	*lookup
}

func newRun(l *located, src ingest.Source, w *ingest.Writer) *run {
	r := &run{layout: l, w: w, blank: ingest.Event{
		Granularity: l.mapping.granularity, Outcome: l.mapping.outcome, Action: ingest.ActionOther,
	}}
	for field, value := range l.mapping.constants {
		if into := textField(&r.blank, textNumberOf(field)); into != nil {
			*into = value
		} else {
			setWord(&r.blank, wordNumberOf(field), value)
		}
	}
	for i := range l.mapping.columns {
		if l.places[i] != nil {
			r.addStep(&l.mapping.columns[i], l.places[i], src)
		}
	}
	for _, o := range l.orders {
		if o.assumed {
			w.Note(ingest.Note{Kind: ingest.NoteDateOrderAssumed})
		}
	}
	return r
}

// addStep compiles one column.
func (r *run) addStep(c *column, places []int, src ingest.Source) {
	place := places[0]
	if len(places) == 1 {
		places = nil
	}
	if closedSet(c.field) != nil {
		v := r.layout.mapping.values[c.field]
		if v == nil {
			v = newVocabulary(c.field, true)
		}
		r.words = append(r.words, wordStep{
			place: place, places: places, into: wordNumberOf(c.field), join: c.join, none: c.none, lookup: newLookup(v),
		})
		return
	}
	step := textStep{place: place, places: places, column: c, into: textNumberOf(c.field)}
	for _, n := range c.none {
		step.none = max(step.none, len(n))
	}
	switch c.field {
	case ingest.ColOccurredAt:
		r.at = newTimeStep(step, r.layout, src)
	case ingest.ColRecordedAt, ingest.ColEndedAt:
		r.others = append(r.others, newTimeStep(step, r.layout, src))
	case ingest.ColRecordCount:
		r.count = &step
	default:
		if c.idName || c.nameID {
			step.name = textNumberOf(nameField(c.field))
		}
		r.texts = append(r.texts, step)
		if c.field == ingest.ColPatientID {
			r.patient = &step
		}
	}
}

// row handles one record.
func (r *run) row(ctx context.Context, row *ingest.Row) error {
	switch {
	case row.Fields == nil && row.Problem == "", isEmpty(row):
		r.w.Skip(ingest.SkipBlank)
		return nil
	case len(r.layout.mapping.footers) > 0 && r.isFooter(row):
		r.ended = true
		r.w.Skip(ingest.SkipPreamble)
		return nil
	case r.ended && row.Problem == ingest.ReasonFieldCount:
		r.w.Skip(ingest.SkipPreamble)
		return nil
	case r.layout.mapping.singleFooter && filled(row) <= 1 && len(r.pending) < maxPending:
		r.pending = append(r.pending, pendingRow{line: row.Line, raw: bytes.Clone(row.Raw)})
		return nil
	}
	if len(r.pending) > 0 {
		if err := r.rejectPending(ctx); err != nil {
			return err
		}
	}
	if row.Problem != "" {
		return r.w.Reject(ctx, ingest.Reject{Line: row.Line, Reason: row.Problem, Raw: row.Raw})
	}
	return r.event(ctx, row)
}

// rejectPending gives up on rows of one cell that turned out to stand among the
// records.
func (r *run) rejectPending(ctx context.Context) error {
	for _, p := range r.pending {
		if err := r.w.Reject(ctx, ingest.Reject{Line: p.line, Reason: ingest.ReasonFieldCount, Raw: p.raw}); err != nil {
			return err
		}
	}
	r.pending = r.pending[:0]
	return nil
}

// isEmpty reports whether a row has separators and spaces only.
func isEmpty(row *ingest.Row) bool {
	if len(row.Fields) > 0 && row.Fields[0] != "" && row.Fields[0][0] > ' ' {
		return false
	}
	return (row.Problem == "" || row.Problem == ingest.ReasonFieldCount) && filled(row) == 0
}

func filled(row *ingest.Row) int {
	n := 0
	for _, f := range row.Fields {
		if strings.TrimSpace(f) != "" {
			n++
		}
	}
	return n
}

func (r *run) isFooter(row *ingest.Row) bool {
	for _, f := range row.Fields {
		cell := clean(f)
		if cell == "" {
			continue
		}
		for _, text := range r.layout.mapping.footers {
			if strings.HasPrefix(cell, text) {
				return true
			}
		}
		return false
	}
	return false
}

// event makes one event of a record.
func (r *run) event(ctx context.Context, row *ingest.Row) error {
	e := r.blank
	e.Line = row.Line
	instant, reason, err := r.at.read(row.Fields)
	if err != nil {
		return err
	}
	if reason != "" {
		return r.reject(ctx, row, r.at.column, reason, time.Time{})
	}
	e.At, e.TZBasis, e.TimeFlag = instant.at, instant.basis, instant.flag
	for i := range r.texts {
		r.texts[i].fill(&e, row.Fields)
	}
	for _, t := range r.others {
		instant, reason, err := t.read(row.Fields)
		if err != nil {
			return err
		}
		switch {
		case reason == ingest.ReasonMissingTime:
		case reason != "":
			return r.reject(ctx, row, t.column, reason, e.At)
		case t.column.field == ingest.ColRecordedAt:
			e.RecordedAt = instant.at
		default:
			e.EndedAt = instant.at
		}
	}
	if r.count != nil {
		if cell := r.count.cell(row.Fields); cell != "" {
			n, err := strconv.ParseInt(cell, 10, 64)
			if err != nil || n < 0 {
				return r.reject(ctx, row, r.count.column, ingest.ReasonBadValue, e.At)
			}
			e.RecordCount = n
		}
	}
	r.fillWords(&e, row.Fields)
	return r.w.Event(ctx, e)
}

func (r *run) reject(ctx context.Context, row *ingest.Row, c *column, reason ingest.Reason, at time.Time) error {
	reject := ingest.Reject{Line: row.Line, Column: c.label(), Reason: reason, At: at, Raw: row.Raw}
	if r.patient != nil {
		var e ingest.Event
		r.patient.fill(&e, row.Fields)
		reject.PatientID = e.PatientID
	}
	return r.w.Reject(ctx, reject)
}

// cell returns the cell of a step, or nothing if its value means nothing.
func (s *textStep) cell(fields []string) string {
	var cell string
	if s.places == nil {
		if s.place >= len(fields) {
			return ""
		}
		cell = clean(fields[s.place])
	} else {
		cell = joinCells(fields, s.places, s.column.join)
	}
	if cell != "" && len(cell) <= s.none && isNone(cell, s.column.none) {
		return ""
	}
	return cell
}

func isNone(cell string, none []string) bool {
	for _, n := range none {
		if strings.EqualFold(cell, n) {
			return true
		}
	}
	return false
}

// fill puts a cell into its field.
func (s *textStep) fill(e *ingest.Event, fields []string) {
	cell := s.cell(fields)
	if cell == "" {
		return
	}
	if s.name != noText {
		split := splitID
		if s.column.nameID {
			split = splitBracket
		}
		id, name := split(cell, s.column.divider)
		if isNone(id, s.column.none) {
			id = ""
		}
		if s.column.byComma {
			name = firstLast(name)
		}
		*textField(e, s.into), *textField(e, s.name) = id, name
		return
	}
	if s.column.byComma {
		cell = firstLast(cell)
	}
	*textField(e, s.into) = cell
}

// splitID takes "123-Smith, Ann" apart. A cell without the divider is an id if
// it has a digit and no space, else a name.
func splitID(cell, divider string) (id, name string) {
	if id, name, ok := strings.Cut(cell, divider); ok {
		return strings.TrimSpace(id), strings.TrimSpace(name)
	}
	if strings.ContainsAny(cell, "0123456789") && !strings.ContainsAny(cell, " ,") {
		return cell, ""
	}
	return "", cell
}

// splitBracket takes "Smith, Ann (123)" apart, whatever the kind of the bracket.
// A cell without one is an id or a name as in splitID.
func splitBracket(cell, divider string) (id, name string) {
	open := strings.LastIndexAny(cell, "([")
	if open < 0 || !strings.HasSuffix(cell, ")") && !strings.HasSuffix(cell, "]") {
		return splitID(cell, divider)
	}
	id = strings.TrimSpace(cell[open+1 : len(cell)-1])
	for _, label := range []string{"MRN", "ID", "#", ":"} {
		id = strings.TrimSpace(strings.TrimPrefix(id, label))
	}
	return id, strings.TrimSpace(cell[:open])
}

// firstLast turns "Smith, Ann" into "Ann Smith". A cell with more than one
// comma stays as it is.
func firstLast(cell string) string {
	last, first, ok := strings.Cut(cell, ",")
	if !ok || strings.Contains(first, ",") {
		return cell
	}
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

// fillWords fills the fields of closed sets and settles action and outcome,
// which depend on each other.
func (r *run) fillWords(e *ingest.Event, fields []string) {
	implied := ""
	said := false // the outcome stands in the record
	for i := range r.words {
		s := &r.words[i]
		a := r.answer(s, fields)
		setWord(e, s.into, a.value)
		switch s.into {
		case wordAction:
			e.ActionRaw, implied = a.raw, a.outcome
		case wordRecordType:
			e.RecordRaw = a.raw
		case wordOutcome:
			said = a.known && e.Outcome != ingest.OutcomeUnknown
		case noWord, wordBreakGlass, wordUserType, wordInteractive:
		}
	}
	switch {
	case said:
	case implied != "":
		e.Outcome = ingest.Outcome(implied)
	case e.Action == ingest.ActionLoginFailed:
		e.Outcome = ingest.OutcomeFailure
	}
	switch {
	case e.Action == ingest.ActionLogin && e.Outcome == ingest.OutcomeFailure:
		e.Action = ingest.ActionLoginFailed
	case e.Action == ingest.ActionBreakGlass:
		e.BreakGlass = true
	}
}

// answer looks up what the cell, or the cells, of a step mean.
func (r *run) answer(s *wordStep, fields []string) *answer {
	if s.places == nil {
		cell := clean(fields[s.place])
		if len(s.none) > 0 && isNone(cell, s.none) {
			cell = ""
		}
		return s.of(cell)
	}
	r.scratch, r.parts = r.scratch[:0], r.parts[:0]
	for i, place := range s.places {
		cell := clean(fields[place])
		if i > 0 {
			r.scratch = append(r.scratch, s.join...)
		}
		r.scratch = append(r.scratch, cell...)
		r.parts = append(r.parts, cell)
	}
	return s.ofParts(r.scratch, r.parts)
}
