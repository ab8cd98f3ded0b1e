package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/notify"
)

// channel is a way to tell that works or not.
type channel struct {
	name string
	down bool
	got  []string
}

func (c *channel) Name() string { return c.name }

func (c *channel) Send(ctx context.Context, m notify.Message) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.down {
		return errors.New("down")
	}
	c.got = append(c.got, m.Key())
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
	var err error
	o.box, err = notify.OpenOutbox(o.path, notify.OutboxOptions{
		Channels: []notify.Channel{o.mail, o.web}, Clock: func() time.Time { return o.now }, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
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
	if info, err := os.Stat(o.path); err != nil || info.Mode().Perm()&0o077 != 0 {
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

func TestOutboxDamaged(t *testing.T) {
	for _, text := range []string{"", "{", "null", "[]", `{"pending":[]}`} {
		o := newOffice(t)
		if err := os.WriteFile(o.path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o.open()
		o.put(messages(t)["review_done"])
		o.flush()
		o.wants("a new one", 1, 1, 0)
		aside, err := filepath.Glob(o.path + ".damaged-*")
		if err != nil || len(aside) != 1 || !strings.Contains(o.log.String(), "set aside") {
			t.Errorf("%q: %v, %v\n%s", text, aside, err, o.log.String())
		}
	}
}

// FuzzOutbox opens whatever the file holds, and keeps a message all the same.
func FuzzOutbox(f *testing.F) {
	for _, text := range []string{"", "{}", `{"pending":[{"channel":"mail","key":"x","message":{"kind":1}}],"delivered":{},"counts":{}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o := newOffice(t)
		if err := os.WriteFile(o.path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		o.open()
		o.put(messages(t)["file_failed"])
		o.flush()
		o.open()
		o.put(messages(t)["file_failed"])
		if _, told := o.box.Pending(); !told.IsZero() && len(o.mail.got) == 0 {
			return // what the file held waits
		}
		if len(o.mail.got) == 0 && !bytes.Contains(text, []byte("file_failed")) {
			t.Errorf("the message was not sent")
		}
	})
}
