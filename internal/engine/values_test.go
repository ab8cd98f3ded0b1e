package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules"
)

// limited is a rule with a parameter and a list.
func limited(t *testing.T) rules.Rule {
	t.Helper()
	return rule(t, ruleParts{
		more: "lists: [known]\nparams:\n  most: {type: int, default: 2, min: 0, max: 9, why: \"two are usual\"}",
		sql:  strings.Replace(views, "WHERE", "LEFT JOIN list_entry l ON l.site = e.site AND l.list = 'known' AND l.value = e.user_id WHERE l.list IS NULL AND e.local_minute > $most AND", 1),
	})
}

// force puts values over the rule and returns what is in force.
func force(t *testing.T, r rules.Rule, p practice.Practice) engine.Effective {
	t.Helper()
	list, notices, err := engine.InForce([]rules.Rule{r}, p)
	if err != nil || len(notices) != 0 || len(list) != 1 {
		t.Fatalf("InForce = %v, %v, %v", list, notices, err)
	}
	return list[0]
}

func TestLayersOfValues(t *testing.T) {
	const id = "site.bulk.exports"
	at := func(day int) practice.Entry {
		return practice.Entry{By: "rwinters", At: time.Date(2025, 3, day, 9, 0, 0, 0, time.UTC)}
	}
	value := func(layer, param, v string, day int) practice.RuleValue {
		return practice.RuleValue{Entry: at(day), Layer: layer, Rule: id, Param: param, Value: v}
	}
	for _, tc := range []struct {
		name   string
		values []practice.RuleValue
		want   float64
		layer  string
	}{
		{"shipped", nil, 2, ""},
		{"profile", []practice.RuleValue{value("profile", "most", "3", 1)}, 3, "profile"},
		{"site-over-profile", []practice.RuleValue{value("site", "most", "5", 1), value("profile", "most", "3", 9)}, 5, "site"},
		{"the-later-one", []practice.RuleValue{value("site", "most", "5", 8), value("site", "most", "4", 2)}, 5, "site"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := force(t, limited(t), practice.Practice{Rules: tc.values})
			if e.Params["most"] != tc.want || e.Origins["most"].Layer != tc.layer {
				t.Errorf("most is %v by %+v", e.Params["most"], e.Origins["most"])
			}
			if tc.layer != "" && e.Origins["most"].By != "rwinters" {
				t.Errorf("set by %q", e.Origins["most"].By)
			}
		})
	}
}

func TestLevelRiskOffAndWatch(t *testing.T) {
	type got struct {
		Level      rules.Level
		Risk       int
		Off, Watch bool
		Why        string
	}
	const id = "site.bulk.exports"
	because := set(id, "off", "true")
	because.Reason = "the imaging system has its own"
	for _, tc := range []struct {
		name   string
		values []practice.RuleValue
		want   got
	}{
		{"shipped", nil, got{Level: rules.Medium, Risk: 40}},
		{"higher-level", []practice.RuleValue{set(id, "level", "high")}, got{Level: rules.High, Risk: 48}},
		{"lower-level", []practice.RuleValue{set(id, "level", "low")}, got{Level: rules.Low, Risk: 21}},
		{"risk", []practice.RuleValue{set(id, "risk", "47")}, got{Level: rules.Medium, Risk: 47}},
		{"level-and-risk", []practice.RuleValue{set(id, "level", "critical"), set(id, "risk", "80")}, got{Level: rules.Critical, Risk: 80}},
		{"off", []practice.RuleValue{because}, got{Level: rules.Medium, Risk: 40, Off: true, Why: "switched off by the practice: the imaging system has its own"}},
		{
			"on-again",
			[]practice.RuleValue{because, {Entry: practice.Entry{At: time.Unix(9, 0)}, Layer: "site", Rule: id, Param: "off", Value: "false"}},
			got{Level: rules.Medium, Risk: 40},
		},
		{"watch", []practice.RuleValue{set(id, "watch", "true")}, got{Level: rules.Medium, Risk: 40, Watch: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := force(t, limited(t), practice.Practice{Rules: tc.values})
			if diff := cmp.Diff(tc.want, got{e.Level, e.Risk, e.Off, e.Watch, e.OffReason}); diff != "" {
				t.Errorf("in force (-want +got):\n%s", diff)
			}
		})
	}
	for status, want := range map[rules.Status]got{
		rules.Experimental: {Level: rules.Medium, Risk: 40, Watch: true},
		rules.Deprecated:   {Level: rules.Medium, Risk: 40, Off: true, Why: "the rule is deprecated"},
		rules.Unsupported:  {Level: rules.Medium, Risk: 40, Off: true, Why: "the rule is unsupported"},
	} {
		r := limited(t)
		r.Status = status
		e := force(t, r, practice.Practice{})
		if diff := cmp.Diff(want, got{e.Level, e.Risk, e.Off, e.Watch, e.OffReason}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, param, value, want string }{
		{"above-the-range", "most", "10", "rule site.bulk.exports cannot take the value of most"},
		{"below-the-range", "most", "-1", "rule site.bulk.exports cannot take the value of most"},
		{"not-whole", "most", "2.5", "rule site.bulk.exports cannot take the value of most"},
		{"no-number", "most", "many", "rule site.bulk.exports cannot take the value of most"},
		{"no-such-parameter", "least", "1", "rule site.bulk.exports cannot take the value of least"},
		{"no-such-level", "level", "severe", "rule site.bulk.exports cannot take the value of level"},
		{"risk-of-another-level", "risk", "80", "rule site.bulk.exports cannot take the value of risk"},
		{"no-risk", "risk", "101", "rule site.bulk.exports cannot take the value of risk"},
		{"neither-on-nor-off", "off", "maybe", "rule site.bulk.exports cannot take the value of off"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := engine.InForce([]rules.Rule{limited(t)}, practice.Practice{Rules: []practice.RuleValue{set("site.bulk.exports", tc.param, tc.value)}})
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "rules show site.bulk.exports") {
				t.Errorf("InForce = %v (%s), want %s", err, fault.HintOf(err), tc.want)
			}
		})
	}
}

// TestValuesOfARuleThatIsGone says so and goes on: rules are retired.
func TestValuesOfARuleThatIsGone(t *testing.T) {
	list, notices, err := engine.InForce([]rules.Rule{limited(t)}, practice.Practice{Rules: []practice.RuleValue{set("site.bulk.retired", "most", "1")}})
	want := []engine.Notice{{
		Code: "unknown_rule", Message: "a value is set for rule site.bulk.retired, which does not exist", Hint: "take it away; `chartwatch rules list` shows the rules",
	}}
	if diff := cmp.Diff(want, notices); diff != "" || err != nil || len(list) != 1 || list[0].Params["most"] != 2 {
		t.Errorf("notices (-want +got):\n%s\n%v, %v", diff, list, err)
	}
}

func TestHashOfWhatIsInForce(t *testing.T) {
	base := force(t, limited(t), practice.Practice{})
	entry := func(list, value string) practice.ListEntry { return practice.ListEntry{List: list, Value: value} }
	other := limited(t)
	other.SQL += " AND e.user_id IS NOT NULL"
	title := limited(t)
	title.Title, title.Description = "Another title", "Another description."
	group := limited(t)
	group.Group = []string{"user_id"}
	learning := limited(t)
	learning.Learning.SiteDays = 28
	const id = "site.bulk.exports"
	for _, tc := range []struct {
		name string
		rule rules.Rule
		in   practice.Practice
		same bool
	}{
		{"again", limited(t), practice.Practice{}, true},
		{"title-only", title, practice.Practice{}, true},
		{"text", other, practice.Practice{}, false},
		{"group", group, practice.Practice{}, false},
		{"learning", learning, practice.Practice{}, false},
		{"parameter", limited(t), practice.Practice{Rules: []practice.RuleValue{set(id, "most", "3")}}, false},
		{"the-default-once-more", limited(t), practice.Practice{Rules: []practice.RuleValue{set(id, "most", "2")}}, true},
		{"risk", limited(t), practice.Practice{Rules: []practice.RuleValue{set(id, "risk", "41")}}, false},
		{"watch", limited(t), practice.Practice{Rules: []practice.RuleValue{set(id, "watch", "true")}}, false},
		{"entry-of-its-list", limited(t), practice.Practice{Lists: []practice.ListEntry{entry("known", "ana")}}, false},
		{"entry-of-another-list", limited(t), practice.Practice{Lists: []practice.ListEntry{entry("unknown", "ana")}}, true},
	} {
		if got := force(t, tc.rule, tc.in).Hash == base.Hash; got != tc.same {
			t.Errorf("%s: the same hash: %v", tc.name, got)
		}
	}
	two := practice.Practice{Lists: []practice.ListEntry{entry("known", "ana"), entry("known", "bo")}}
	turned := practice.Practice{Lists: []practice.ListEntry{entry("known", "bo"), entry("known", "ana")}}
	if force(t, limited(t), two).Hash != force(t, limited(t), turned).Hash {
		t.Error("the order of a list's entries changes the hash")
	}
	if a, b := engine.SetHash([]engine.Effective{base}), engine.SetHash([]engine.Effective{base, force(t, limited(t), two)}); a == b || len(a) != 32 {
		t.Errorf("hashes of two sets of rules: %s, %s", a, b)
	}
}
