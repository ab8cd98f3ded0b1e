package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/notify"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func webhook(t *testing.T, server *httptest.Server, change func(*notify.WebhookOptions)) *notify.Webhook {
	t.Helper()
	o := notify.WebhookOptions{
		URL: server.URL + "/secret-path?token=hidden", Secret: secret, Link: "https://chartwatch.example/", Clock: noon, Timeout: time.Second,
		CAPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	}
	if change != nil {
		change(&o)
	}
	w, err := notify.NewWebhook(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWebhook(t *testing.T) {
	var header http.Header
	var body []byte
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	m := messages(t)["review_done"]
	if err := webhook(t, server, nil).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	// The signature, computed as the specification says.
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, header.Get("webhook-id")+"."+header.Get("webhook-timestamp")+"."+string(body))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); header.Get("webhook-signature") != want {
		t.Errorf("signature %q, want %q", header.Get("webhook-signature"), want)
	}
	if header.Get("webhook-timestamp") != "1742832000" || !strings.HasPrefix(header.Get("webhook-id"), "msg_") {
		t.Errorf("headers %v", header)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "chartwatch.review_done", "timestamp": "2025-03-24T16:00:00Z",
		"data": map[string]any{
			"site": "maple", "week": "2025-W12", "open": 6.0, "incomplete": false, "link": "https://chartwatch.example/",
			"findings_by_level": map[string]any{"info": 0.0, "low": 4.0, "medium": 2.0, "high": 1.0, "critical": 0.0},
			"subject":           "chartwatch maple: week 2025-W12 was reviewed: 1 high, 2 medium, 4 low",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// TestWebhookFails is about servers that do not take the message. No error may show the
// address, which may hold a secret.
func TestWebhookFails(t *testing.T) {
	release := make(chan struct{})
	asked := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/slow"):
			<-release
		case strings.HasSuffix(r.URL.Path, "/redirect"):
			http.Redirect(w, r, "/target", http.StatusTemporaryRedirect)
		case strings.HasSuffix(r.URL.Path, "/target"):
			asked++
		default:
			http.Error(w, "token=hidden", http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	defer close(release)
	for _, tc := range []struct {
		name   string
		change func(*notify.WebhookOptions)
		want   string
	}{
		{"status", func(*notify.WebhookOptions) {}, "webhook: the server answered with status 500"},
		{"redirect", func(o *notify.WebhookOptions) { o.URL = server.URL + "/redirect?token=hidden" }, "webhook: the server answered with status 307"},
		{"no-answer", func(o *notify.WebhookOptions) {
			o.URL, o.Timeout = server.URL+"/slow?token=hidden", 50*time.Millisecond
		}, "webhook: the server does not answer"},
		{"unknown-certificate", func(o *notify.WebhookOptions) { o.CAPEM = nil }, "webhook: no trusted connection to the server"},
		{"nobody-there", func(o *notify.WebhookOptions) { o.URL = "https://127.0.0.1:1/?token=hidden" }, "webhook: the server cannot be reached"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := webhook(t, server, tc.change).Send(t.Context(), messages(t)["review_done"])
			if err == nil || err.Error() != tc.want || fault.HintOf(err) == "" || strings.Contains(err.Error(), "hidden") {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	if asked != 0 {
		t.Error("a redirect was followed")
	}
}

// TestWebhookIDs has the same news on two computers, and a message that is sent again.
// The prefix of the secret makes no difference.
func TestWebhookIDs(t *testing.T) {
	var ids, signatures []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ids, signatures = append(ids, r.Header.Get("webhook-id")), append(signatures, r.Header.Get("webhook-signature"))
	}))
	defer server.Close()
	one := messages(t)["review_done"]
	other := one
	other.At = one.At.Add(time.Millisecond)
	for _, m := range []notify.Message{one, one, other} {
		key := secret
		if len(ids) == 1 {
			key = strings.TrimPrefix(secret, "whsec_")
		}
		w, err := notify.NewWebhook(notify.WebhookOptions{URL: server.URL, Secret: key, Clock: func() time.Time { return one.At }})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if ids[0] != ids[1] || ids[1] == ids[2] || signatures[0] != signatures[1] {
		t.Errorf("ids %q, signatures %q", ids, signatures)
	}
}

func TestWebhookOptions(t *testing.T) {
	for name, o := range map[string]notify.WebhookOptions{
		"http-elsewhere": {URL: "http://hooks.example/", Secret: secret},
		"no-address":     {URL: "hooks", Secret: secret},
		"short-secret":   {URL: "https://hooks.example/", Secret: "tiny"},
		"short-base64":   {URL: "https://hooks.example/", Secret: "whsec_AAAA"},
		"no-base64":      {URL: "https://hooks.example/", Secret: "whsec_%%%"},
		"a-password":     {URL: "https://hooks.example/", Secret: "correct horse battery staple"},
		"no-certificate": {URL: "https://hooks.example/", Secret: secret, CAPEM: []byte("nothing")},
	} {
		if _, err := notify.NewWebhook(o); fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" || strings.Contains(err.Error(), o.Secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := notify.NewWebhook(notify.WebhookOptions{URL: "http://127.0.0.1:1/", Secret: secret}); err != nil {
		t.Errorf("on this computer: %v", err)
	}
}
