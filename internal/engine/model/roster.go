package model

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/rules/models"
)

// rosterRow is one line of a roster.
type rosterRow struct {
	UserID     string `json:"user_id"`
	Name       string `json:"name"`
	Role       string `json:"role"`
	Department string `json:"department"`
	HiredOn    string `json:"hired_on"`
	LeftOn     string `json:"left_on"`
	Weekdays   string `json:"weekdays"`
	ShiftStart string `json:"shift_start"`
	ShiftEnd   string `json:"shift_end"`
	Address    string `json:"address"`
	PatientID  string `json:"patient_id"`

	from, to coverage.Day // the interval, open ends included
	roles    []string
	key      string // of the name
}

// loadRoster reads the roster. Rows of one account, role and first day are replaced
// by those of a later file. Within one file they add up, as somebody may have other
// hours on some weekdays than on others; of rows with the same hours the last counts.
func (b *builder) loadRoster(ctx context.Context) ([]rosterRow, error) {
	book := newRoleBook(b.in.Practice.Roles)
	var (
		list    rosterRows
		file    int64
		content []byte
		strange []string
	)
	query := "SELECT import_id, content FROM " + b.s.Stored("staff") + " WHERE site = 1 ORDER BY import_id, line"
	err := b.each(ctx, query, func() error {
		var r rosterRow
		if err := b.open(seal.KindContext, content, &r); err != nil {
			return err
		}
		var understood bool
		if r.roles, understood = book.roles(r.Role); !understood {
			strange = merge(strange, []string{r.Role})
		}
		r.from, r.to = dayOr(r.HiredOn, models.FirstDay), dayOr(r.LeftOn, models.LastDay)
		r.key = nameKey(r.Name)
		list.add(file, r)
		return nil
	}, &file, &content)
	slices.Sort(strange)
	for _, role := range strange {
		b.notice("role_not_understood", fmt.Sprintf("The roster's role %q is not one that chartwatch knows; those who have it are judged by no policy.", role),
			"say in the configuration, under roles, which of the known roles it is")
	}
	rows := list.rows()
	for _, r := range rows {
		if r.to < r.from {
			b.notice("roster_dates", fmt.Sprintf("The roster says that %s left before the first day.", r.label()), "correct the dates and import the roster again")
		}
	}
	return rows, err
}

// rosterRows gathers the rows that count, by account, role and first day, in the
// order in which each of these first came.
type rosterRows struct {
	order []string
	by    map[string]*rosterGroup
}

// rosterGroup are the rows of one account, role and first day in the newest file
// that has any.
type rosterGroup struct {
	file int64
	rows []rosterRow
}

func (l *rosterRows) add(file int64, r rosterRow) {
	id := strings.Join([]string{r.UserID, strings.ToLower(r.Role), r.HiredOn}, "\x00")
	g := l.by[id]
	switch {
	case g == nil:
		if l.by == nil {
			l.by = map[string]*rosterGroup{}
		}
		l.by[id] = &rosterGroup{file, []rosterRow{r}}
		l.order = append(l.order, id)
		return
	case g.file != file:
		g.file, g.rows = file, nil
	}
	at := slices.IndexFunc(g.rows, func(x rosterRow) bool {
		return x.Weekdays == r.Weekdays && x.ShiftStart == r.ShiftStart && x.ShiftEnd == r.ShiftEnd
	})
	if at >= 0 {
		g.rows[at] = r
		return
	}
	g.rows = append(g.rows, r)
}

func (l *rosterRows) rows() []rosterRow {
	var list []rosterRow
	for _, id := range l.order {
		list = append(list, l.by[id].rows...)
	}
	return list
}

func (r rosterRow) label() string {
	if r.Name == "" {
		return "account " + r.UserID
	}
	return r.Name + " (" + r.UserID + ")"
}

// open unseals a JSON object.
func (b *builder) open(kind seal.Kind, sealed []byte, into any) error {
	plain, err := b.in.Sealer.Open(kind, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(plain), into)
}

func dayOr(text string, missing coverage.Day) coverage.Day {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return missing
	}
	return coverage.DayOf(t)
}

// hasHours reports whether the row says when its person works.
func (r rosterRow) hasHours() bool { return r.Weekdays != "" || r.ShiftStart != "" || r.ShiftEnd != "" }

// shift returns the shift that begins on a day, if the row has one.
func (r rosterRow) shift(d coverage.Day, c *calendar) []span {
	if !r.hasHours() || d < r.from || d > r.to {
		return nil
	}
	switch {
	case r.Weekdays != "":
		if !slices.Contains(strings.Split(r.Weekdays, ","), strings.ToLower(d.Weekday().String()[:3])) {
			return nil
		}
	case len(c.hours) > 0 && !c.opens(d):
		return nil // on which days is not said, so on those when the practice opens
	}
	start, okStart := minuteOf(r.ShiftStart)
	end, okEnd := minuteOf(r.ShiftEnd)
	if okStart && okEnd {
		return []span{atDay(d, start, end)}
	}
	var all []span
	for _, l := range c.locations {
		all = append(all, c.spans(l, d)...)
	}
	whole := atDay(d, 0, minutesOfDay)
	if len(all) > 0 {
		whole = all[0]
		for _, s := range all {
			whole = span{min(whole.from, s.from), max(whole.to, s.to)}
		}
	}
	if okStart {
		whole.from = atDay(d, start, minutesOfDay).from
	}
	if okEnd {
		whole.to = atDay(d, 0, end).to
	}
	return []span{whole}
}

func minuteOf(text string) (int, bool) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}
