package rulestest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/rules"
)

// ruleWith returns a rule with a SQL text and with more lines of YAML.
func ruleWith(tb testing.TB, sql string, more ...string) rules.Rule {
	tb.Helper()
	text := `schema: 1
id: site.bulk.some
version: 1
status: experimental
title: Some
category: bulk
level: info
risk: 0
confidence: low
description: Some.
schedule: {period: day}
emit: events
group: [user_id]
subject: {type: account, id: user_id}
explain: "{{account}}"
tests:
  - {name: a, given: {events: [{event_id: 1, user_id: ann}]}, expect: [{user_id: ann, rows: 1}]}
  - {name: b, given: {}, expect: []}
sql: |
  ` + strings.ReplaceAll(sql, "\n", "\n  ") + "\n"
	for _, line := range more {
		key, _, _ := strings.Cut(line, ":")
		var kept []string
		inside := false // the value of a key that is replaced
		for l := range strings.SplitSeq(text, "\n") {
			inside = strings.HasPrefix(l, key+":") || inside && strings.HasPrefix(l, " ")
			if !inside {
				kept = append(kept, l)
			}
		}
		text = line + "\n" + strings.Join(kept, "\n")
	}
	r, err := rules.Parse("some.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

const plainSQL = "SELECT site, event_id, ts_s, user_id FROM events"

func TestLintAccepts(t *testing.T) {
	session := openDuckDB(t)
	for name, sql := range map[string]string{
		"plain":  plainSQL,
		"CTE":    "WITH a AS (SELECT site, event_id, ts_s, user_id FROM events), b AS (SELECT site, event_id, ts_s, user_id FROM a)\nSELECT site, event_id, ts_s, user_id FROM b",
		"join":   "SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e LEFT JOIN staff s ON s.person_id = e.person_id AND s.site = e.site WHERE s.site IS NULL",
		"USING":  "SELECT site, event_id, ts_s, user_id FROM events JOIN explained USING (site, event_id)",
		"group":  "SELECT site, MIN(event_id) AS event_id, MAX(ts_s) AS ts_s, user_id, COUNT(DISTINCT patient_id) AS n FROM events GROUP BY site, user_id HAVING COUNT(*) > 3",
		"window": "SELECT site, event_id, ts_s, user_id, LAG(ts_s) OVER (PARTITION BY site, user_id ORDER BY ts_s, event_id) AS p, COUNT(*) FILTER (WHERE is_write = 1) OVER (PARTITION BY site ORDER BY ts_s RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) AS n FROM events",
		"EXISTS": plainSQL + " e WHERE NOT EXISTS (SELECT x.event_id FROM explained x WHERE x.site = e.site AND x.event_id = e.event_id)",
		"union":  plainSQL + " WHERE is_write = 1 UNION ALL " + plainSQL + " WHERE is_write = 0",
		"values": "SELECT site, event_id, ts_s, user_id, CASE WHEN is_read = 1 THEN 'a' ELSE lower(user_id) || 'b' END AS x, CAST(ts_s AS DOUBLE) * 0.5 AS y, COALESCE(ip, '') AS z FROM events WHERE action IN ('view', 'print') AND ip_class NOT IN ('vpn') AND TRUE AND NOT (ts_s BETWEEN 1 AND 2) AND -ts_s < 1",
	} {
		t.Run(name, func(t *testing.T) {
			rule := ruleWith(t, sql)
			for _, p := range rules.Lint(t.Context(), &rule, session) {
				t.Error(p)
			}
		})
	}
}

func TestLintRefuses(t *testing.T) {
	session := openDuckDB(t)
	from := func(expression string) string {
		return "SELECT site, event_id, ts_s, user_id, " + expression + " AS x FROM events"
	}
	where := func(condition string) string { return plainSQL + " e WHERE " + condition }
	over := func(window string) string { return from("SUM(is_read) OVER (" + window + ")") }
	join := func(join string) string {
		return "SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e " + join
	}
	for _, c := range []struct{ name, sql, want string }{
		{"two statements", plainSQL + "; SELECT 1", "exactly one SELECT statement"},
		{"no SELECT", "DELETE FROM events", "not one SELECT statement: Only SELECT"},
		{"syntax", "SELECT site FRM events x y", "not one SELECT statement: syntax error"},
		{"PIVOT", "PIVOT events ON action USING count(*)", "not one SELECT statement"},
		{"DESCRIBE", "DESCRIBE events", "only models can be read"},
		{"SHOW", "SHOW TABLES", "only models can be read"},
		{"unknown table", "SELECT site, event_id, ts_s, user_id FROM dim_user", `there is no model "dim_user"`},
		{"file", "SELECT site, event_id, ts_s, user_id FROM 'a.csv'", `there is no model "a.csv"`},
		{"schema", "SELECT site, event_id, ts_s, user_id FROM main.events", "a model is named alone"},
		{"catalog", "SELECT site, event_id, ts_s, user_id FROM system.information_schema.events", "a model is named alone"},
		{"table function", "SELECT site, event_id, ts_s, user_id FROM read_csv('a')", "table functions are not allowed"},
		{"query function", "SELECT site, event_id, ts_s, user_id FROM query('SELECT 1')", "table functions are not allowed"},
		{"VALUES", "SELECT site, event_id, ts_s, user_id FROM (VALUES (1, 2, 3, 4)) v(site, event_id, ts_s, user_id)", "only models can be read"},
		{"no FROM", "SELECT 1 AS site, 2 AS event_id, 3 AS ts_s, 4 AS user_id", "without FROM"},
		{"shadowed model", "WITH staff AS (" + plainSQL + ") SELECT site, event_id, ts_s, user_id FROM staff", "in use"},
		{"recursive", "WITH RECURSIVE x AS (" + plainSQL + " UNION ALL SELECT site, event_id, ts_s, user_id FROM x) SELECT site, event_id, ts_s, user_id FROM x", "RECURSIVE"},
		{"inner table", plainSQL + " WHERE EXISTS (SELECT site FROM setting s WHERE s.site = events.site)", `no model "setting"`},
		{"UNION", plainSQL + " UNION " + plainSQL, "only UNION ALL"},
		{"star", "SELECT * FROM events", "SELECT * is not allowed"},
		{"star of a table", "SELECT events.* FROM events", "SELECT * is not allowed"},
		{"COLUMNS", "SELECT COLUMNS('.*') FROM events", "SELECT * is not allowed"},
		{"LIMIT", plainSQL + " LIMIT 3", "LIMIT is not allowed"},
		{"DISTINCT ON", "SELECT DISTINCT ON (user_id) site, event_id, ts_s, user_id FROM events", "DISTINCT ON"},
		{"QUALIFY", plainSQL + " QUALIFY ROW_NUMBER() OVER (PARTITION BY site ORDER BY event_id) = 1", "QUALIFY"},
		{"sample", plainSQL + " USING SAMPLE 3", "samples"},
		{"table sample", plainSQL + " TABLESAMPLE 10%", "samples"},
		{"GROUP BY ALL", "SELECT site, event_id, ts_s, user_id, COUNT(*) AS n FROM events GROUP BY ALL", "GROUP BY ALL"},
		{"ROLLUP", "SELECT site, event_id, ts_s, user_id FROM events GROUP BY ROLLUP (site, event_id, ts_s, user_id)", "ROLLUP"},
		{"group by number", "SELECT site, event_id, ts_s, user_id FROM events GROUP BY site, 2, 3, 4", "not their numbers"},
		{"group without site", "SELECT MIN(site) AS site, event_id, ts_s, user_id FROM events GROUP BY event_id, ts_s, user_id", "first key of GROUP BY has to be site"},
		{"aggregate without group", "SELECT MIN(site) AS site, MIN(event_id) AS event_id, MIN(ts_s) AS ts_s, MIN(user_id) AS user_id FROM events", "min without GROUP BY would mix sites"},
		{"comma", "SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e, staff s", "of joins only"},
		{"ASOF", join("ASOF JOIN staff s ON s.site = e.site AND s.hired_day <= e.day_no"), "of joins only"},
		{"NATURAL", join("NATURAL JOIN staff s"), "of joins only"},
		{"FULL", join("FULL JOIN staff s ON s.site = e.site"), "FULL JOIN is not allowed"},
		{"SEMI", join("SEMI JOIN staff s ON s.site = e.site"), "SEMI JOIN is not allowed"},
		{"join without site", join("JOIN staff s ON s.person_id = e.person_id"), "the join has no a.site = b.site"},
		{"join with site itself", join("JOIN staff s ON s.person_id = e.person_id AND e.site = e.site"), "the join has no a.site = b.site"},
		{"join with site or", join("JOIN staff s ON s.person_id = e.person_id OR e.site = s.site"), "the join has no a.site = b.site"},
		{"EXISTS without site", where("EXISTS (SELECT x.event_id FROM explained x WHERE x.event_id = e.event_id)"), "EXISTS needs a.site = b.site"},
		{"IN subquery", where("user_id IN (SELECT person_id FROM staff)"), "IN (SELECT ...)"},
		{"NOT IN subquery", where("user_id NOT IN (SELECT person_id FROM staff)"), "IN (SELECT ...)"},
		{"ANY", where("user_id = ANY (SELECT person_id FROM staff)"), "IN (SELECT ...)"},
		{"scalar subquery", from("(SELECT MAX(f.n_events) FROM first_open f WHERE f.site = events.site GROUP BY f.site)"), "a subquery as a value"},
		{"now", from("now()"), "the function now is not allowed"},
		{"current_date", from("current_date"), "current_date is not a column"},
		{"rowid", from("rowid"), "rowid is not a column"},
		{"user", from("user"), "user is not a column"},
		{"random", from("random()"), "the function random"},
		{"getenv", from("getenv('HOME')"), "the function getenv"},
		{"version", from("version()"), "the function version"},
		{"hidden in CASE", from("CASE WHEN 1 = 1 THEN uuid() END"), "the function uuid"},
		{"hidden in a filter", "SELECT site, event_id, ts_s, user_id, COUNT(*) FILTER (WHERE random() < 1) AS n FROM events GROUP BY site, event_id, ts_s, user_id", "the function random"},
		{"hidden in ORDER BY", plainSQL + " ORDER BY nextval('x')", "the function nextval"},
		{"hidden in HAVING", "SELECT site, event_id, ts_s, user_id FROM events GROUP BY site, event_id, ts_s, user_id HAVING random() < 1", "the function random"},
		{"hidden in a frame", over("PARTITION BY site ORDER BY ts_s RANGE BETWEEN CAST(random() AS BIGINT) PRECEDING AND CURRENT ROW"), "the function random"},
		{"hidden in a join", join("JOIN staff s ON s.site = e.site AND random() < 1"), "the function random"},
		{"divide", from("ts_s / 2"), "/ is not allowed"},
		{"divide whole", from("ts_s // 2"), "// is not allowed"},
		{"list", from("[1, 2]"), "lists, structs"},
		{"struct", from("{'a': 1}"), "lists, structs"},
		{"row", from("(1, 2)"), "lists, structs"},
		{"lambda", from("list_transform(user_id, x -> x)"), "the function list_transform"},
		{"interval", from("INTERVAL 1 DAY"), "the function to_days"},
		{"regex", where("user_id ~ 'a'"), "regexp_full_match"},
		{"LIKE", where("user_id LIKE 'a%'"), "LIKE is not allowed"},
		{"ILIKE", where("user_id ILIKE 'a%'"), "not allowed"},
		{"distinct from", where("user_id IS DISTINCT FROM person_id"), "IS DISTINCT FROM"},
		{"date", from("DATE '2020-01-01'"), "not DATE"},
		{"integer", from("CAST(ts_s AS INTEGER)"), "not INTEGER"},
		{"TRY_CAST", from("TRY_CAST(user_id AS BIGINT)"), "TRY_CAST"},
		{"collate", from("user_id COLLATE nocase"), "collate is not allowed"},
		{"element", from("user_id[1]"), "array extract is not allowed"},
		{"greatest of two", "SELECT site, event_id, ts_s, user_id, MAX(is_read, 1) AS x FROM events GROUP BY site, event_id, ts_s, user_id, is_read", "max takes one value"},
		{"aggregate in order", "SELECT site, event_id, ts_s, user_id, SUM(is_read ORDER BY ts_s) AS x FROM events GROUP BY site, event_id, ts_s, user_id", "ORDER BY inside"},
		{"no partition", over("ORDER BY ts_s"), "first key of PARTITION BY has to be site"},
		{"partition without site first", over("PARTITION BY user_id, site ORDER BY ts_s"), "first key of PARTITION BY has to be site"},
		{"distinct window", from("COUNT(DISTINCT patient_id) OVER (PARTITION BY site)"), "DISTINCT in a window"},
		{"groups frame", over("PARTITION BY site ORDER BY ts_s GROUPS 1 PRECEDING"), "GROUPS frames"},
		{"exclude", over("PARTITION BY site ORDER BY event_id ROWS 1 PRECEDING EXCLUDE TIES"), "EXCLUDE"},
		{"ignore nulls", from("LAG(ip IGNORE NULLS) OVER (PARTITION BY site ORDER BY event_id)"), "IGNORE NULLS"},
		{"range by two", over("PARTITION BY site ORDER BY ts_s, event_id RANGE 5 PRECEDING"), "a RANGE frame is ordered by the one integer"},
		{"rows without tiebreak", over("PARTITION BY site ORDER BY ts_s ROWS 5 PRECEDING"), "ends in a unique column"},
		{"lag without tiebreak", from("LAG(ip) OVER (PARTITION BY site ORDER BY event_id, ts_s)"), "ends in a unique column"},
		{"row_number without order", from("ROW_NUMBER() OVER (PARTITION BY site)"), "ends in a unique column"},
		{"ntile", from("NTILE(4) OVER (PARTITION BY site ORDER BY event_id)"), "the window function ntile"},
		{"site not first", "SELECT event_id, site, ts_s, user_id FROM events", "first column of the result has to be site"},
		{"no name", from("1 + 1")[:len(from("1 + 1"))-len(" AS x FROM events")] + " FROM events", "column 5 of the result has no name"},
		{"name twice", from("1")[:len(from("1"))-len("x FROM events")] + "ts_s FROM events", "has the column ts_s twice"},
		{"no event", "SELECT site, ts_s, user_id FROM events", "has the column event_id in its result"},
		{"no group", "SELECT site, event_id, ts_s FROM events", "the result has no column user_id"},
		{"undeclared list", join("LEFT JOIN list_entry l ON l.site = e.site AND l.list = 'others'"), `the list "others" is not declared`},
		{"undeclared list in IN", join("LEFT JOIN list_entry l ON l.site = e.site AND l.list IN ('others', 'more')"), `the list "others" is not declared`},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			rule := ruleWith(t, c.sql)
			problems := rules.Lint(t.Context(), &rule, session)
			var got strings.Builder
			for _, p := range problems {
				got.WriteString(p.String() + "\n")
			}
			if !strings.Contains(got.String(), c.want) {
				t.Errorf("%s\ngave: %s\nwant: %s", c.sql, got.String(), c.want)
			}
		})
	}
}

// A problem says where in the file it is.
func TestLintPlaces(t *testing.T) {
	session := openDuckDB(t)
	rule := ruleWith(t, "SELECT site, event_id, ts_s, user_id,\n  now() AS x\nFROM events e\n\nWHERE 'é' = user_id AND e.ts_s / 2 > 1")
	var got []string
	for _, p := range rules.Lint(t.Context(), &rule, session) {
		got = append(got, fmt.Sprintf("%d:%d", p.Line, p.Column))
	}
	if diff := cmp.Diff([]string{"21:5", "24:34"}, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	broken := ruleWith(t, "SELECT site\nFRM events")
	problems := rules.Lint(t.Context(), &broken, session)
	if len(problems) != 1 || problems[0].Line != 21 {
		t.Errorf("got %v, want one problem in line 21", problems)
	}
}

// The rest of the rule speaks of columns of the result.
func TestLintColumns(t *testing.T) {
	session := openDuckDB(t)
	rule := ruleWith(t, plainSQL,
		"evidence: [ts_s, workstation]", "distinct: patient_id", `explain: "{{list device}} {{max ts_s}} {{count}}"`,
		`score: [{when: "max_gap_s > 1", add: 1, because: a}, {when: "max_ts_s > 1", add: 1, because: a}, {when: "ts_s > 1", add: 1, because: a}, {when: "distinct > 1", add: 1, because: a}, {when: "vips > 1", add: 1, because: a}]`)
	var got []string
	for _, p := range rules.Lint(t.Context(), &rule, session) {
		message, _, _ := strings.Cut(p.Message, ";")
		got = append(got, message)
	}
	want := []string{
		"the result has no column workstation", "the result has no column patient_id", "{{list device}}: the result has no column device",
		"there is no measure max_gap_s", "there is no measure ts_s", "there is no measure vips",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	intervals := ruleWith(t, "SELECT site, user_id, first_s, patients FROM user_hour", "emit: intervals",
		`score: [{when: "patients > 1", add: 1, because: a}]`)
	problems := rules.Lint(t.Context(), &intervals, session)
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "first_s and last_s, or day_no") {
		t.Errorf("got %v", problems)
	}
}

// Rules across sites may join and group without the site.
func TestLintCrossSite(t *testing.T) {
	session := openDuckDB(t)
	sql := "SELECT MIN(site) AS site, MIN(event_id) AS event_id, MIN(ts_s) AS ts_s, user_id FROM events GROUP BY user_id"
	rule := ruleWith(t, sql, "category: cross-site", "id: site.cross.some")
	if problems := rules.Lint(t.Context(), &rule, session); len(problems) > 0 {
		t.Error(problems)
	}
}
