package propose

import (
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// label names a column in questions and comments.
func (c *col) label() string {
	if c.header == "" {
		return "column " + strconv.Itoa(c.index)
	}
	return strconv.Quote(c.header)
}

func labels(cols []*col) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.label()
	}
	return strings.Join(names, " and ")
}

func positions(cols []*col) []int {
	all := make([]int, len(cols))
	for i, c := range cols {
		all[i] = c.index
	}
	return all
}

// askOrder asks whether dates begin with the day or the month.
func (d *draft) askOrder(c *clockOf) {
	hint := func(o order) string {
		if c.timing.likely == o {
			return "; so read, the rows run in the order of time"
		}
		return ""
	}
	month := Choice{Text: "the month comes first, as in the United States" + hint(orderMonth), Answer: Answer{Columns: positions(c.cols), Order: "month"}}
	day := Choice{Text: "the day comes first" + hint(orderDay), Answer: Answer{Columns: positions(c.cols), Order: "day"}}
	choices := []Choice{month, day}
	if c.timing.likely == orderDay {
		choices = []Choice{day, month}
	}
	for _, x := range c.cols {
		x.confidence = min(x.confidence, likely-0.1)
	}
	d.questions = append(d.questions, Question{
		Field: ingest.ColOccurredAt, What: "Do the dates in " + labels(c.cols) + " begin with the day or with the month? No date in the sample settles it.",
		Choices: choices,
	})
}

// askTime asks which column has the times of the events.
func (d *draft) askTime(all []clockOf) {
	q := Question{Field: ingest.ColOccurredAt, What: "Which column says when it happened?", Choices: []Choice{}}
	const most = 6
	for _, c := range all[:min(len(all), most)] {
		q.Choices = append(q.Choices, Choice{Text: labels(c.cols), Answer: Answer{Columns: positions(c.cols)}})
	}
	d.questions = append(d.questions, q)
}

// ask asks for what is required and was not found.
func (d *draft) ask() {
	asked := len(d.questions) > 0
	if !d.has(ingest.ColOccurredAt) && !asked {
		d.questions = append(d.questions, Question{
			Field: ingest.ColOccurredAt, What: "Which column says when it happened? None has dates with a time of day that can be read.", Choices: []Choice{},
		})
	}
	if !d.has(ingest.ColUserID) && !d.has(ingest.ColUserName) {
		d.askFor(ingest.ColUserID, "Which column names the person who acted?", func(c *col) bool {
			return c.field == ingest.ColUserID || c.field == ingest.ColUserName || c.field == "" && c.meaning.kind == kindNone && c.facts.names+c.facts.logins > 0.5
		}, nil)
	}
	if !d.has(ingest.ColAction) {
		d.askFor(ingest.ColAction, "Which column says what was done?", func(c *col) bool {
			return c.field == ingest.ColAction || c.meaning.kind == kindFree && c.facts.actions > 0.5
		}, []Choice{{Text: "none: every row is a look at a chart", Answer: Answer{Constant: string(ingest.ActionView)}}})
	}
	if !d.has(ingest.ColPatientID) && !d.has(ingest.ColPatientName) {
		choices := len(d.questions)
		d.askFor(ingest.ColPatientID, "Which column names the patient?", func(c *col) bool {
			return c.field == ingest.ColPatientID || c.field == ingest.ColPatientName
		}, nil)
		if len(d.questions[choices].Choices) == 0 {
			d.questions = d.questions[:choices] // nothing to choose from, and not required
		}
	}
}

// askFor asks for a field, with the columns that could be it as choices.
func (d *draft) askFor(field, what string, could func(*col) bool, more []Choice) {
	if d.answered(field) {
		return
	}
	q := Question{Field: field, What: what, Choices: []Choice{}}
	for _, c := range d.cols {
		if !c.sure && could(c) || c.dropped && could(c) {
			q.Choices = append(q.Choices, Choice{Text: c.label(), Answer: Answer{Columns: []int{c.index}}})
		}
	}
	q.Choices = append(q.Choices, more...)
	d.questions = append(d.questions, q)
}
