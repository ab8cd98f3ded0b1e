package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/golden"
)

// surroundings are options with directories of the test's own.
func surroundings(t *testing.T) config.Options {
	t.Helper()
	root := t.TempDir()
	o := config.Options{
		WorkDir: filepath.Join(root, "work"), ConfigDir: filepath.Join(root, "config"),
		DataDir: filepath.Join(root, "data"), SystemDir: filepath.Join(root, "etc"),
	}
	for _, dir := range []string{o.WorkDir, o.ConfigDir, o.SystemDir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, o config.Options) config.Loaded {
	t.Helper()
	l, err := config.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func defaults(o config.Options) config.Config {
	c := config.Default()
	c.DataDir = o.DataDir
	return c
}

func fixtures(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("no fixtures %s: %v", pattern, err)
	}
	return list
}

func TestGoodFiles(t *testing.T) {
	full := config.Config{
		Site: "north-2", Timezone: "America/Chicago",
		Sources: []config.Source{
			{
				Name: "audit-log", Match: "audit-*.csv", Parser: "delimited", Timezone: "America/Denver",
				Encoding: "windows-1252", Expect: "daily", From: "2024-03-01", Until: "2025-08-31",
			},
			{Name: "roster", Match: "staff.xlsx", Expect: "none"},
		},
		Practice: config.Practice{
			Name: "Maple Street", Holidays: "none", HoursMargin: 90 * time.Minute, ShiftMargin: 45 * time.Minute,
			Hours: []config.Hours{{Days: "mon-fri", Open: "07:30", Close: "18:00"}},
			Leave: []config.Leave{{Person: "jlee", From: "2025-03-10", To: "2025-03-11"}},
		},
		Rules: config.Rules{
			Values: []config.RuleValue{{Rule: "core.hours.off-schedule", Param: "min_events", Value: "5", Reason: "jlee works late"}},
		},
		Review:   config.Review{MemoryLimit: "2GB"},
		Schedule: config.Schedule{Review: "Tuesday 18:30", Ingest: "21:15", Paths: []string{"exports", "/srv/exports/log.csv"}, SilentAfter: 120 * time.Hour},
		Drop:     config.Drop{Every: time.Minute, Patience: 2 * time.Hour},
		Metrics:  config.Metrics{Listen: "[::1]:9000", MinCount: 3},
		Notify: config.Notify{
			Link: "https://chartwatch.example/",
			Mail: config.Mail{
				Server: "smtp.example", Port: 465, TLS: "tls", User: "chartwatch", From: "Chartwatch <chartwatch@practice.example>", To: []string{"office@practice.example"},
			},
			Webhook: config.Webhook{URL: "https://hooks.example/chartwatch"},
		},
		Store:  config.Store{MemoryLimit: "2.5 GiB", Threads: 3, Wait: 90 * time.Second},
		Key:    config.Key{Store: "file", Recipients: []string{"age1" + strings.Repeat("q", 58)}},
		Limits: config.Limits{Ratio: 500, Entries: 20},
		Log:    config.Log{Level: "debug", Format: "json"},
	}
	marked := config.Default()
	marked.Site, marked.Store.Wait = "marked", 5*time.Second
	fleet := config.Default()
	fleet.Schedule.Review = "fri 18:00"
	want := map[string]config.Config{
		"fleet": fleet, "full": full, "empty": config.Default(), "comments": config.Default(), "blanks": config.Default(), "notepad": marked,
	}
	for _, file := range fixtures(t, "*.good.yaml") {
		name := strings.TrimSuffix(filepath.Base(file), ".good.yaml")
		t.Run(name, func(t *testing.T) {
			o := surroundings(t)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o.File = write(t, o.SystemDir, "copy.yaml", string(text))
			expected, ok := want[name]
			if !ok {
				t.Fatal("the fixture has no expectation")
			}
			expected.DataDir = o.DataDir
			if name == "fleet" {
				expected.Sites = []string{filepath.Join(o.SystemDir, "sites", "*.yaml"), "/srv/other.yaml"}
				if runtime.GOOS == "windows" { // where such a path has no drive
					expected.Sites[1] = filepath.Join(o.SystemDir, expected.Sites[1])
				}
			}
			if name == "full" {
				// Relative paths start at the folder of the file.
				expected.DataDir = filepath.Join(o.SystemDir, "store", "practice")
				expected.Rules.Dir = filepath.Join(o.SystemDir, "own-rules")
				expected.Sources[0].Mapping = filepath.Join(o.SystemDir, "maps", "audit.yaml")
				expected.Key.File = "/etc/keys/practice.key"
				expected.Schedule.Paths = []string{filepath.Join(o.SystemDir, "exports"), "/srv/exports/log.csv"}
				expected.Drop.Dir = filepath.Join(o.SystemDir, "inbox")
				tls := filepath.Join(o.SystemDir, "tls")
				expected.Metrics.TextFile = filepath.Join(o.SystemDir, "metrics", "chartwatch.prom")
				expected.Metrics.TLSCert, expected.Metrics.TLSKey, expected.Metrics.TokenFile = filepath.Join(tls, "cert.pem"), filepath.Join(tls, "key.pem"), filepath.Join(tls, "token")
				expected.Notify.Mail.PasswordFile, expected.Notify.Mail.CAFile = filepath.Join(o.SystemDir, "secrets", "mail"), filepath.Join(tls, "ca.pem")
				expected.Notify.Webhook.SecretFile = filepath.Join(o.SystemDir, "secrets", "webhook")
				if runtime.GOOS == "windows" {
					expected.Key.File = filepath.Join(o.SystemDir, expected.Key.File)
					expected.Schedule.Paths[1] = filepath.Join(o.SystemDir, expected.Schedule.Paths[1])
				}
			}
			got := load(t, o)
			if diff := cmp.Diff(expected, got.Config); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if got.File != o.File {
				t.Errorf("file = %q, want %q", got.File, o.File)
			}
		})
	}
}

func TestBadFiles(t *testing.T) {
	for _, file := range fixtures(t, "*.bad.yaml") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".bad.yaml"), func(t *testing.T) {
			o := surroundings(t)
			o.File, o.WorkDir = file, ""
			_, err := config.Load(o)
			if err == nil {
				t.Fatal("the file was accepted")
			}
			if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
				t.Errorf("kind %v, hint %q", fault.KindOf(err), fault.HintOf(err))
			}
			golden.Compare(t, strings.TrimSuffix(file, ".yaml")+".txt", filepath.ToSlash(err.Error())+"\n")
		})
	}
}

func TestProblemsHavePositions(t *testing.T) {
	o := surroundings(t)
	o.File = write(t, o.WorkDir, "c.yaml", "site: ok\nsources:\n  - name: a\n    timezone: Mars/Olympus\n")
	_, err := config.Load(o)
	var invalid *config.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("error = %v", err)
	}
	want := []config.Problem{{
		Where: o.File + ":4:15", Line: 4, Column: 15, Key: "sources[0].timezone",
		Message: `sources[0].timezone: unknown time zone "Mars/Olympus"; use a name of the IANA database, such as America/New_York or America/Chicago`,
	}}
	if diff := cmp.Diff(want, invalid.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	o := surroundings(t)
	got := load(t, o)
	if diff := cmp.Diff(defaults(o), got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if got.File != "" || got.ConfigDir != o.ConfigDir {
		t.Errorf("file %q, directory %q", got.File, got.ConfigDir)
	}
	for key, from := range got.Origin {
		if from != "default" {
			t.Errorf("%s comes from %s", key, from)
		}
	}
}

func TestPrecedence(t *testing.T) {
	o := surroundings(t)
	write(t, o.ConfigDir, "chartwatch.yaml", "site: file\ntimezone: America/Chicago\nstore: {wait: 1s, threads: 1, memory_limit: 100MB}\n")
	o.Environ = []string{
		"CHARTWATCH_STORE_WAIT=2s", "CHARTWATCH_STORE_THREADS=2", "CHARTWATCH_LIMITS_REJECT_RATIO=0.5",
		"CHARTWATCH_KEY_RECIPIENTS=age1aa, age1bb", "CHARTWATCH_TIMEZONE=", "PATH=/bin", "CHARTWATCHER=1",
	}
	o.Flags = map[string]string{"store.wait": "3s", "data_dir": "here"}
	got := load(t, o)
	want := defaults(o)
	want.Site, want.Timezone, want.DataDir = "file", "America/Chicago", filepath.Join(o.WorkDir, "here")
	want.Store = config.Store{MemoryLimit: "100MB", Threads: 2, Wait: 3 * time.Second}
	want.Limits.RejectRatio = 0.5
	want.Key.Recipients = []string{"age1aa", "age1bb"}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	origins := map[string]string{
		"data_dir": "command line", "site": "file", "timezone": "file", "sources": "default",
		"store.memory_limit": "file", "store.threads": "CHARTWATCH_STORE_THREADS", "store.wait": "command line",
		"key.file": "default", "key.store": "default", "key.recipients": "CHARTWATCH_KEY_RECIPIENTS",
		"limits.ratio": "default", "limits.entries": "default", "limits.reject_ratio": "CHARTWATCH_LIMITS_REJECT_RATIO",
		"log.level": "default", "log.format": "default", "rules.dir": "default", "rules.values": "default", "review.memory_limit": "default",
	}
	for _, name := range practiceSettings() {
		origins["practice."+name] = "default"
	}
	for _, name := range serveSettings() {
		origins[name] = "default"
	}
	if diff := cmp.Diff(origins, got.Origin); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
}

// practiceSettings are all settings of the practice; the lists among them cannot
// be set by a variable.
func practiceSettings() []string {
	return append(practiceLists(), "name", "holidays", "hours_margin", "shift_margin")
}

// serveSettings are the settings of the daemon.
func serveSettings() []string {
	return []string{
		"schedule.review", "schedule.ingest", "schedule.paths", "schedule.silent_after", "drop.dir", "drop.every", "drop.patience", "drop.keep",
		"metrics.listen", "metrics.textfile", "metrics.min_count", "metrics.tls_cert", "metrics.tls_key", "metrics.token_file", "notify.link",
		"notify.mail.server", "notify.mail.port", "notify.mail.tls", "notify.mail.user", "notify.mail.password_file", "notify.mail.from", "notify.mail.to", "notify.mail.ca_file",
		"notify.webhook.url", "notify.webhook.secret_file", "notify.webhook.ca_file", "sites",
	}
}

func practiceLists() []string {
	return []string{
		"hours", "closures", "on_call", "leave", "covers", "accounts", "patients", "workstations", "roles", "policy", "lists", "tickets", "networks",
	}
}

// TestBase makes sure that what one of several practices leaves out about the
// daemon comes from the configuration of all, and nothing else does.
func TestBase(t *testing.T) {
	o := surroundings(t)
	base := config.Default()
	base.Site, base.Timezone, base.Schedule.Review, base.Notify.Mail.Server, base.Metrics.MinCount = "all", "America/Chicago", "fri 20:00", "smtp.example", 5
	base.Schedule.Paths, base.Drop.Dir, base.Drop.Every = []string{"/srv/all"}, "/srv/inbox", time.Minute
	base.Notify.Mail.From, base.Notify.Mail.To = "a@practice.example", []string{"b@practice.example"}
	o.Base = &base
	o.File = write(t, o.SystemDir, "one.yaml", "site: one\nschedule: {ingest: \"03:00\"}\n")
	got := load(t, o).Config
	want := defaults(o)
	want.Site, want.Schedule.Review, want.Schedule.Ingest, want.Drop.Every = "one", "fri 20:00", "03:00", time.Minute
	want.Notify.Mail = base.Notify.Mail
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestParseWeekly(t *testing.T) {
	for text, want := range map[string]config.Weekly{
		"mon 06:00": {Day: time.Monday, Minute: 360}, "  Sunday   23:59 ": {Day: time.Sunday, Minute: 1439}, "THU 0:05": {Day: time.Thursday, Minute: 5},
	} {
		got, err := config.ParseWeekly(text)
		if err != nil || got != want {
			t.Errorf("ParseWeekly(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "mon", "06:00", "mon 24:00", "m 06:00", "mon 6", "mon tue 06:00", "monda 06:00"} {
		if got, err := config.ParseWeekly(text); err == nil {
			t.Errorf("ParseWeekly(%q) = %v, want an error", text, got)
		}
	}
}

// TestProcessEnvironmentIsNotRead makes sure that the caller decides.
func TestProcessEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("CHARTWATCH_SITE", "leaked")
	t.Setenv("CHARTWATCH_STORE_WAIT", "nonsense")
	if got := load(t, surroundings(t)); got.Config.Site != "main" {
		t.Errorf("site = %q, want main", got.Config.Site)
	}
}

func TestEntries(t *testing.T) {
	p := config.Practice{
		Closures: []config.Closure{{From: "2025-12-24", Why: "storm"}},
		Tickets:  []config.Ticket{{Number: "1", Person: "x"}, {Number: "2"}},
	}
	want := []config.Entry{
		{Key: "practice.closures[0]", Kind: "closure", Fields: map[string]string{"from": "2025-12-24", "why": "storm"}},
		{Key: "practice.tickets[0]", Kind: "ticket", Fields: map[string]string{"number": "1", "person": "x"}},
		{Key: "practice.tickets[1]", Kind: "ticket", Fields: map[string]string{"number": "2"}},
	}
	if diff := cmp.Diff(want, p.Entries()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestEveryVariable(t *testing.T) {
	values := map[string]string{
		"data_dir": "/d", "site": "s", "timezone": "UTC", "store.memory_limit": "5GB", "store.threads": "4", "store.wait": "7m",
		"key.file": "/k", "key.store": "file", "key.recipients": "age1x", "limits.ratio": "9", "limits.entries": "8",
		"limits.reject_ratio": "1", "log.level": "warn", "log.format": "json", "practice.name": "N", "practice.holidays": "none",
		"practice.hours_margin": "1h", "practice.shift_margin": "2h", "rules.dir": "/r", "review.memory_limit": "3GB",
		"schedule.review": "fri 17:00", "schedule.ingest": "01:00", "schedule.paths": "/p, /q", "schedule.silent_after": "48h",
		"drop.dir": "/i", "drop.every": "5s", "drop.patience": "3m", "drop.keep": "4h",
		"metrics.listen": "localhost:1", "metrics.textfile": "/m.prom", "metrics.min_count": "2", "metrics.tls_cert": "/c", "metrics.tls_key": "/y", "metrics.token_file": "/t",
		"notify.link": "http://l/", "notify.mail.server": "m", "notify.mail.port": "25", "notify.mail.tls": "tls", "notify.mail.user": "u", "notify.mail.password_file": "/w",
		"notify.mail.from": "f@x.example", "notify.mail.to": "t@x.example", "notify.mail.ca_file": "/a",
		"notify.webhook.url": "https://w/", "notify.webhook.secret_file": "/s", "notify.webhook.ca_file": "/b",
	}
	lists := []string{"sources", "rules.values", "sites"} // sites cannot go together with some of the others
	for _, name := range practiceLists() {
		lists = append(lists, "practice."+name)
	}
	o := surroundings(t)
	for key, value := range values {
		o.Environ = append(o.Environ, "CHARTWATCH_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))+"="+value)
	}
	got := load(t, o)
	for key, from := range got.Origin {
		if _, ok := values[key]; !ok && !slices.Contains(lists, key) {
			t.Errorf("%s is not tried here", key)
		} else if ok && !strings.HasPrefix(from, "CHARTWATCH_") {
			t.Errorf("%s comes from %s", key, from)
		}
	}
	want := config.Config{
		DataDir: filepath.FromSlash("/d"), Site: "s", Timezone: "UTC",
		Practice: config.Practice{Name: "N", Holidays: "none", HoursMargin: time.Hour, ShiftMargin: 2 * time.Hour},
		Rules:    config.Rules{Dir: filepath.FromSlash("/r")}, Review: config.Review{MemoryLimit: "3GB"},
		Schedule: config.Schedule{Review: "fri 17:00", Ingest: "01:00", Paths: []string{"/p", "/q"}, SilentAfter: 48 * time.Hour},
		Drop:     config.Drop{Dir: "/i", Every: 5 * time.Second, Patience: 3 * time.Minute, Keep: 4 * time.Hour},
		Metrics:  config.Metrics{Listen: "localhost:1", TextFile: "/m.prom", MinCount: 2, TLSCert: "/c", TLSKey: "/y", TokenFile: "/t"},
		Notify: config.Notify{
			Link:    "http://l/",
			Mail:    config.Mail{Server: "m", Port: 25, TLS: "tls", User: "u", PasswordFile: "/w", From: "f@x.example", To: []string{"t@x.example"}, CAFile: "/a"},
			Webhook: config.Webhook{URL: "https://w/", SecretFile: "/s", CAFile: "/b"},
		},
		Store:  config.Store{MemoryLimit: "5GB", Threads: 4, Wait: 7 * time.Minute},
		Key:    config.Key{File: "/k", Store: "file", Recipients: []string{"age1x"}},
		Limits: config.Limits{Ratio: 9, Entries: 8, RejectRatio: 1},
		Log:    config.Log{Level: "warn", Format: "json"},
	}
	if runtime.GOOS == "windows" {
		want.DataDir, want.Key.File, want.Rules.Dir = got.Config.DataDir, got.Config.Key.File, got.Config.Rules.Dir
		want.Schedule.Paths, want.Drop.Dir, want.Metrics, want.Notify = got.Config.Schedule.Paths, got.Config.Drop.Dir, got.Config.Metrics, got.Config.Notify
	}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestBadVariablesAndFlags(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		flags   map[string]string
		want    string
	}{
		{"typo", []string{"CHARTWATCH_STOR_WAIT=5s"}, nil, "CHARTWATCH_STOR_WAIT: there is no such variable; did you mean CHARTWATCH_STORE_WAIT?"},
		{"typo_empty", []string{"CHARTWATCH_CONFIGS="}, nil, "CHARTWATCH_CONFIGS: there is no such variable; did you mean CHARTWATCH_CONFIG?"},
		{"unknown", []string{"CHARTWATCH_PASSWORD_OF_BOB=x"}, nil, "CHARTWATCH_PASSWORD_OF_BOB: there is no such variable; the settings with their variables are explained by `chartwatch config show`"},
		{"no_unit", []string{"CHARTWATCH_STORE_WAIT=5"}, nil, `CHARTWATCH_STORE_WAIT: store.wait: "5" has no unit; write for example 5s or 5m`},
		{"not_whole", []string{"CHARTWATCH_STORE_THREADS=true"}, nil, `CHARTWATCH_STORE_THREADS: store.threads: "true" is not a whole number`},
		{"list_of_groups", []string{"CHARTWATCH_SOURCES=a,b"}, nil, "CHARTWATCH_SOURCES: sources: it can only be set in a configuration file"},
		{"meaning", []string{"CHARTWATCH_TIMEZONE=EST"}, nil, `CHARTWATCH_TIMEZONE: timezone: "EST" is not the name of a time zone; name a place, such as America/New_York or America/Chicago`},
		{"flag_value", nil, map[string]string{"log.level": "loud"}, `command line: log.level: "loud" should be debug, info, warn or error`},
		{"flag_name", nil, map[string]string{"log.lvl": "info"}, `command line: there is no setting "log.lvl"`},
		{
			"several",
			[]string{"CHARTWATCH_STORE_WAIT=5", "CHARTWATCH_A=1"},
			map[string]string{"store.threads": "x"},
			"the configuration has 3 mistakes:\n  CHARTWATCH_A: there is no such variable; the settings with their variables are explained by `chartwatch config show`\n" +
				"  CHARTWATCH_STORE_WAIT: store.wait: \"5\" has no unit; write for example 5s or 5m\n  command line: store.threads: \"x\" is not a whole number",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := surroundings(t)
			o.Environ, o.Flags = tt.environ, tt.flags
			_, err := config.Load(o)
			if diff := cmp.Diff(tt.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("kind = %v", fault.KindOf(err))
			}
		})
	}
}

func TestSearch(t *testing.T) {
	o := surroundings(t)
	check := func(o config.Options, want string) {
		t.Helper()
		got := load(t, o)
		if got.File != want || (want != "" && got.Config.Site+".yaml" != filepath.Base(want) && got.Config.Site != filepath.Base(filepath.Dir(want))) {
			t.Errorf("file = %q with site %q, want %q", got.File, got.Config.Site, want)
		}
	}
	check(o, "")
	system := write(t, o.SystemDir, "chartwatch.yaml", "site: etc")
	check(o, system)
	person := write(t, o.ConfigDir, "chartwatch.yaml", "site: config")
	check(o, person)
	here := write(t, o.WorkDir, "chartwatch.yaml", "site: work")
	check(o, here)
	service := o
	service.Service = true
	check(service, person)
	named := write(t, o.WorkDir, "variable.yaml", "site: variable")
	o.Environ = []string{"CHARTWATCH_CONFIG=variable.yaml"}
	check(o, named)
	flag := write(t, o.WorkDir, "flag.yaml", "site: flag")
	o.File = flag
	check(o, flag)
}

func TestNamedFileIsMissing(t *testing.T) {
	o := surroundings(t)
	o.File = "absent.yaml"
	_, err := config.Load(o)
	want := fmt.Sprintf("there is no configuration file %s, which --config names", filepath.Join(o.WorkDir, "absent.yaml"))
	if err == nil || err.Error() != want || fault.KindOf(err) != fault.Invalid {
		t.Errorf("error = %v, want %s", err, want)
	}
	o.File, o.Environ = "", []string{"CHARTWATCH_CONFIG=absent.yaml"}
	if _, err := config.Load(o); err == nil || !strings.HasSuffix(err.Error(), "which CHARTWATCH_CONFIG names") {
		t.Errorf("error = %v", err)
	}
}

func TestUnusableFiles(t *testing.T) {
	o := surroundings(t)
	if err := os.Mkdir(filepath.Join(o.WorkDir, "chartwatch.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(o); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
	o.File = write(t, o.WorkDir, "large.yaml", strings.Repeat("# comment\n", 200_000))
	if _, err := config.Load(o); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("large: %v", err)
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return // nothing is forbidden there
	}
	o.File = write(t, o.WorkDir, "secret.yaml", "site: a")
	if err := os.Chmod(o.File, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(o); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("unreadable: %v", err)
	}
}

func TestDirectoriesOfTheSystem(t *testing.T) {
	root := t.TempDir()
	got := load(t, config.Options{
		WorkDir: root, Service: true,
		Environ: []string{"XDG_CONFIG_HOME=" + filepath.Join(root, "c"), "XDG_DATA_HOME=" + filepath.Join(root, "d")},
	})
	if want := filepath.Join(root, "d", "chartwatch"); !strings.EqualFold(got.Config.DataDir, want) {
		t.Errorf("data directory = %q, want %q", got.Config.DataDir, want)
	}
	if want := filepath.Join(root, "c", "chartwatch"); !strings.EqualFold(got.ConfigDir, want) {
		t.Errorf("configuration directory = %q, want %q", got.ConfigDir, want)
	}
}

func TestTemplate(t *testing.T) {
	o := surroundings(t)
	o.File = write(t, o.WorkDir, "t.yaml", config.Template())
	got := load(t, o)
	want := defaults(o)
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	for key := range got.Origin {
		name := key[strings.LastIndex(key, ".")+1:]
		if !strings.Contains(config.Template(), name+":") {
			t.Errorf("the template does not mention %s", key)
		}
	}
	// What is shown as an example has to work as well.
	var b strings.Builder
	for line := range strings.Lines(config.Template()) {
		switch text := strings.TrimPrefix(line, "#"); {
		case text != line && strings.HasPrefix(text, "   ") && !strings.HasPrefix(text, "       "):
			b.WriteString(text[1:])
		case strings.HasPrefix(line, "sources:"):
		default:
			b.WriteString(line)
		}
	}
	text := strings.Replace(b.String(), "  - name:", "sources:\n  - name:", 1)
	o.File = write(t, o.WorkDir, "example.yaml", text)
	want.Sources = []config.Source{{
		Name: "audit-log", Match: "audit-*.csv", Parser: "delimited", Mapping: filepath.Join(o.WorkDir, "audit-log.yaml"),
		Timezone: "America/Denver", Encoding: "windows-1252", Expect: "weekdays", From: "2024-03-01", Until: "2025-08-31",
	}}
	if diff := cmp.Diff(want, load(t, o).Config); diff != "" {
		t.Errorf("example (-want +got):\n%s", diff)
	}
}

func TestShow(t *testing.T) {
	o := surroundings(t)
	text, err := os.ReadFile(filepath.Join("testdata", "full.good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	o.File = write(t, o.WorkDir, "chartwatch.yaml", string(text))
	o.Environ = []string{"CHARTWATCH_LOG_LEVEL=warn"}
	full := load(t, o)

	shown := config.Show(full, true)
	for _, secret := range []string{o.WorkDir, "store/practice", "practice.key", "Maple", "jlee", "audit-*", "staff.xlsx", "maps", "age1qqq", "exports", "inbox", "tls/", "example", "secrets"} {
		if strings.Contains(shown, secret) {
			t.Errorf("the redacted form shows %q", secret)
		}
	}
	golden.Compare(t, filepath.Join("testdata", "show.redacted.txt"), filepath.ToSlash(shown))
	golden.Compare(t, filepath.Join("testdata", "show.defaults.txt"), config.Show(load(t, surroundings(t)), true))

	// What is shown can be used as a configuration.
	o.Environ, o.File = nil, write(t, o.WorkDir, "again.yaml", config.Show(full, false))
	if diff := cmp.Diff(full.Config, load(t, o).Config); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if full.Config.Sources[0].Match != "audit-*.csv" || full.Config.Key.Recipients[0][:4] != "age1" {
		t.Error("showing has changed the configuration")
	}
}

func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range seeds {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := surroundings(t)
		o.File = write(t, o.WorkDir, "f.yaml", text)
		l, err := config.Load(o)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("kind %v: %v", fault.KindOf(err), err)
			}
			return
		}
		o.File = write(t, o.WorkDir, "again.yaml", config.Show(l, false))
		again := load(t, o)
		if diff := cmp.Diff(l.Config, again.Config); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}
