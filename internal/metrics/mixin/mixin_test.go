package mixin_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/metrics/mixin"
)

func TestDashboardsAreGenerated(t *testing.T) {
	made, err := mixin.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(made))
	if diff := cmp.Diff([]string{"chartwatch-fleet.json", "chartwatch-practice.json"}, names); diff != "" {
		t.Errorf("dashboards (-want +got):\n%s", diff)
	}
	committed, err := fs.Glob(mixin.Files(), "dashboards/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(committed) != len(made) {
		t.Errorf("the folder holds %q", committed)
	}
	for name, text := range made {
		golden.Compare(t, "dashboards/"+name, text)
	}
}

// TestNamesExist compares the metrics that alerts and dashboards name with those
// that are really shown.
func TestNamesExist(t *testing.T) {
	shown := shownMetrics(t)
	records, alerts := rules(t)
	used := map[string][]string{}
	for _, r := range append(records, alerts...) {
		for _, name := range named(r.Expr) {
			if name != "chartwatch_events_rejected" && name != "chartwatch_events_ingested" { // within the name of a recording rule
				used[name] = append(used[name], "alerts.yml: "+r.Alert+r.Record)
			}
		}
	}
	for _, q := range mixin.Queries() {
		for _, name := range named(q.Expr) {
			used[name] = append(used[name], q.Dashboard+": "+q.Panel)
		}
	}
	for name, by := range used {
		if !shown[name] {
			t.Errorf("%s is not a metric, but is used in %q", name, by)
		}
	}
	for name := range shown {
		if used[name] == nil && !strings.HasSuffix(name, "_bucket") {
			t.Errorf("%s is used by no alert and no panel", name)
		}
	}
}

// shownMetrics are the names of all series of a practice that has everything.
func shownMetrics(t *testing.T) map[string]bool {
	t.Helper()
	m := metrics.New(metrics.Build{}, metrics.Options{})
	now := time.Date(2025, 3, 17, 8, 0, 0, 0, time.UTC)
	m.Set("main", practice(2, 8, now))
	m.ObserveIngest("main", time.Second)
	m.SetCertificate(now)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	shown := map[string]bool{}
	for line := range strings.Lines(w.Body.String()) {
		if name := regexp.MustCompile(`^[a-z_]+`).FindString(line); name != "" {
			shown[name] = true
		}
	}
	if len(shown) < 28 {
		t.Fatalf("only %d metrics are shown", len(shown))
	}
	return shown
}

func TestAlertsAreComplete(t *testing.T) {
	_, alerts := rules(t)
	const pages = "https://github.com/chartwatch/chartwatch/blob/main/internal/metrics/mixin/runbooks/"
	template := regexp.MustCompile(`\{\{.*?\}\}`)
	allowed := regexp.MustCompile(`^\{\{ (\$labels\.(site|source|rule|level)|\$value( \| humanize\w*)?|with \$labels\.site|\.|else|end) \}\}$`)
	for _, a := range alerts {
		t.Run(a.Alert, func(t *testing.T) {
			if !strings.HasPrefix(a.Alert, "Chartwatch") {
				t.Error("its name does not begin with Chartwatch")
			}
			if !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) || len(a.Labels) != 1 {
				t.Errorf("its labels are %v", a.Labels)
			}
			if diff := cmp.Diff([]string{"description", "runbook_url", "summary"}, slices.Sorted(maps.Keys(a.Annotations))); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if got := a.Annotations["runbook_url"]; got != pages+a.Alert+".md" {
				t.Errorf("its page is %s", got)
			}
			for name, text := range a.Annotations {
				for _, x := range template.FindAllString(text, -1) {
					if !allowed.MatchString(x) {
						t.Errorf("%s shows %s", name, x)
					}
				}
			}
			// A certificate belongs to no practice.
			if a.Alert != "ChartwatchCertExpiring" && !strings.Contains(a.Annotations["description"], "$labels.site") {
				t.Error("its description does not say which practice it is")
			}
		})
	}
}

func TestEveryAlertIsTested(t *testing.T) {
	var file struct {
		Tests []struct {
			Name  string `yaml:"name"`
			Cases []struct {
				At       string           `yaml:"eval_time"`
				Alert    string           `yaml:"alertname"`
				Expected []map[string]any `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		} `yaml:"tests"`
	}
	decode(t, "alerts_test.yml", &file)
	fires, quiet := map[string]int{}, map[string]int{}
	for _, x := range file.Tests {
		for _, c := range x.Cases {
			if alert, _, _ := strings.Cut(x.Name, ":"); alert != c.Alert {
				t.Errorf("%q at %s is about %s", x.Name, c.At, c.Alert)
			}
			if len(c.Expected) > 0 {
				fires[c.Alert]++
			} else {
				quiet[c.Alert]++
			}
		}
	}
	_, alerts := rules(t)
	for _, a := range alerts {
		if fires[a.Alert] < 1 || quiet[a.Alert] < 2 {
			t.Errorf("%s: %d cases in which it fires and %d in which it is quiet; it needs 1 and 2 (far from firing, and just before)", a.Alert, fires[a.Alert], quiet[a.Alert])
		}
	}
}

func TestRunbooks(t *testing.T) {
	_, alerts := rules(t)
	want := []string{}
	for _, a := range alerts {
		want = append(want, "runbooks/"+a.Alert+".md")
	}
	slices.Sort(want)
	got, err := fs.Glob(mixin.Files(), "runbooks/*")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("pages (-want +got):\n%s", diff)
	}
	headings := []string{"## What it means", "## What to look at first", "## How to fix it", "## When it is harmless"}
	for _, a := range alerts {
		t.Run(a.Alert, func(t *testing.T) {
			text := string(read(t, "runbooks/"+a.Alert+".md"))
			if !strings.HasPrefix(text, "# "+a.Alert+": ") {
				t.Errorf("it begins with %.40q", text)
			}
			if n := strings.Count(text, "\n"); n < 15 || n > 35 {
				t.Errorf("it has %d lines", n)
			}
			at := 0
			for _, h := range headings {
				i := strings.Index(text[at:], "\n"+h+"\n")
				if i < 0 {
					t.Fatalf("%q is missing or in another place", h)
				}
				at += i
			}
			if _, look, _ := strings.Cut(text, headings[1]); !strings.Contains(look, "`") {
				t.Error("it names no command, setting or file")
			}
		})
	}
}

// shape is what a test looks at of a dashboard, as it is written.
type shape struct {
	ID            *int   `json:"id"`
	UID           string `json:"uid"`
	SchemaVersion int    `json:"schemaVersion"` //nolint:tagliatelle // Grafana's name
	Templating    struct {
		List []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"list"`
	} `json:"templating"`
	Panels []shapePanel `json:"panels"`
}

type gridPos struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

//nolint:tagliatelle // Grafana's names
type shapePanel struct {
	ID          int     `json:"id"`
	Type        string  `json:"type"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	GridPos     gridPos `json:"gridPos"`
	Links       []struct {
		URL string `json:"url"`
	} `json:"links"`
	Targets []struct {
		RefID string `json:"refId"`
		Expr  string `json:"expr"`
	} `json:"targets"`
}

func TestDashboardShapes(t *testing.T) {
	variables := map[string][]string{
		"chartwatch-practice": {"datasource datasource", "site query"},
		"chartwatch-fleet":    {"datasource datasource"},
	}
	for uid, want := range variables {
		t.Run(uid, func(t *testing.T) {
			text := read(t, "dashboards/"+uid+".json")
			var d shape
			if err := json.Unmarshal(text, &d); err != nil {
				t.Fatal(err)
			}
			if d.ID != nil || d.UID != uid || d.SchemaVersion < 36 || d.SchemaVersion > 39 {
				t.Errorf("id %v, uid %s, version %d", d.ID, d.UID, d.SchemaVersion)
			}
			var got []string
			for _, v := range d.Templating.List {
				got = append(got, v.Name+" "+v.Type)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			if d.Panels[0].Type != "row" || d.Panels[0].Title != "Is everything all right?" {
				t.Errorf("it begins with %q", d.Panels[0].Title)
			}
			for _, m := range regexp.MustCompile(`"uid": "([^"]*)"`).FindAllStringSubmatch(string(text), -1) {
				if m[1] != "${datasource}" && m[1] != uid {
					t.Errorf("it names the data source %q", m[1])
				}
			}
			checkPanels(t, d.Panels)
		})
	}
}

func checkPanels(t *testing.T, panels []shapePanel) {
	t.Helper()
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	for _, p := range panels {
		if p.ID == 0 || ids[p.ID] {
			t.Errorf("%s: the id %d is used twice", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies on %s, or outside", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("%s has no description or no query", p.Title)
		}
		for _, l := range p.Links {
			page := l.URL[strings.LastIndex(l.URL, "/")+1:]
			if _, err := fs.Stat(mixin.Files(), "runbooks/"+page); err != nil {
				t.Errorf("%s links to %s, which does not exist", p.Title, l.URL)
			}
		}
	}
}

func TestQueries(t *testing.T) {
	queries := mixin.Queries()
	seen := map[string]int{}
	for _, q := range queries {
		seen[q.Dashboard]++
		if q.Panel == "" || q.Expr == "" {
			t.Errorf("a query without panel or expression: %+v", q)
		}
	}
	for uid := range seen {
		var d shape
		if err := json.Unmarshal(read(t, "dashboards/"+uid+".json"), &d); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				if !slices.Contains(queries, mixin.Query{Dashboard: uid, Panel: p.Title, Expr: target.Expr}) {
					t.Errorf("the query of %s is not listed", p.Title)
				}
			}
		}
	}
	if want := map[string]int{"chartwatch-practice": 34, "chartwatch-fleet": 27}; !maps.Equal(want, seen) {
		t.Errorf("%v queries, not %v; a panel was added or lost", seen, want)
	}
	if !slices.Contains(queries, mixin.Query{Dashboard: "chartwatch-practice", Panel: "variable site", Expr: "chartwatch_site_up"}) {
		t.Error("the variable is not listed")
	}
}
