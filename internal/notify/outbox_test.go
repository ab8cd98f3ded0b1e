package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/notify"
)

// channel is a way to tell that works or not.
type channel struct {
	name string
	down bool
	some bool // not everybody is reached
	got  []string

	attempts int
}

func (c *channel) Name() string { return c.name }

func (c *channel) Send(ctx context.Context, m notify.Message) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.attempts++
	if c.down {
		return errors.New("down")
	}
	c.got = append(c.got, m.Key())
	if c.some {
		return fault.New(fault.Incomplete, "1 of 2 recipients could not be sent the mail", "check the addresses")
	}
	return nil
}

// post office: an outbox, its channels and a clock.
type office struct {
	t         *testing.T
	path      string
	now       time.Time
	mail, web *channel
	log       bytes.Buffer
	box       *notify.Outbox
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, path: filepath.Join(t.TempDir(), "outbox.json"), now: noon(), mail: &channel{name: "mail"}, web: &channel{name: "webhook"}}
	o.open()
	return o
}

// open opens the outbox, as after a crash.
func (o *office) open() {
	o.t.Helper()
	o.only(o.mail, o.web)
}

// only opens it with some channels.
func (o *office) only(channels ...notify.Channel) {
	o.t.Helper()
	var err error
	o.box, err = notify.OpenOutbox(o.path, notify.OutboxOptions{
		Channels: channels, Clock: func() time.Time { return o.now }, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) put(m notify.Message) {
	o.t.Helper()
	if err := o.box.Put(m); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) flush() {
	o.t.Helper()
	if err := o.box.Flush(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) wants(what string, mail, web, waiting int) {
	o.t.Helper()
	n, _ := o.box.Pending()
	if got := []int{len(o.mail.got), len(o.web.got), n}; !cmp.Equal(got, []int{mail, web, waiting}) {
		o.t.Errorf("%s: mail, webhook and waiting are %v, want %v", what, got, []int{mail, web, waiting})
	}
}

// A server that is away is waited for once a flush, and does not keep the other way waiting.
func TestOneAttemptAFlush(t *testing.T) {
	o := newOffice(t)
	o.mail.down = true
	for _, name := range []string{"review_done", "log_integrity", "file_failed"} {
		o.put(messages(t)[name])
	}
	o.flush()
	o.wants("mail is away", 0, 3, 3)
	if o.mail.attempts != 1 {
		t.Errorf("%d attempts", o.mail.attempts)
	}
	o.mail.down = false
	o.flush()
	o.wants("one waits for its second attempt", 2, 3, 1)
	o.now = o.now.Add(time.Minute)
	o.flush()
	o.wants("all told", 3, 3, 0)
}

func TestOutbox(t *testing.T) {
	o := newOffice(t)
	m := messages(t)["review_done"]
	o.put(m)
	o.wants("before it is sent", 0, 0, 2)
	o.open()
	o.wants("after a crash", 0, 0, 2)
	o.mail.down = true
	o.flush()
	o.wants("without a mail server", 0, 1, 1)
	o.put(m)
	o.flush()
	o.wants("told again, and too early", 0, 1, 1)
	o.now = o.now.Add(time.Minute)
	o.flush()
	o.now = o.now.Add(time.Minute)
	o.mail.down = false
	o.flush()
	o.wants("the second wait is two minutes", 0, 1, 1)
	o.now = o.now.Add(time.Minute)
	o.flush()
	o.wants("the mail server is back", 1, 1, 0)
	o.open()
	o.put(m)
	o.flush()
	o.wants("told again after a restart", 1, 1, 0)
	if info, err := os.Stat(o.path); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0) {
		t.Errorf("the file: %v, %v", info, err)
	}
	want := []notify.Stat{
		{Channel: "mail", Outcome: "delivered", Count: 1},
		{Channel: "mail", Outcome: "failed", Count: 2},
		{Channel: "mail", Outcome: "expired"},
		{Channel: "webhook", Outcome: "delivered", Count: 1},
		{Channel: "webhook", Outcome: "failed"},
		{Channel: "webhook", Outcome: "expired"},
	}
	if diff := cmp.Diff(want, o.box.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

// A message that reached some is not sent to them again, and it is said that others are
// missing.
func TestOutboxReachesSome(t *testing.T) {
	o := newOffice(t)
	o.mail.some = true
	o.put(messages(t)["review_done"])
	o.flush()
	o.flush()
	o.wants("after two flushes", 1, 1, 0)
	if got := strings.Count(o.log.String(), `level=WARN msg="a message did not reach everybody" channel=mail kind=review_done error="1 of 2 recipients could not be sent the mail" hint="check the addresses"`); got != 1 {
		t.Errorf("logged %d times:\n%s", got, o.log.String())
	}
	for _, s := range o.box.Stats() {
		if want := map[string]int64{"mail delivered": 1, "mail failed": 1, "webhook delivered": 1}[s.Channel+" "+s.Outcome]; s.Count != want {
			t.Errorf("%s %s: %d, want %d", s.Channel, s.Outcome, s.Count, want)
		}
	}
}

func TestOutboxGivesUp(t *testing.T) {
	o := newOffice(t)
	o.mail.down, o.web.down = true, true
	o.put(messages(t)["source_silent"])
	for range 14*24 + 2 {
		o.flush()
		o.now = o.now.Add(time.Hour)
	}
	o.wants("after two weeks", 0, 0, 0)
	if !strings.Contains(o.log.String(), "given up") || o.box.Stats()[2].Count != 1 {
		t.Errorf("it is not told: %v\n%s", o.box.Stats(), o.log.String())
	}
}

func TestOutboxClockSetBack(t *testing.T) {
	o := newOffice(t)
	o.mail.down, o.web.down = true, true
	o.put(messages(t)["review_done"])
	o.flush()
	o.now = o.now.AddDate(-1, 0, 0)
	o.mail.down, o.web.down = false, false
	o.flush()
	o.wants("a year back", 1, 1, 0)
}

func TestOutboxInterrupted(t *testing.T) {
	o := newOffice(t)
	o.put(messages(t)["review_done"])
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := o.box.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	o.wants("interrupted", 0, 0, 2)
	o.flush()
	o.wants("afterwards", 1, 1, 0)
}

// TestOutboxUnwritten puts a message down while the file cannot be written. No call says
// that it is kept until it is.
func TestOutboxUnwritten(t *testing.T) {
	o := newOffice(t)
	o.path = filepath.Join(filepath.Dir(o.path), "later", "outbox.json")
	o.open()
	m := messages(t)["review_done"]
	for range 2 {
		if err := o.box.Put(m); fault.HintOf(err) == "" {
			t.Errorf("without a folder: %v", err)
		}
	}
	if err := os.Mkdir(filepath.Dir(o.path), 0o700); err != nil {
		t.Fatal(err)
	}
	o.put(m)
	o.open()
	o.wants("after it was written and a crash", 0, 0, 2)
}

// TestOutboxUnwrittenFlush cannot write down what was sent, until it can.
func TestOutboxUnwrittenFlush(t *testing.T) {
	o := newOffice(t)
	o.put(messages(t)["review_done"])
	away := filepath.Dir(o.path) + ".away"
	if err := os.Rename(filepath.Dir(o.path), away); err != nil {
		t.Fatal(err)
	}
	if err := o.box.Flush(t.Context()); fault.HintOf(err) == "" {
		t.Errorf("without a folder: %v", err)
	}
	if err := os.Rename(away, filepath.Dir(o.path)); err != nil {
		t.Fatal(err)
	}
	o.flush()
	o.open()
	o.flush()
	o.wants("after it was written and a crash", 1, 1, 0)
}

// TestOutboxLeftover begins with what a crash in the midst of writing leaves.
func TestOutboxLeftover(t *testing.T) {
	o := newOffice(t)
	o.put(messages(t)["review_done"])
	if err := os.WriteFile(o.path+".new", []byte(`{"pend`), 0o644); err != nil {
		t.Fatal(err)
	}
	o.open()
	o.wants("the whole file counts", 0, 0, 2)
	o.flush()
	o.open()
	o.wants("it is replaced", 1, 1, 0)
	if info, err := os.Stat(o.path); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// TestOutboxLasting has no way to tell of a silent log for longer than a message is kept.
// What lasts is told when there is one; a review of that time is not.
func TestOutboxLasting(t *testing.T) {
	o := newOffice(t)
	o.only(o.mail)
	o.mail.down = true
	o.put(messages(t)["review_done"])
	for range 16 * 24 {
		o.put(messages(t)["source_silent"])
		o.flush()
		o.now = o.now.Add(time.Hour)
	}
	o.mail.down = false
	for range 3 {
		o.put(messages(t)["source_silent"])
		o.put(messages(t)["review_done"])
		o.now = o.now.Add(time.Hour)
		o.flush()
	}
	if got := strings.Join(o.mail.got, "\n"); len(o.mail.got) != 1 || !strings.Contains(got, "source_silent") {
		t.Errorf("told were %q, want the silent log once", o.mail.got)
	}
}

// TestOutboxChannelGone gives up what waits for a channel that nobody uses any more.
func TestOutboxChannelGone(t *testing.T) {
	o := newOffice(t)
	o.web.down = true
	o.put(messages(t)["review_done"])
	o.flush()
	o.only(o.mail)
	o.now = o.now.Add(13 * 24 * time.Hour)
	o.flush()
	o.wants("it may come back", 1, 0, 1)
	o.now = o.now.Add(24 * time.Hour)
	o.flush()
	o.open()
	o.wants("after two weeks", 1, 0, 0)
	if got := o.box.Stats()[5]; got.Count != 1 || !strings.Contains(o.log.String(), "given up") {
		t.Errorf("it is not told: %v\n%s", got, o.log.String())
	}
}

// TestOutboxRemembers forgets what was told after 400 days.
func TestOutboxRemembers(t *testing.T) {
	o := newOffice(t)
	m := messages(t)["source_silent"]
	o.put(m)
	o.flush()
	for _, step := range []struct {
		days, told int
	}{{399, 1}, {2, 2}} {
		o.now = o.now.AddDate(0, 0, step.days)
		other := messages(t)["log_integrity"]
		other.At = o.now
		o.put(other)
		o.flush()
		o.put(m)
		o.flush()
		if n := strings.Count(strings.Join(o.mail.got, "\n"), m.Key()); n != step.told {
			t.Errorf("after %d more days it was told %d times, want %d", step.days, n, step.told)
		}
	}
}

// TestOutboxBackoff is the whole row of waits.
func TestOutboxBackoff(t *testing.T) {
	o := newOffice(t)
	o.only(o.mail)
	o.mail.down = true
	o.put(messages(t)["review_done"])
	var got []int
	last, failed := o.now, int64(0)
	for range 6 * 60 {
		o.flush()
		if n := o.box.Stats()[1].Count; n != failed {
			got = append(got, int(o.now.Sub(last).Minutes()))
			last, failed = o.now, n
		}
		o.now = o.now.Add(time.Minute)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60}, got); diff != "" {
		t.Errorf("minutes between attempts (-want +got):\n%s", diff)
	}
}

func TestOutboxRefusesNothing(t *testing.T) {
	o := newOffice(t)
	if err := o.box.Put(notify.Message{}); err == nil {
		t.Error("a message about nothing is kept")
	}
	o.wants("nothing", 0, 0, 0)
}

func TestOutboxDamaged(t *testing.T) {
	const entry = `{"pending":[{"channel":"mail","key":"x","message":{"kind":"review_done","site":"maple","source":"ehr"}}],"delivered":{},"counts":{}}`
	for _, text := range []string{
		"", "{", "null", "[]", `{"pending":[]}`, entry + "x",
		strings.Replace(entry, "review_done", "Ana Rivera", 1), strings.Replace(entry, "maple", "Ana Rivera", 1), strings.Replace(entry, "ehr", "Ana Rivera", 1),
	} {
		o := newOffice(t)
		if err := os.WriteFile(o.path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o.open()
		o.put(messages(t)["review_done"])
		o.flush()
		o.wants("a new one", 1, 1, 0)
		if strings.Contains(o.log.String(), "Rivera") {
			t.Errorf("the log holds what the file held: %s", o.log.String())
		}
		aside, err := filepath.Glob(o.path + ".damaged-*")
		if err != nil || len(aside) != 1 || !strings.Contains(o.log.String(), "set aside") {
			t.Errorf("%q: %v, %v\n%s", text, aside, err, o.log.String())
		}
	}
}

// FuzzOutbox opens whatever the file holds. Either it is set aside byte by byte, or what
// waits in it waits still after it was written again. In both cases it goes on.
func FuzzOutbox(f *testing.F) {
	for _, text := range []string{
		"", "{}", `{"pending":null,"delivered":{},"counts":{}}`,
		`{"pending":[{"channel":"mail","key":"x","message":{"kind":"review_done","site":"maple","week":{"year":2025,"number":12}},"next":"2999-01-01T00:00:00Z"}],"delivered":{"mail y":"2025-03-01T00:00:00Z"},"counts":{"mail delivered":3}}`,
		`{"pending":[{"channel":"pigeon","key":"x","message":{"kind":"file_failed","site":"maple"}}],"delivered":{},"counts":{}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o := newOffice(t)
		if err := os.WriteFile(o.path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		o.open()
		aside, err := filepath.Glob(o.path + ".damaged-*")
		if err != nil {
			t.Fatal(err)
		}
		if len(aside) > 0 {
			if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, text) {
				t.Fatalf("set aside was %q, %v, and not %q", kept, err, text)
			}
		}
		before, _ := o.box.Pending()
		stats := o.box.Stats()
		m := messages(t)["file_failed"]
		m.At = m.At.AddDate(50, 0, 0)
		o.put(m)
		with, _ := o.box.Pending()
		o.open()
		after, _ := o.box.Pending()
		if after != with || after < before {
			t.Errorf("%d wait, then %d, then %d", before, with, after)
		}
		if diff := cmp.Diff(stats, o.box.Stats()); diff != "" {
			t.Errorf("stats (-before +after):\n%s", diff)
		}
		o.flush()
	})
}
