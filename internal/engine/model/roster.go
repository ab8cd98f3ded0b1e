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

// loadRoster reads the roster. Of several rows of one account, role and first day
// the newest counts.
func (b *builder) loadRoster(ctx context.Context) ([]rosterRow, error) {
	book := newRoleBook(b.in.Practice.Roles)
	newest := map[string]int{}
	var (
		list    []rosterRow
		content []byte
		strange []string
	)
	query := "SELECT content FROM " + b.s.Stored("staff") + " WHERE site = 1 ORDER BY import_id, line"
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
		id := strings.Join([]string{r.UserID, strings.ToLower(r.Role), r.HiredOn}, "\x00")
		if at, ok := newest[id]; ok {
			list[at] = r
			return nil
		}
		newest[id] = len(list)
		list = append(list, r)
		return nil
	}, &content)
	slices.Sort(strange)
	for _, role := range strange {
		b.notice("role_not_understood", fmt.Sprintf("The roster's role %q is not one that chartwatch knows; those who have it are judged by no policy.", role),
			"say in the configuration, under roles, which of the known roles it is")
	}
	for _, r := range list {
		if r.to < r.from {
			b.notice("roster_dates", fmt.Sprintf("The roster says that %s left before the first day.", r.label()), "correct the dates and import the roster again")
		}
	}
	return list, err
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
