package rules_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/rules"
)

func TestRender(t *testing.T) {
	values := map[string]float64{"n": 3, "share": 0.002, "from_day": -2, "big": 1_700_000_000, "zero": 0}
	for sql, want := range map[string]string{
		"a >= $n AND b > $share":        "a >= 3 AND b > 0.002",
		"ts_s-$from_day < $big":         "ts_s-(-2) < 1700000000",
		"'$n' = \"$n\" -- $n\n OR $n":   "'$n' = \"$n\" -- $n\n OR 3",
		"'it''s $n' || $zero":           "'it''s $n' || 0",
		"$n":                            "3",
		"":                              "",
		"BETWEEN $n PRECEDING AND $n)x": "BETWEEN 3 PRECEDING AND 3)x",
	} {
		got, err := rules.Render(sql, values)
		if err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", sql, got, err, want)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	values := map[string]float64{"n": 3, "nan": math.NaN(), "inf": math.Inf(1), "huge": 1e300}
	for sql, want := range map[string]string{
		"$m":            "the SQL uses $m, which has no value",
		"$nan":          "$nan: NaN is not a number that can be written",
		"$inf":          "$inf: +Inf is not a number that can be written",
		"$huge":         "is not a number that can be written",
		"'a":            "a ' without its end",
		"\"a":           "a \" without its end",
		"'a\\' || $n":   "a backslash in quotes",
		"/* $n */":      "a comment with /*",
		"$$ a $$":       "a $ that is not followed by a parameter's name alone",
		"$n$ x $n$":     "a $ that is not followed by a parameter's name alone",
		"a$n":           "a $ that is not followed by a parameter's name alone",
		"$N":            "a $ that is not followed by a parameter's name alone",
		"$":             "a $ that is not followed by a parameter's name alone",
		"$1 OR $n OR $": "has no value",
	} {
		if got, err := rules.Render(sql, values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q became %q, %v; want an error with %q", sql, got, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	got, err := rules.Names("$b + $a - $b < '$c'")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "a"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{"$n", "'$n'", "a$n", "--$n\n$n", "$$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		got, err := rules.Render(sql, map[string]float64{"n": -1})
		if err != nil {
			return
		}
		// What was written cannot become part of a name or of a literal.
		again, err := rules.Render(got, nil)
		if err != nil || again != got {
			t.Errorf("%q became %q, which is read as something else: %v", sql, got, err)
		}
	})
}

func TestText(t *testing.T) {
	values := func(word, argument string) (string, error) {
		return "<" + strings.TrimSpace(word+" "+argument) + ">", nil
	}
	for template, want := range map[string]string{
		"{{person}} opened {{count}} charts":       "<person> opened <count> charts",
		"{{ list  workstation }}, {{time first}}.": "<list workstation>, <time first>.",
		"{{count patient_id}}{{param n}}":          "<count patient_id><param n>",
		"no { placeholder }":                       "no { placeholder }",
		"":                                         "",
	} {
		if got, err := rules.Text(template, values); err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", template, got, err, want)
		}
	}
	for template, want := range map[string]string{
		"{{name}}": "{{name}} is not a placeholder", "{{list}}": "not a placeholder", "{{person x}}": "not a placeholder", "{{}}": "not a placeholder",
		"{{time now}}": "not a placeholder", "{{list A}}": "not a placeholder", "{{person": "{{ without }}", "person}}": "}} without {{", "{{max a b}}": "not a placeholder",
	} {
		if got, err := rules.Text(template, values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q became %q, %v; want an error with %q", template, got, err, want)
		}
	}
	parts, err := rules.ParseText("a {{max gap_s}}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]rules.TextPart{{Plain: "a "}, {Word: "max", Argument: "gap_s"}}, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestCondition(t *testing.T) {
	measures := map[string]float64{"count": 10, "min_gap_s": -2.5}
	for text, want := range map[string]bool{
		"count >= 10": true, "count > 10": false, "count<=10": true, "count < 10": false, "count = 10": true, "count == 11": false,
		"min_gap_s < -2": true, "patients >= 0": false, "patients < 1": false,
	} {
		c, err := rules.ParseCondition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := c.Holds(measures); got != want {
			t.Errorf("%s is %t, want %t", text, got, want)
		}
	}
	for _, text := range []string{"", "count", "count >=", "10 <= count", "count >= 10 AND days > 1", "Count > 1", "count => 1", "count > 1e3", "count > $n"} {
		if c, err := rules.ParseCondition(text); err == nil {
			t.Errorf("%q was read as %+v", text, c)
		}
	}
}

func TestCheckValue(t *testing.T) {
	r := rules.Rule{ID: "site.bulk.x", Level: rules.Medium, Risk: 40, Params: []rules.Param{
		{Name: "n", Type: rules.ParamInt, Default: 3, Min: 2, Max: 50}, {Name: "share", Type: rules.ParamNumber, Default: 0.5, Max: 1},
	}}
	for _, c := range []struct{ param, value, want string }{
		{"n", "2", ""},
		{"n", "50", ""},
		{"n", "51", "n is a number from 2 to 50"},
		{"n", "2.5", "n is a whole number"},
		{"n", "many", "n is a number"},
		{"n", "NaN", "n is a number"},
		{"share", "0.25", ""},
		{"share", "-0.1", "share is a number from 0 to 1"},
		{"level", "high", ""},
		{"level", "urgent", "level is one of info, low, medium, high, critical"},
		{"risk", "47", ""},
		{"risk", "48", "a risk of 48 belongs to level high, and the rule's is medium"},
		{"risk", "x", "risk is a whole number from 0 to 100"},
		{"off", "true", ""},
		{"watch", "yes", "watch is true or false"},
		{"sql", "SELECT 1", `rule site.bulk.x has no parameter "sql"; there are n, share, level, risk, off, watch`},
	} {
		got := ""
		if err := r.CheckValue(c.param, c.value); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s = %s: %q, want %q", c.param, c.value, got, c.want)
		}
	}
}

func TestReach(t *testing.T) {
	r := rules.Rule{
		Schedule: rules.Schedule{Lookback: 600e9, Lookahead: 60e9},
		Params: []rules.Param{
			{Name: "window_s", Type: rules.ParamSeconds},
			{Name: "repeat_days", Type: rules.ParamDays},
			{Name: "ahead_s", Type: rules.ParamSeconds},
			{Name: "travel_s", Type: rules.ParamSeconds},
		},
		SQL: "RANGE BETWEEN $repeat_days PRECEDING AND $ahead_s  following",
	}
	for _, c := range []struct {
		values map[string]float64
		want   string
	}{
		{nil, "10m 1m"},
		{map[string]float64{"window_s": 3600, "travel_s": 99999}, "1h 1m"},
		{map[string]float64{"repeat_days": 30, "ahead_s": 120}, "30d 2m"},
	} {
		back, ahead := r.Reach(c.values)
		if got := back.String() + " " + ahead.String(); got != c.want {
			t.Errorf("reach with %v is %s, want %s", c.values, got, c.want)
		}
	}
}
