package rulestest

import (
	"fmt"
	"maps"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/rules/models"
)

const (
	secondsADay  = 86_400
	secondsAHour = 3_600
	// morning is the time of day of a fixture row that names its day only.
	morning = 10 * secondsAHour
)

// Row is one row of a model, by column.
type Row map[string]any

// Tables are rows by model.
type Tables map[string][]Row

// Complete returns the rows of a test with every column of their models.
//
// A column that a row does not name gets the model's default, except where other
// columns of the row tell it:
//
//   - the day from the time and the time from the day (ten in the morning), and with
//     the time hour_no, local_date, local_hour, local_minute and local_dow, as if the
//     practice lay in the zone UTC; local_hour and local_minute from each other;
//   - last_s and end_s are first_s and start_s; in source_day and history_change
//     first_s and last_s are the ends of the day;
//   - person_id is user_id, and target_person_id is target_user_id, as where there is
//     no roster (not in accounts with n_persons other than 1); the reverse is not done;
//   - is_read, is_write and is_taking from action, is_clinical from record_type and action.
//
// What a row names is never changed, and `person_id: null` names it.
func Complete(given map[string][]map[string]any) (Tables, error) {
	tables := Tables{}
	for name, rows := range given {
		model, ok := models.ByName(name)
		if !ok {
			return nil, fmt.Errorf("there is no model %q", name)
		}
		for _, named := range rows {
			tables[name] = append(tables[name], completeRow(&model, named))
		}
	}
	return tables, nil
}

func completeRow(model *models.Model, named map[string]any) Row {
	f := filler{model: model, row: Row{}}
	maps.Copy(f.row, named)
	f.times()
	f.people()
	f.flags()
	for _, c := range model.Columns {
		f.set(c.Name, c.Default)
	}
	return f.row
}

// filler adds what a row does not name.
type filler struct {
	model *models.Model
	row   Row
}

// set gives a column a value unless it has one.
func (f filler) set(column string, v any) {
	if _, named := f.row[column]; named {
		return
	}
	if _, ok := f.model.Column(column); ok {
		f.row[column] = v
	}
}

func (f filler) integer(column string) (int64, bool) {
	n, ok := f.row[column].(int64)
	return n, ok
}

// times fills the columns that say when.
func (f filler) times() {
	start := f.startColumn()
	day, hasDay := f.integer("day_no")
	hour, hasHour := f.integer("hour_no")
	s, hasTime := f.integer(start)
	wholeDay := f.model.Name == "source_day" || f.model.Name == "history_change"
	switch {
	case hasTime:
	case start == "":
		return
	case hasHour:
		s = hour * secondsAHour
	case hasDay && wholeDay:
		s = day * secondsADay
	case hasDay:
		s = day*secondsADay + morning
	default:
		return
	}
	f.set(start, s)
	f.set("day_no", floor(s, secondsADay))
	f.set("hour_no", floor(s, secondsAHour))
	if wholeDay {
		f.set("last_s", s+secondsADay-1)
	}
	f.set("last_s", s)
	f.set("end_s", s)
	if f.model.Name == "events" {
		f.local(s)
	}
}

// startColumn is the column of a model that says when it begins.
func (f filler) startColumn() string {
	for _, name := range []string{"ts_s", "first_s", "start_s"} {
		if _, ok := f.model.Column(name); ok {
			return name
		}
	}
	return ""
}

// local fills the local time of an event.
func (f filler) local(s int64) {
	minute := (s - floor(s, secondsADay)*secondsADay) / 60
	if hour, ok := f.integer("local_hour"); ok {
		minute = hour * 60
	}
	f.set("local_minute", minute)
	if named, ok := f.integer("local_minute"); ok {
		f.set("local_hour", named/60)
	}
	day, ok := f.integer("day_no")
	if !ok {
		return
	}
	f.set("local_date", time.Unix(day*secondsADay, 0).UTC().Format(time.DateOnly))
	weekday := (day+3)%7 + 1 // day 0 was a Thursday
	if weekday < 1 {
		weekday += 7
	}
	f.set("local_dow", weekday)
}

// people fills who it was where there is no roster.
func (f filler) people() {
	if n, ok := f.integer("n_persons"); ok && n != 1 {
		return
	}
	if user, ok := f.row["user_id"]; ok {
		f.set("person_id", user)
	}
	if user, ok := f.row["target_user_id"]; ok {
		f.set("target_person_id", user)
	}
}

// flags fills what follows from the kind of an event.
func (f filler) flags() {
	if f.model.Name != "events" {
		return
	}
	f.set("action", string(ingest.ActionView))
	f.set("record_type", "")
	action, _ := f.row["action"].(string)
	record, _ := f.row["record_type"].(string)
	f.set("is_read", flag(models.IsRead(action)))
	f.set("is_write", flag(models.IsWrite(action)))
	f.set("is_taking", flag(models.IsTaking(action)))
	f.set("is_clinical", flag(models.IsClinical(record, action)))
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// floor divides and rounds down, also below zero.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}
