package rulestest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/rules/models"
	"github.com/chartwatch/chartwatch/rules/rulestest"
)

// complete returns some columns of the one row of a model.
func complete(tb testing.TB, model string, row map[string]any, columns ...string) map[string]any {
	tb.Helper()
	tables, err := rulestest.Complete(map[string][]map[string]any{model: {row}})
	if err != nil {
		tb.Fatal(err)
	}
	got := map[string]any{}
	for _, c := range columns {
		got[c] = tables[model][0][c]
	}
	return got
}

func TestComplete(t *testing.T) {
	type m = map[string]any
	for _, c := range []struct {
		name, model string
		row         m
		want        m
	}{
		{"nothing named", "events", m{}, m{"site": "main", "ts_s": int64(0), "day_no": int64(0), "local_hour": int64(10), "local_minute": int64(600), "person_id": nil, "action": "view", "is_read": int64(1)}},
		{
			"a time", "events",
			m{"ts_s": int64(2*86400 + 3*3600 + 4*60 + 5)},
			m{"day_no": int64(2), "hour_no": int64(51), "local_hour": int64(3), "local_minute": int64(184), "local_date": "1970-01-03", "local_dow": int64(6)},
		},
		{
			"a time before 1970", "events",
			m{"ts_s": int64(-60)},
			m{"day_no": int64(-1), "hour_no": int64(-1), "local_hour": int64(23), "local_minute": int64(1439), "local_date": "1969-12-31", "local_dow": int64(3)},
		},
		{"a day", "events", m{"day_no": int64(5)}, m{"ts_s": int64(5*86400 + 36000), "hour_no": int64(130), "local_hour": int64(10), "local_dow": int64(2)}},
		{
			"a local time that is not that of UTC", "events",
			m{"ts_s": int64(0), "day_no": int64(-1), "local_hour": int64(19)},
			m{"day_no": int64(-1), "local_hour": int64(19), "local_minute": int64(1140), "local_date": "1969-12-31", "local_dow": int64(3)},
		},
		{"a local minute", "events", m{"ts_s": int64(0), "local_minute": int64(125)}, m{"local_hour": int64(2), "local_minute": int64(125)}},
		{"an account", "events", m{"user_id": "ann"}, m{"person_id": "ann"}},
		{"an account without a person", "events", m{"user_id": "ann", "person_id": nil}, m{"person_id": nil}},
		{"an action", "events", m{"action": "export"}, m{"is_read": int64(1), "is_write": int64(0), "is_taking": int64(1)}},
		{"a write that is named no write", "events", m{"action": "update", "is_write": int64(0)}, m{"is_read": int64(0), "is_write": int64(0)}},
		{"a record type", "events", m{"record_type": "billing"}, m{"is_clinical": int64(0)}},
		{"a login", "events", m{"action": "login"}, m{"is_clinical": int64(0), "is_read": int64(0)}},
		{"a record of no known type", "events", m{"record_type": "other"}, m{"is_clinical": int64(1)}},
		{"a generic account", "accounts", m{"user_id": "desk", "n_persons": int64(3)}, m{"person_id": nil}},
		{"an own account", "accounts", m{"user_id": "ann"}, m{"person_id": "ann", "n_persons": int64(1)}},
		{"a target", "account_change", m{"user_id": "ann", "target_user_id": "bob", "day_no": int64(1)}, m{"person_id": "ann", "target_person_id": "bob", "ts_s": int64(122400)}},
		{"a first opening", "first_open", m{"first_s": int64(90000)}, m{"day_no": int64(1), "last_s": int64(90000)}},
		{"an hour", "user_hour", m{"hour_no": int64(25)}, m{"first_s": int64(90000), "day_no": int64(1)}},
		{"a source's day", "source_day", m{"day_no": int64(2)}, m{"first_s": int64(172800), "last_s": int64(259199)}},
		{"a session", "sessions", m{"start_s": int64(90000)}, m{"day_no": int64(1), "end_s": int64(90000)}},
		{"no time at all", "list_entry", m{"value": "a"}, m{"list": "neighbouring_stations", "value": "a", "value2": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var columns []string
			for name := range c.want {
				columns = append(columns, name)
			}
			if diff := cmp.Diff(c.want, complete(t, c.model, c.row, columns...)); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := rulestest.Complete(map[string][]map[string]any{"nothing": {{}}}); err == nil {
		t.Error("a model that does not exist was completed")
	}
}

// A completed row has every column of its model, of the right type.
func TestCompleteFits(t *testing.T) {
	for _, model := range models.All() {
		tables, err := rulestest.Complete(map[string][]map[string]any{model.Name: {{}}})
		if err != nil {
			t.Fatal(err)
		}
		row := tables[model.Name][0]
		if len(row) != len(model.Columns) {
			t.Errorf("%s has %d columns, want %d", model.Name, len(row), len(model.Columns))
		}
		for _, c := range model.Columns {
			fits := false
			switch row[c.Name].(type) {
			case nil:
				fits = c.Nullable
			case int64:
				fits = c.Type == models.Integer
			case float64:
				fits = c.Type == models.Real
			case string:
				fits = c.Type == models.Text
			}
			if !fits {
				t.Errorf("%s.%s is %v", model.Name, c.Name, row[c.Name])
			}
		}
	}
}
