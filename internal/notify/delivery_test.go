package notify_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/notify"
)

// hookServer takes posts, and answers with some statuses first.
type hookServer struct {
	*httptest.Server
	mu     sync.Mutex
	answer []int
	posts  []string // headers and bodies
	ids    []string
}

func newHookServer(t *testing.T, answer ...int) *hookServer {
	t.Helper()
	s := &hookServer{answer: answer}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var post strings.Builder
		_ = r.Header.Write(&post)
		_, _ = io.Copy(&post, r.Body)
		s.posts, s.ids = append(s.posts, post.String()), append(s.ids, r.Header.Get("Webhook-Id"))
		if len(s.answer) > 0 {
			w.WriteHeader(s.answer[0])
			_, _ = io.WriteString(w, planted[0])
			s.answer = s.answer[1:]
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// delivery is an outbox with real servers.
type delivery struct {
	t    *testing.T
	path string
	now  time.Time
	log  bytes.Buffer
	box  *notify.Outbox
}

func (d *delivery) open(channels ...notify.Channel) {
	d.t.Helper()
	var err error
	d.box, err = notify.OpenOutbox(d.path, notify.OutboxOptions{
		Channels: channels, Clock: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// flush sends what is due, some time later.
func (d *delivery) flush(later time.Duration) {
	d.t.Helper()
	d.now = d.now.Add(later)
	if err := d.box.Flush(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func newDelivery(t *testing.T) *delivery {
	t.Helper()
	return &delivery{t: t, path: filepath.Join(t.TempDir(), "outbox.json"), now: noon()}
}

func newMail(t *testing.T, o notify.MailOptions) *notify.Mail {
	t.Helper()
	m, err := notify.NewMail(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMailServerAway keeps a message while nobody listens, over a restart, and delivers it
// once.
func TestMailServerAway(t *testing.T) {
	away, there := newMailServer(t, nil), newMailServer(t, nil)
	_ = away.listener.Close()
	d := newDelivery(t)
	d.open(newMail(t, away.options(t)))
	if err := d.box.Put(messages(t)["review_done"]); err != nil {
		t.Fatal(err)
	}
	d.flush(0)
	d.flush(time.Minute)
	if n, since := d.box.Pending(); n != 1 || !since.Equal(noon()) {
		t.Errorf("%d wait since %v, want 1 since %v", n, since, noon())
	}
	d.open(newMail(t, there.options(t)))
	for range 3 {
		d.flush(time.Hour)
	}
	n, _ := d.box.Pending()
	if len(there.mails) != 1 || n != 0 {
		t.Errorf("%d mails came and %d wait, want 1 and 0", len(there.mails), n)
	}
	want := []notify.Stat{{Channel: "mail", Outcome: "delivered", Count: 1}, {Channel: "mail", Outcome: "failed", Count: 2}, {Channel: "mail", Outcome: "expired"}}
	if diff := cmp.Diff(want, d.box.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	if !strings.Contains(d.log.String(), "mail: the mail server cannot be reached") {
		t.Errorf("the log does not say why: %s", d.log.String())
	}
}

// TestMailTakenOnce is about a server that takes a mail and breaks off: a second one
// would be one too many.
func TestMailTakenOnce(t *testing.T) {
	s := newMailServer(t, func(s *mailServer) { s.hangUp = true })
	d := newDelivery(t)
	d.open(newMail(t, s.options(t)))
	if err := d.box.Put(messages(t)["review_done"]); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d.flush(time.Hour)
	}
	if len(s.mails) != 1 {
		t.Errorf("%d mails came, want 1", len(s.mails))
	}
}

func TestWebhookTriedAgain(t *testing.T) {
	s := newHookServer(t, http.StatusInternalServerError)
	d := newDelivery(t)
	d.open(webhook(t, s.Server, nil))
	if err := d.box.Put(messages(t)["review_done"]); err != nil {
		t.Fatal(err)
	}
	d.flush(0)
	for range 3 {
		d.flush(time.Hour)
	}
	if len(s.ids) != 2 || s.ids[0] != s.ids[1] || s.ids[0] == "" {
		t.Errorf("posts with the ids %q came, want one id twice", s.ids)
	}
	want := []notify.Stat{{Channel: "webhook", Outcome: "delivered", Count: 1}, {Channel: "webhook", Outcome: "failed", Count: 1}, {Channel: "webhook", Outcome: "expired"}}
	if diff := cmp.Diff(want, d.box.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

// TestWebhookThroughProxy asks for the proxy of the address, and posts to it.
func TestWebhookThroughProxy(t *testing.T) {
	s, through := newHookServer(t), newHookServer(t)
	w := webhook(t, s.Server, func(o *notify.WebhookOptions) {
		o.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Host != s.Listener.Addr().String() {
				t.Errorf("asked for %s", r.URL.Host)
			}
			return url.Parse(through.URL)
		}
	})
	if err := w.Send(t.Context(), messages(t)["review_done"]); err == nil || len(s.posts) != 0 {
		t.Errorf("a proxy that is none: %v, and %d posts came directly", err, len(s.posts))
	}
}

// planted must be seen nowhere.
var planted = []string{"Zebulon Quisenberry", "zquisen", "MRN-4471", "WS-EXAM-3"}

// TestCanary plants names in everything that the package can be given, lets servers
// answer with them, and searches everything that leaves it.
func TestCanary(t *testing.T) {
	for _, name := range planted {
		if _, err := notify.NewNames(name, nil); name != "zquisen" && (err == nil || strings.Contains(err.Error(), name)) {
			t.Errorf("a site with the name %q: %v", name, err)
		}
	}
	refusing := newMailServer(t, func(s *mailServer) { s.greets = planted[0] })
	taking := newMailServer(t, nil)
	hooks := newHookServer(t, http.StatusBadRequest)
	d := newDelivery(t)
	o := refusing.options(t)
	o.To = []string{"unknown@practice.example"}
	d.open(newMail(t, o), webhook(t, hooks.Server, nil))
	for _, m := range messages(t) {
		for _, name := range planted {
			m.Source = names(t).Source(name)
			m.At = m.At.In(time.FixedZone(name, 3600))
			if err := d.box.Put(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.flush(0)
	waiting := readFile(t, d.path)
	d.open(newMail(t, taking.options(t)), webhook(t, hooks.Server, nil))
	d.flush(2 * time.Minute)
	if n, _ := d.box.Pending(); n != 0 || len(taking.mails) == 0 || len(hooks.posts) < 2 || !strings.Contains(waiting, "review_done") {
		t.Fatalf("%d wait, %d mails and %d posts came: nothing to search in", n, len(taking.mails), len(hooks.posts))
	}
	never := append([]string{"hidden", "secret-path", secret}, planted...)
	for sink, text := range map[string]string{
		"mail": strings.Join(taking.mails, "\n"), "webhook": strings.Join(hooks.posts, "\n"), "waiting": waiting, "outbox": readFile(t, d.path),
	} {
		search(t, sink, text, never)
	}
	search(t, "log", d.log.String(), append(never, "practice.example", "msp.example"))
}

func search(t *testing.T, sink, text string, never []string) {
	t.Helper()
	for _, name := range never {
		if strings.Contains(strings.ToLower(text), strings.ToLower(name)) {
			t.Errorf("%s holds %q:\n%s", sink, name, text)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
