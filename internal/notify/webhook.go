package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// WebhookOptions say where messages are posted to.
type WebhookOptions struct {
	// URL is https, or http on this computer.
	URL string
	// Secret signs the posts: whsec_ and base64, or a text of 24 bytes at least.
	Secret string
	CAPEM  []byte
	Link   string
	Clock  func() time.Time
	// Proxy chooses the proxy of a request, as in [http.Transport]; nil means none.
	Proxy func(*http.Request) (*url.URL, error)
	// Timeout is for one post; 0 means 30 s.
	Timeout time.Duration
}

// Webhook posts messages, signed as the specification Standard Webhooks says.
type Webhook struct {
	options WebhookOptions
	key     []byte
	client  *http.Client
}

// minSecret is the shortest secret that the specification allows.
const minSecret = 24

// NewWebhook prepares the posting of messages.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname()))) {
		return nil, fault.New(fault.Invalid, "the address of the webhook cannot be used", "notify.webhook.url begins with https:// unless it is on this computer")
	}
	key, err := secretKey(o.Secret)
	if err != nil {
		return nil, err
	}
	config, err := tlsConfig(u.Hostname(), o.CAPEM)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return &Webhook{options: o, key: key, client: &http.Client{
		Timeout: o.Timeout, Transport: &http.Transport{TLSClientConfig: config, Proxy: o.Proxy},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// secretKey reads the key out of a secret. Receivers decode what is behind whsec_, whether
// that is there or not (Standard Webhooks, "Signature scheme").
func secretKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the secret of the webhook is not base64", "check notify.webhook.secret_file; `openssl rand -base64 32` makes a secret, and whsec_ may stand in front of it")
	}
	if len(key) < minSecret {
		return nil, fault.New(fault.Invalid, "the secret of the webhook is too short", fmt.Sprintf("it must have %d bytes at least, for example of `openssl rand -base64 32`", minSecret))
	}
	return key, nil
}

// Name implements [Channel].
func (*Webhook) Name() string { return "webhook" }

// post is the JSON form of a message. Its shape is stable.
type post struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      postData  `json:"data"`
}

type postData struct {
	Site       Site           `json:"site"`
	Week       string         `json:"week,omitempty"`
	Levels     map[string]int `json:"findings_by_level,omitempty"`
	Open       int            `json:"open"`
	Incomplete bool           `json:"incomplete"`
	Source     string         `json:"source,omitempty"`
	Since      string         `json:"since,omitempty"`
	Count      int            `json:"count,omitempty"`
	Subject    string         `json:"subject"`
	Link       string         `json:"link,omitempty"`
}

func (w *Webhook) body(m Message) ([]byte, error) {
	d := postData{Site: m.Site, Open: m.Open, Incomplete: m.Incomplete, Source: m.Source.name, Count: m.Count, Subject: m.Subject(), Link: w.options.Link}
	if m.Week != (Week{}) {
		d.Week = m.Week.String()
	}
	if m.Since != (Date{}) {
		d.Since = m.Since.String()
	}
	if m.Kind == ReviewDone || m.Kind == ReviewUpdated {
		d.Levels = map[string]int{"info": m.Levels.Info, "low": m.Levels.Low, "medium": m.Levels.Medium, "high": m.Levels.High, "critical": m.Levels.Critical}
	}
	return json.Marshal(post{Type: "chartwatch." + m.Kind.String(), Timestamp: m.At.UTC(), Data: d})
}

// Send implements [Channel].
func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := w.body(m)
	if err != nil {
		return fmt.Errorf("writing a message: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.options.URL, bytes.NewReader(body))
	if err != nil {
		return fault.New(fault.Invalid, "webhook: the address cannot be used", "check notify.webhook.url")
	}
	at := strconv.FormatInt(w.options.Clock().Unix(), 10)
	mac := hmac.New(sha256.New, w.key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id(m), at, body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "chartwatch")
	req.Header.Set("Webhook-Id", id(m))
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := w.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.New(fault.Internal, "webhook: "+failure(err), "check notify.webhook.url and the network, and set ca_file if the server has a certificate of your own")
	}
	_ = res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fault.New(fault.Internal, fmt.Sprintf("webhook: the server answered with status %d", res.StatusCode), "see what the receiver says; redirects are not followed")
	}
	return nil
}

// failure says what went wrong without the address, which may hold a secret.
func failure(err error) string {
	var network net.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &network) && network.Timeout():
		return "the server does not answer"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "the server cannot be reached"
	case insecure(errors.Unwrap(err)): // without the address
		return "no trusted connection to the server"
	default:
		return "the server cannot be reached"
	}
}
