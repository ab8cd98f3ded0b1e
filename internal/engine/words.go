package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// words fills the rule's sentences with what was found, and adds what was looked
// for and what makes the data doubtful.
func (e *evaluation) words(d *draft, f *Finding, m map[string]float64) error {
	values := e.textValues(d, f, m)
	text, err := rules.Text(d.rule.Explain, values)
	if err != nil {
		return fmt.Errorf("the text of the finding: %w", err)
	}
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "the "); ok { // who has no name begins the sentence as an account
		text = "The " + rest
	}
	parts := []string{text}
	if s := checkedSentence(f.Checked, int(m["patients"])); s != "" {
		parts = append(parts, s)
	}
	if len(f.Quality) > 0 {
		parts = append(parts, "About the data: "+strings.Join(f.Quality, "; ")+".")
	}
	f.Text = strings.Join(parts, " ")
	for _, q := range d.rule.Questions {
		asked, err := rules.Text(q, values)
		if err != nil {
			return fmt.Errorf("a question of the finding: %w", err)
		}
		f.Questions = append(f.Questions, asked)
	}
	f.NextSteps = d.rule.NextSteps
	return nil
}

// textValues gives the words for the placeholders of a rule's texts.
func (e *evaluation) textValues(d *draft, f *Finding, m map[string]float64) rules.TextValues {
	return func(word, argument string) (string, error) {
		switch word {
		case "list":
			return strings.Join(e.listValues(d, argument), ", "), nil
		case "count":
			if argument != "" {
				return strconv.Itoa(len(e.column(d, argument))), nil
			}
			return strconv.FormatFloat(m["count"], 'f', -1, 64), nil
		case "patients":
			return counted(int(m["patients"]), "patient", "patients"), nil
		case "min", "max":
			return e.number(argument, m[word+"_"+argument]), nil
		case "param":
			return e.param(d.rule, argument)
		case "time":
			if argument == "first" {
				return e.clock(d.first), nil
			}
			return e.clock(d.last), nil
		}
		return e.name(d, f, word)
	}
}

// name gives the words for who, what and where.
func (e *evaluation) name(d *draft, f *Finding, word string) (string, error) {
	switch word {
	case "person":
		return e.describe(f.Subject), nil
	case "account":
		if f.Subject.Type == rules.SubjectAccount {
			return f.Subject.ID, nil
		}
		return strings.Join(f.UserIDs, ", "), nil
	case "patient":
		return e.patientsText(f.PatientIDs), nil
	case "day":
		return daysText(d.days), nil
	case "source":
		if f.Subject.Type == rules.SubjectSource {
			return f.Subject.ID, nil
		}
		return strings.Join(d.set("$source"), ", "), nil
	case "location":
		if f.Subject.Type == rules.SubjectLocation {
			return f.Subject.ID, nil
		}
		return strings.Join(d.set("location"), ", "), nil
	case "policy":
		return strings.Join(e.listValues(d, "verdict"), ", "), nil
	}
	return "", fmt.Errorf("nothing is known for the placeholder %s", word)
}

// param writes a parameter with its unit.
func (e *evaluation) param(r *Effective, name string) (string, error) {
	v, ok := r.Params[name]
	if !ok {
		return "", fmt.Errorf("the rule has no parameter %s", name)
	}
	return strconv.FormatFloat(v, 'f', -1, 64), nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// column returns the distinct values of a column of the rows or of its events.
func (e *evaluation) column(d *draft, column string) []string {
	switch column {
	case "patient_id":
		if list := d.set("$patient"); len(list) > 0 {
			return list
		}
	case "user_id":
		if list := d.set("$user"); len(list) > 0 {
			return list
		}
	}
	return d.set(column)
}

func (e *evaluation) listValues(d *draft, column string) []string {
	list := slices.Clone(e.column(d, column))
	for i, v := range list {
		switch column {
		case "person_id":
			list[i] = e.describe(Subject{Type: rules.SubjectPerson, ID: v, Name: e.built.Names.Person(v)})
		case "record_type", "action":
			list[i] = strings.ReplaceAll(v, "_", " ")
		}
	}
	if len(list) > listedOfSet {
		more := len(list) - listedOfSet
		list = append(list[:listedOfSet], strconv.Itoa(more)+" more")
	}
	return list
}

// number writes a number of a column as a person would.
func (e *evaluation) number(column string, v float64) string {
	switch {
	case strings.HasSuffix(column, "ts_s"), column == "first_s", column == "last_s", strings.HasSuffix(column, "_at_s"):
		return e.clock(int64(v))
	case strings.HasSuffix(column, "day_no"), strings.HasSuffix(column, "_day"):
		return coverage.Day(v).String()
	}
	return strconv.FormatFloat(float64(int64(v*100+0.5))/100, 'f', -1, 64)
}

func (e *evaluation) clock(s int64) string { return time.Unix(s, 0).In(e.zone).Format("15:04") }

// describe names a subject as a reader knows it.
func (e *evaluation) describe(s Subject) string {
	switch s.Type {
	case rules.SubjectPerson:
		switch role := e.roleWords(s); {
		case s.Name != "" && role != "":
			return s.Name + " (" + role + ")"
		case s.Name != "":
			return s.Name
		}
		return "the account " + s.ID
	case rules.SubjectAccount:
		if s.Name != "" {
			return "the account " + s.ID + " (" + s.Name + ")"
		}
		return "the account " + s.ID
	case rules.SubjectPatient:
		return e.patientsText([]string{s.ID})
	case rules.SubjectSource, rules.SubjectLocation:
	}
	return s.ID
}

// roleWords are the words for a person's role. One that is none of the roles that
// rules know goes by what the roster calls it.
func (e *evaluation) roleWords(s Subject) string {
	switch s.Role {
	case "", "unknown":
		return ""
	case "other":
		return e.built.Names.Title(s.ID)
	}
	return strings.ReplaceAll(s.Role, "_", " ")
}

func (e *evaluation) patientsText(ids []string) string {
	switch len(ids) {
	case 0:
		return "no patient"
	case 1:
		if name := e.built.Names.Patient(ids[0]); name != "" && !strings.HasPrefix(ids[0], "name:") {
			return "patient " + ids[0] + " (" + name + ")"
		} else if name != "" {
			return "patient " + name
		}
		return "patient " + ids[0]
	}
	return strconv.Itoa(len(ids)) + " patients"
}

// daysText writes a day with its weekday, or a run of days.
func daysText(p coverage.Period) string {
	one := func(d coverage.Day) string { return d.Weekday().String()[:3] + " " + d.String() }
	if p.From == p.To {
		return one(p.From)
	}
	return one(p.From) + " to " + one(p.To)
}

// families are the explanations that are looked for, put together in the words of
// a practice, in the order in which they are told.
func families() []family {
	return []family{
		{"appointment", []string{"own_visit", "team_visit", "practice_visit", "scheduling"}},
		{"message or document", []string{"inbound_contact"}},
		{"order or result", []string{"order_result"}},
		{"earlier access that was explained", []string{"authored_earlier", "repeat"}},
		{"cover or on-call duty", []string{"cover"}},
		{"earlier review that found it in order", []string{"reviewed"}},
	}
}

type family struct {
	words   string
	reasons []string
}

// checkedSentence says which explanations were looked for, and what of them was found.
func checkedSentence(list []Checked, patients int) string {
	if len(list) == 0 {
		return ""
	}
	missing := 0
	by := map[string]int{}
	for _, c := range list {
		by[c.Reason] = c.Found
		if c.Missing {
			missing++
		}
	}
	if missing == len(list) {
		return "Whether a visit explains it cannot be said: there are no appointments for these days."
	}
	var absent, found []string
	for _, f := range families() {
		n := 0
		for _, reason := range f.reasons {
			n = max(n, by[reason])
		}
		switch {
		case n == 0:
			absent = append(absent, "no "+f.words)
		case patients > 1:
			found = append(found, fmt.Sprintf("%s (%d of %d patients)", f.words, n, patients))
		default:
			found = append(found, f.words)
		}
	}
	if len(found) > 0 {
		return "What partly explains it: " + strings.Join(found, ", ") + "."
	}
	return "It is not explained by the records we have: " + strings.Join(absent, ", ") + "."
}
