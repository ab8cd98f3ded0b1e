package metrics_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/metrics"
)

// closedLists are all words that a label with such a list may have.
func closedLists() map[string][]string {
	return map[string][]string{
		"level":   {"info", "low", "medium", "high", "critical", "other"},
		"state":   {"new", "triaged", "asked", "under_review", "closed", "watch", "suppressed", "superseded", "other", "waiting", "growing", "failed"},
		"outcome": {"ran", "not_applicable", "failed", "timed_out", "truncated", "off", "delivered", "expired", "other"},
		"reason": {
			"field_count", "bad_quote", "too_long", "too_deep", "bad_encoding", "bad_syntax", "truncated", "missing_time", "bad_time",
			"missing_field", "bad_value", "wrong_type", "other",
		},
		"channel":   {"mail", "webhook", "other"},
		"le":        {"0.1", "0.5", "1", "5", "15", "60", "300", "1800", "7200", "+Inf"},
		"version":   {"1.2.3"},
		"revision":  {"0123abc"},
		"goversion": {"go1.26"},
	}
}

// checkLabels fails if a label has a value that it may not have.
func checkLabels(tb testing.TB, text string) {
	tb.Helper()
	lists := closedLists()
	shapes := map[string]*regexp.Regexp{
		"rule":   regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,80}$`),
		"site":   regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`),
		"source": regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`),
		"parser": regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`),
	}
	for pair := range labels(text) {
		name, value := pair[0], pair[1]
		if shape, ok := shapes[name]; ok && shape.MatchString(value) || slices.Contains(lists[name], value) {
			continue
		}
		tb.Errorf("the label %s has the value %q", name, value)
	}
}

// poisoned is a practice whose every text is what it is given.
func poisoned(text string) metrics.Site {
	counts := map[string]int64{text: 2}
	return metrics.Site{
		Sources: []metrics.Source{
			{Name: text, LastEvent: at(3), Bytes: 5, Parsers: []metrics.Parser{{Name: text, Accepted: 4, Rejected: counts}, {Name: text, Accepted: 1, Rejected: counts}}},
			{Name: text, LastEvent: at(1), Bytes: 6, Silent: true},
		},
		Rules:      []metrics.Rule{{ID: text, DefaultLevel: text, Outcomes: counts, Levels: counts, LastSeconds: 1}, {ID: text, DefaultLevel: text, Outcomes: counts, LastSeconds: 3}},
		Findings:   []metrics.Findings{{Rule: text, Level: text, State: text, Count: 4}, {Rule: text, Level: text, State: text, Count: 5}},
		OldestOpen: map[string]time.Time{text: at(4)},
		Notify:     []metrics.Notify{{Channel: text, Outcome: text, Count: 1}, {Channel: text, Outcome: text, Count: 1}},
	}
}

func TestUnknownBecomesOther(t *testing.T) {
	const canary = "Canary, Carla <1050>"
	m := metrics.New(build(), metrics.Options{})
	m.Set(canary, poisoned(canary))
	m.Set("Canary \"2\"", poisoned("canary_2"))
	m.ObserveIngest(canary, time.Second)
	text := scrape(t, m)
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("a word of the log is shown:\n%s", text)
	}
	checkLabels(t, text)
	// The numbers of both practices and of all values are added; of times and states,
	// the worse one is shown.
	for metric, want := range map[string]string{
		"chartwatch_site_up":                               `{site="other"} 0`,
		"chartwatch_findings":                              `{level="other",rule="other",site="other",state="other"} 18`,
		"chartwatch_findings_created_total":                `{level="other",rule="other",site="other"} 4`,
		"chartwatch_events_ingested_total":                 `{parser="other",site="other",source="other"} 10`,
		"chartwatch_events_rejected_total":                 `{parser="other",reason="other",site="other",source="other"} 8`,
		"chartwatch_ingest_bytes_total":                    `{site="other",source="other"} 22`,
		"chartwatch_source_silent":                         `{site="other",source="other"} 1`,
		"chartwatch_source_last_event_timestamp_seconds":   fmt.Sprintf(`{site="other",source="other"} %v`, float64(at(1).Unix())),
		"chartwatch_rule_duration_seconds":                 `{rule="other",site="other"} 3`,
		"chartwatch_rule_evaluations_total":                `{outcome="other",rule="other",site="other"} 8`,
		"chartwatch_notify_total":                          `{channel="other",outcome="other",site="other"} 4`,
		"chartwatch_finding_oldest_open_timestamp_seconds": fmt.Sprintf(`{level="other",site="other"} %v`, float64(at(4).Unix())),
	} {
		if got := of(text, metric); !slices.Contains(got, want) {
			t.Errorf("%s lacks %s:\n%s", metric, want, strings.Join(got, "\n"))
		}
	}
	m.Remove(canary)
	if got := of(scrape(t, m), "chartwatch_ingest_bytes_total"); !slices.Equal(got, []string{`{site="other",source="other"} 11`}) {
		t.Errorf("after one of both was removed: %q", got)
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("a", 80)
	tests := []struct {
		name         string
		source, rule bool // whether it is one
	}{
		{"a", true, true},
		{"ehr-2", true, true},
		{"7", true, true},
		{long[:63], true, true},
		{long[:64], false, true},
		{long + "b", false, true},
		{long + "bc", false, false},
		{"core.bulk.chart-burst", false, true},
		{"-a", false, false},
		{".a", false, false},
		{"a-", false, true},
		{"", false, false},
		{"Anna", false, false},
		{"a b", false, false},
		{"a_b", false, false},
		{"a\nb", false, false},
		{"ä", false, false},
		{"a\xff", false, false},
	}
	for _, tt := range tests {
		t.Run(strconv.Quote(tt.name), func(t *testing.T) {
			text := show(t, metrics.Options{}, metrics.Site{Sources: []metrics.Source{{Name: tt.name}}, Rules: []metrics.Rule{{ID: tt.name, LastSeconds: 1}}})
			source, rule := "other", "other"
			if tt.source {
				source = tt.name
			}
			if tt.rule {
				rule = tt.name
			}
			if diff := cmp.Diff([]string{fmt.Sprintf("{site=\"main\",source=%q} 0", source)}, of(text, "chartwatch_source_silent")); diff != "" {
				t.Errorf("as a source (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{fmt.Sprintf("{rule=%q,site=\"main\"} 1", rule)}, of(text, "chartwatch_rule_duration_seconds")); diff != "" {
				t.Errorf("as a rule (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMinCount(t *testing.T) {
	site := metrics.Site{
		Rules: []metrics.Rule{
			{ID: "a.one", DefaultLevel: "high", Levels: map[string]int64{"high": 1}},
			{ID: "a.two", DefaultLevel: "high", Levels: map[string]int64{"high": 2, "low": 4}},
			{ID: "a.many", DefaultLevel: "high", Levels: map[string]int64{"high": 5}},
			{ID: "a.none", DefaultLevel: "high"},
		},
		Findings: []metrics.Findings{
			{Rule: "a.one", Level: "high", State: "new", Count: 1},
			{Rule: "a.two", Level: "high", State: "new", Count: 2},
			{Rule: "a.two", Level: "high", State: "closed", Count: 4},
			{Rule: "a.two", Level: "low", State: "new", Count: 3},
			{Rule: "a.many", Level: "high", State: "new", Count: 5},
		},
	}
	tests := []struct {
		name              string
		minCount          int
		findings, created []string
	}{
		{
			"all", 1,
			[]string{
				`a.many high new 5`, `a.none high new 0`, `a.one high new 1`, `a.two high closed 4`, `a.two high new 2`, `a.two low new 3`,
			},
			[]string{`a.many high 5`, `a.none high 0`, `a.one high 1`, `a.two high 2`, `a.two low 4`},
		},
		{
			// No 0 for a rule that has some: it is among the few.
			"from-five-on", 5,
			[]string{`a.many high new 5`, `a.none high new 0`, `few high closed 4`, `few high new 3`, `few low new 3`},
			[]string{`a.many high 5`, `a.none high 0`, `few high 3`, `few low 4`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := show(t, metrics.Options{MinCount: tt.minCount}, site)
			if diff := cmp.Diff(tt.findings, values(of(text, "chartwatch_findings"), "rule", "level", "state")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.created, values(of(text, "chartwatch_findings_created_total"), "rule", "level")); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
		})
	}
}

// A finding whose level changes, and a number that is no longer small, must not make a
// total fall: Prometheus would take it for a new beginning and count it all again.
func TestCreatedNeverFalls(t *testing.T) {
	m := metrics.New(build(), metrics.Options{MinCount: 3})
	see := func(levels map[string]int64) []string {
		m.Set("main", metrics.Site{Rules: []metrics.Rule{{ID: "a.one", DefaultLevel: "high", Levels: levels}, {ID: "a.two", DefaultLevel: "low", Levels: map[string]int64{"low": 1}}}})
		return values(of(scrape(t, m), "chartwatch_findings_created_total"), "rule", "level")
	}
	for _, tt := range []struct {
		levels map[string]int64
		want   []string
	}{
		{map[string]int64{"low": 2, "high": 5}, []string{"a.one high 5", "few low 3"}},
		{map[string]int64{"low": 3, "high": 4}, []string{"a.one high 5", "a.one low 3", "few low 3"}},
		{map[string]int64{"low": 4, "high": 6}, []string{"a.one high 6", "a.one low 4", "few low 3"}},
	} {
		if diff := cmp.Diff(tt.want, see(tt.levels)); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
	}
}

// values shortens lines of a scrape to the values of some labels and the number.
func values(lines []string, names ...string) []string {
	list := make([]string, 0, len(lines))
	for _, line := range lines {
		var parts []string
		for _, name := range names {
			_, rest, _ := strings.Cut(line, name+`="`)
			value, _, _ := strings.Cut(rest, `"`)
			parts = append(parts, value)
		}
		_, number, _ := strings.Cut(line, "} ")
		list = append(list, strings.Join(append(parts, number), " "))
	}
	slices.Sort(list)
	return list
}

// TestListsAgree compares the closed lists with those of the rooms from which the
// words come. Their sources are read, because they bring a database with them.
func TestListsAgree(t *testing.T) {
	fates := closedLists()["outcome"][:6]
	tests := []struct {
		file, kind string
		want       []string
	}{
		{"../../ingest/reject.go", "Reason", closedLists()["reason"][:12]},
		{"../../rules/rule.go", "Level", closedLists()["level"][:5]},
		{"../review/review.go", "State", closedLists()["state"][:8]},
		{"../engine/engine.go", "Outcome", fates},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			got := constants(t, filepath.FromSlash(tt.file), tt.kind)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s and the metrics differ (-metrics +there):\n%s", tt.file, diff)
			}
			for _, word := range got {
				if shown := shownFor(t, tt.kind, word); !shown {
					t.Errorf("%s is not shown", word)
				}
			}
		})
	}
}

// shownFor reports whether a word gets through under its own name.
func shownFor(t *testing.T, kind, word string) bool {
	t.Helper()
	site := metrics.Site{
		Sources:  []metrics.Source{{Name: "a", Parsers: []metrics.Parser{{Name: "a", Rejected: map[string]int64{word: 7}}}}},
		Rules:    []metrics.Rule{{ID: "a", Outcomes: map[string]int64{word: 7}}},
		Findings: []metrics.Findings{{Rule: "a", Level: word, State: word, Count: 7}},
	}
	for line := range strings.Lines(show(t, metrics.Options{}, site)) {
		if strings.Contains(line, strings.ToLower(kind)+`="`+word+`"`) && strings.HasSuffix(line, " 7\n") {
			return true
		}
	}
	return false
}

// constants returns the values of a file's constants of some type, in order.
func constants(t *testing.T, path, kind string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v, ok := s.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				continue
			}
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == kind {
				word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, word)
			}
		}
	}
	if len(list) == 0 {
		t.Fatalf("%s has no constants of type %s", path, kind)
	}
	return list
}

// FuzzLabels puts any text everywhere. No label may have a value that is in no list
// and looks like no name, and nothing may make the scrape fail.
func FuzzLabels(f *testing.F) {
	for _, seed := range []string{"", "main", "Anna Archer", "a\"b\\c\nd", "\xff\xfe", "few", "other", "high", "new", "ran", "bad_time", "core.bulk.chart-burst", strings.Repeat("a", 90), "a-", "\u202e"} {
		f.Add(seed, seed, 0)
		f.Add("main", seed, 10)
	}
	f.Fuzz(func(t *testing.T, site, text string, minCount int) {
		m := metrics.New(build(), metrics.Options{MinCount: minCount})
		m.Set(site, poisoned(text))
		m.Set(text, poisoned(site))
		m.ObserveIngest(text, time.Second)
		checkLabels(t, scrape(t, m))
	})
}
