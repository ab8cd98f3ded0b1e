package notify_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/notify"
)

func noon() time.Time { return time.Date(2025, 3, 24, 16, 0, 0, 0, time.UTC) }

func names(t *testing.T) notify.Names {
	t.Helper()
	n, err := notify.NewNames("maple", []string{"ehr", "lab"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// messages are one of every kind.
func messages(t *testing.T) map[string]notify.Message {
	t.Helper()
	n := names(t)
	week := notify.Week{Year: 2025, Number: 12}
	base := func(k notify.Kind, change func(*notify.Message)) notify.Message {
		m := notify.Message{Kind: k, Site: n.Site(), At: noon()}
		change(&m)
		return m
	}
	found := notify.Levels{Low: 4, Medium: 2, High: 1}
	return map[string]notify.Message{
		"review_done":       base(notify.ReviewDone, func(m *notify.Message) { m.Week, m.Levels, m.Open = week, found, 6 }),
		"review_nothing":    base(notify.ReviewDone, func(m *notify.Message) { m.Week = week }),
		"review_incomplete": base(notify.ReviewDone, func(m *notify.Message) { m.Week, m.Incomplete = week, true }),
		"review_updated":    base(notify.ReviewUpdated, func(m *notify.Message) { m.Week, m.Levels, m.Open = week, found, 1 }),
		"review_overdue":    base(notify.ReviewOverdue, func(m *notify.Message) { m.Week = week }),
		"signoff_overdue":   base(notify.SignOffOverdue, func(m *notify.Message) { m.Count = 3 }),
		"source_silent": base(notify.SourceSilent, func(m *notify.Message) {
			m.Source, m.Since = n.Source("ehr"), notify.Date{Year: 2025, Month: 3, Day: 19}
		}),
		"log_integrity": base(notify.LogIntegrity, func(*notify.Message) {}),
		"file_failed":   base(notify.FileFailed, func(m *notify.Message) { m.Count = 1 }),
		"test":          base(notify.Test, func(*notify.Message) {}),
		"file_stuck":    base(notify.FileStuck, func(m *notify.Message) { m.Count = 2 }),
	}
}

// TestTexts keeps what people read.
func TestTexts(t *testing.T) {
	for name, m := range messages(t) {
		t.Run(name, func(t *testing.T) {
			text := m.Subject() + "\n\n" + m.Text("https://chartwatch.example/")
			golden.Compare(t, filepath.Join("testdata", name+".txt"), text)
			for _, never := range []string{"violation", "breach", "guilty"} {
				if strings.Contains(strings.ToLower(text), never) {
					t.Errorf("it says %q", never)
				}
			}
		})
	}
}

func TestKeys(t *testing.T) {
	all := messages(t)
	later := func(name string, d time.Duration) string {
		m := all[name]
		m.At = m.At.Add(d)
		return m.Key()
	}
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name string
		same time.Duration // still the same news
		new  time.Duration // told again; 0 is never
	}{
		{"review_done", 30 * day, 0},
		{"source_silent", 30 * day, 0},
		{"review_overdue", time.Hour, day},
		{"signoff_overdue", 2 * day, 7 * day},
		{"log_integrity", time.Hour, day},
		{"file_failed", time.Hour, day},
	} {
		if later(tc.name, tc.same) != all[tc.name].Key() {
			t.Errorf("%s is told again after %s", tc.name, tc.same)
		}
		if tc.new != 0 && later(tc.name, tc.new) == all[tc.name].Key() {
			t.Errorf("%s is not told again after %s", tc.name, tc.new)
		}
	}
	again := all["review_updated"]
	again.Review++
	if again.Key() == all["review_updated"].Key() {
		t.Error("another review of the week, with the same numbers, is not told")
	}
	seen := map[string]string{}
	for name, m := range all {
		if strings.HasPrefix(name, "review_") && m.Kind == notify.ReviewDone {
			continue // all about one week
		}
		if other, ok := seen[m.Key()]; ok {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[m.Key()] = name
	}
}

// TestMessageCannotName goes through all fields that can be reached from a message. None
// may hold a text, but for the names that only the configuration gives out.
func TestMessageCannotName(t *testing.T) {
	var check func(path string, typ reflect.Type)
	check = func(path string, typ reflect.Type) {
		switch {
		case typ == reflect.TypeFor[notify.Site](), typ == reflect.TypeFor[notify.Source]():
			for f := range typ.Fields() {
				if f.IsExported() {
					t.Errorf("%s.%s is exported", path, f.Name)
				}
			}
		case typ == reflect.TypeFor[time.Time]():
		case typ.Kind() == reflect.Struct:
			for f := range typ.Fields() {
				check(path+"."+f.Name, f.Type)
			}
		case typ.Kind() == reflect.Int, typ.Kind() == reflect.Bool:
		default:
			t.Errorf("%s is a %s, which could name somebody", path, typ.Kind())
		}
	}
	check("Message", reflect.TypeFor[notify.Message]())
}

func TestParseWeek(t *testing.T) {
	for _, text := range []string{"2025-W01", "2025-W12", "2020-W53", "2026-W53", "0001-W01"} {
		if w, err := notify.ParseWeek(text); err != nil || w.String() != text {
			t.Errorf("%s is read as %v, %v", text, w, err)
		}
	}
	for _, text := range []string{"", "2025", "2025-12", "2025-W1", "2025-W00", "2025-W53", "2025-W99", "0000-W01", "2025-w12", "2025-W+1", "+025-W12", " 2025-W12", "2025-W123", "Rivera"} {
		if w, err := notify.ParseWeek(text); fault.KindOf(err) != fault.Invalid || w != (notify.Week{}) || strings.Contains(fmt.Sprint(err), "Rivera") {
			t.Errorf("%q is read as %v, %v", text, w, err)
		}
	}
}

// TestKindNames keeps the names that are stored and sent.
func TestKindNames(t *testing.T) {
	var got []string
	for _, k := range notify.Kinds() {
		text, err := k.MarshalText()
		var back notify.Kind
		if err := errors.Join(err, back.UnmarshalText(text)); err != nil || back != k {
			t.Errorf("%s comes back as %v, %v", text, back, err)
		}
		got = append(got, string(text))
	}
	want := []string{"review_done", "review_updated", "review_overdue", "signoff_overdue", "source_silent", "log_integrity", "file_failed", "file_stuck", "test"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	var k notify.Kind
	if err := k.UnmarshalText([]byte("unknown")); err == nil {
		t.Error("an unknown kind is read")
	}
	if text, err := k.MarshalText(); err == nil {
		t.Errorf("an unknown kind is written as %s", text)
	}
}

func TestNames(t *testing.T) {
	n := names(t)
	for text, want := range map[string]string{"ehr": "ehr", "lab": "lab", "Rivera, Ana": "other", "zquisen": "other", "": "other", "EHR": "other"} {
		if got := n.Source(text).String(); got != want {
			t.Errorf("the source %q is shown as %q, want %q", text, got, want)
		}
	}
	for _, bad := range [][2]string{{"Maple Street", "ehr"}, {"", "ehr"}, {"maple", "Rivera Ana"}, {"maple", "a\nb"}, {"-", "ehr"}} {
		if _, err := notify.NewNames(bad[0], []string{bad[1]}); fault.KindOf(err) != fault.Invalid || strings.Contains(fmt.Sprint(err), "Rivera") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
