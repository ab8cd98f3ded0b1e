package notify_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime/quotedprintable"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/notify"
)

// mailServer speaks enough SMTP to receive a mail, with encryption or without.
type mailServer struct {
	listener net.Listener
	tls      *tls.Config
	ca       []byte

	implicit, plainOnly, silent bool
	hangUp, mute                bool // after the mail was taken; instead of taking it
	login                       bool // AUTH LOGIN instead of PLAIN
	wantsLogin                  bool // as a server that does not relay for strangers
	password                    string
	reached                     chan struct{} // closed when the server falls silent, unless nil
	greets                      string        // what the server adds to its answers
	busy                        bool          // as a server that takes nobody now
	noTLSNow                    bool          // as a server whose certificate is gone

	mu    sync.Mutex
	mails []string
	clear []string // what came before the encryption
	to    []string
}

func newMailServer(t *testing.T, change func(*mailServer)) *mailServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{
		tls: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		ca:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}
	if change != nil {
		change(s)
	}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.listener.Close() })
	go func() {
		for {
			c, err := s.listener.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *mailServer) note(list *[]string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, text)
}

func (s *mailServer) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	if s.silent {
		s.fallSilent(c)
		return
	}
	secure := s.implicit
	if s.implicit {
		c = tls.Server(c, s.tls)
	}
	lines := bufio.NewReader(c)
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	if s.busy {
		say("421 4.3.2 too much to do, also for tls: x509: auth: office@practice.example")
		return
	}
	say("220 test " + s.greets)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		if !secure {
			s.note(&s.clear, line)
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-test")
			if !secure && !s.plainOnly {
				say("250-STARTTLS")
			}
			if s.password != "" {
				say("250-AUTH " + s.mechanism())
			}
			say("250 8BITMIME")
		case "STARTTLS":
			if s.noTLSNow {
				say("454 4.7.0 not now, office@practice.example")
				continue
			}
			say("220 go on")
			c = tls.Server(c, s.tls)
			lines, secure = bufio.NewReader(c), true
		case "AUTH":
			if !s.knows(rest, lines, say) {
				say("535 5.7.8 no such log-in for office@practice.example, no tls")
				continue
			}
			say("235 welcome")
		case "MAIL":
			if s.wantsLogin {
				say("530 5.7.0 who are you, office@practice.example")
				continue
			}
			say("250 fine")
		case "RCPT":
			s.note(&s.to, rest)
			if strings.Contains(rest, "unknown@") {
				say("550 5.1.1 no such mailbox, tls: x509: timeout: auth: unknown@practice.example " + s.greets)
				continue
			}
			if strings.Contains(rest, "later@") {
				say("450 4.2.1 not now, later@practice.example")
				continue
			}
			say("250 fine")
		case "DATA":
			if s.mute {
				s.fallSilent(c)
				return
			}
			say("354 go on")
			text, err := body(lines)
			if err != nil {
				return
			}
			s.note(&s.mails, text)
			say("250 kept")
			if s.hangUp {
				return
			}
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// fallSilent reads on and answers nothing.
func (s *mailServer) fallSilent(c net.Conn) {
	if s.reached != nil {
		close(s.reached)
	}
	_, _ = io.Copy(io.Discard, c)
}

func (s *mailServer) mechanism() string {
	if s.login {
		return "LOGIN"
	}
	return "PLAIN"
}

// knows reads a log-in and checks it.
func (s *mailServer) knows(rest string, lines *bufio.Reader, say func(string)) bool {
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	if !s.login {
		return rest == "PLAIN "+encoded("\x00chartwatch\x00"+s.password)
	}
	var got []string
	for _, question := range []string{"Username:", "Password:"} {
		say("334 " + encoded(question))
		line, err := lines.ReadString('\n')
		if err != nil {
			return false
		}
		got = append(got, strings.TrimSpace(line))
	}
	return rest == "LOGIN" && got[0] == encoded("chartwatch") && got[1] == encoded(s.password)
}

func body(lines *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := lines.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String(), err
		}
		b.WriteString(line)
	}
}

func (s *mailServer) options(t *testing.T) notify.MailOptions {
	t.Helper()
	_, text, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	o := notify.MailOptions{
		Server: "127.0.0.1", Port: port, TLS: "starttls", From: "Chartwatch <chartwatch@practice.example>", To: []string{"office@practice.example", "it@msp.example"},
		CAPEM: s.ca, Link: "https://chartwatch.example/", Clock: noon, Timeout: 5 * time.Second,
	}
	if s.implicit {
		o.TLS = "tls"
	}
	if s.password != "" {
		o.User, o.Password = "chartwatch", "right"
	}
	return o
}

func send(t *testing.T, o notify.MailOptions) error {
	t.Helper()
	m, err := notify.NewMail(o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Send(t.Context(), messages(t)["review_incomplete"])
}

func TestMail(t *testing.T) {
	for name, change := range map[string]func(*mailServer){
		"starttls": nil, "tls": func(s *mailServer) { s.implicit = true }, "log-in": func(s *mailServer) { s.password = "right" },
		"tls-and-log-in":      func(s *mailServer) { s.implicit, s.password = true, "right" },
		"other-log-in":        func(s *mailServer) { s.login, s.password = true, "right" },
		"hangs-up-afterwards": func(s *mailServer) { s.hangUp = true },
	} {
		t.Run(name, func(t *testing.T) {
			s := newMailServer(t, change)
			if err := send(t, s.options(t)); err != nil {
				t.Fatal(err)
			}
			if len(s.mails) != 1 || len(s.to) != 2 {
				t.Fatalf("%d mails to %v", len(s.mails), s.to)
			}
			head, text, _ := strings.Cut(s.mails[0], "\r\n\r\n")
			for _, want := range []string{
				"Subject: chartwatch maple: week 2025-W12 was reviewed: no findings, INCOMPLETE", "Date: Mon, 24 Mar 2025 16:00:00 +0000", "Message-ID: <msg_", "@chartwatch.invalid>", "To: <office@practice.example>, <it@msp.example>",
				"Auto-Submitted: auto-generated",
			} {
				if !strings.Contains(strings.ReplaceAll(head, "\r\n ", " "), want) {
					t.Errorf("the head lacks %q:\n%s", want, head)
				}
			}
			plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
			if err != nil || !strings.Contains(string(plain), "THE REVIEW IS INCOMPLETE") || !strings.Contains(string(plain), "https://chartwatch.example/") {
				t.Errorf("the text, %v:\n%s", err, plain)
			}
			for _, line := range s.clear {
				if !strings.HasPrefix(line, "EHLO") && line != "STARTTLS" {
					t.Errorf("in clear came %q", line)
				}
			}
		})
	}
}

// TestMailFails is about servers that do not take the mail. No error may show an address
// or a password, and nothing may be sent in clear.
func TestMailFails(t *testing.T) {
	closed := newMailServer(t, nil)
	_ = closed.listener.Close()
	for _, tc := range []struct {
		name   string
		server *mailServer
		change func(*notify.MailOptions)
		want   string
	}{
		{"no-encryption", newMailServer(t, func(s *mailServer) { s.plainOnly = true }), nil, "mail: no encrypted connection to the mail server"},
		{"unknown-certificate", newMailServer(t, nil), func(o *notify.MailOptions) { o.CAPEM = nil }, "mail: no encrypted connection to the mail server"},
		{"wrong-password", newMailServer(t, func(s *mailServer) { s.password = "right" }), func(o *notify.MailOptions) { o.Password = "wrong-pw" }, "mail: the mail server refused the log-in"},
		{"unknown-recipient", newMailServer(t, nil), func(o *notify.MailOptions) { o.To = []string{"unknown@practice.example"} }, "mail: the mail server refused a recipient, so nobody was sent the mail"},
		{"two-unknown-recipients", newMailServer(t, nil), func(o *notify.MailOptions) {
			o.To = []string{"unknown@practice.example", "also-unknown@practice.example"}
		}, "mail: the mail server refused a recipient, so nobody was sent the mail"},
		{"recipient-not-now", newMailServer(t, nil), func(o *notify.MailOptions) { o.To = append(o.To, "later@practice.example") }, "mail: the mail server refused a recipient, so nobody was sent the mail"},
		{"busy", newMailServer(t, func(s *mailServer) { s.busy = true }), nil, "mail: the mail was not accepted"},
		{"no-encryption-now", newMailServer(t, func(s *mailServer) { s.noTLSNow = true }), nil, "mail: no encrypted connection to the mail server"},
		{"log-in-wanted", newMailServer(t, func(s *mailServer) { s.wantsLogin = true }), nil, "mail: the mail server refused the log-in"},
		{"no-log-in", newMailServer(t, nil), func(o *notify.MailOptions) { o.User, o.Password = "chartwatch", "wrong-pw" }, "mail: the mail server refused the log-in"},
		{"tls-at-the-wrong-port", newMailServer(t, nil), func(o *notify.MailOptions) { o.TLS = "tls" }, "mail: no encrypted connection to the mail server"},
		{"tls-with-unknown-certificate", newMailServer(t, func(s *mailServer) { s.implicit = true }), func(o *notify.MailOptions) { o.CAPEM = nil }, "mail: no encrypted connection to the mail server"},
		{"other-computer", newMailServer(t, nil), func(o *notify.MailOptions) { o.Server = "localhost" }, "mail: no encrypted connection to the mail server"},
		{"nobody-there", closed, nil, "mail: the mail server cannot be reached"},
		{"no-answer-to-the-mail", newMailServer(t, func(s *mailServer) { s.mute = true }), func(o *notify.MailOptions) { o.Timeout = 300 * time.Millisecond }, "mail: the mail server does not answer in time"},
		{"no-answer-to-tls", newMailServer(t, func(s *mailServer) { s.silent = true }), func(o *notify.MailOptions) { o.TLS, o.Timeout = "tls", 100*time.Millisecond }, "mail: the mail server does not answer in time"},
		{"no-answer", newMailServer(t, func(s *mailServer) { s.silent = true }), func(o *notify.MailOptions) { o.Timeout = 100 * time.Millisecond }, "mail: the mail server does not answer in time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := tc.server.options(t)
			if tc.change != nil {
				tc.change(&o)
			}
			err := send(t, o)
			if err == nil || err.Error() != tc.want || fault.HintOf(err) == "" {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			for _, never := range []string{"example", "wrong-pw", "right"} {
				if strings.Contains(fmt.Sprintf("%+v", err), never) {
					t.Errorf("the error shows %q: %v", never, err)
				}
			}
			tc.server.mu.Lock()
			defer tc.server.mu.Unlock()
			if len(tc.server.mails) != 0 || strings.Contains(strings.Join(tc.server.clear, "\n"), "MAIL FROM") {
				t.Errorf("%d mails came, in clear: %v", len(tc.server.mails), tc.server.clear)
			}
		})
	}
}

// Somebody who has left the practice does not keep the others from being told.
func TestMailToSome(t *testing.T) {
	s := newMailServer(t, nil)
	o := s.options(t)
	o.To = []string{"unknown@practice.example", "office@practice.example", "it@msp.example"}
	err := send(t, o)
	if fault.KindOf(err) != fault.Incomplete || err.Error() != "mail: 1 of 3 recipients could not be sent the mail; the others were" || !strings.Contains(fault.HintOf(err), "notify.mail.to") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
	if len(s.mails) != 2 {
		t.Fatalf("%d mails came", len(s.mails))
	}
	for i, to := range []string{"To: <office@practice.example>\r\n", "To: <it@msp.example>\r\n"} {
		if !strings.Contains(s.mails[i], to) || strings.Contains(s.mails[i], "unknown@") {
			t.Errorf("the mail is not %q alone:\n%s", to, s.mails[i])
		}
	}
}

// TestMailStops ends the program while a server says nothing. The time limit is so long
// that the test fails by its own if it is waited for.
func TestMailStops(t *testing.T) {
	for name, change := range map[string]func(*mailServer){
		"at-the-beginning": func(s *mailServer) { s.silent = true },
		"at-the-mail":      func(s *mailServer) { s.mute = true },
	} {
		t.Run(name, func(t *testing.T) {
			reached := make(chan struct{})
			s := newMailServer(t, func(s *mailServer) { change(s); s.reached = reached })
			o := s.options(t)
			o.Timeout = time.Hour
			m, err := notify.NewMail(o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go func() { <-reached; stop() }()
			if err := m.Send(ctx, messages(t)["review_done"]); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
		})
	}
}

func TestMailOptions(t *testing.T) {
	good := notify.MailOptions{Server: "smtp.example", From: "a@practice.example", To: []string{"b@practice.example"}}
	if _, err := notify.NewMail(good); err != nil {
		t.Errorf("usual options: %v", err)
	}
	for name, change := range map[string]func(*notify.MailOptions){
		"no-certificate": func(o *notify.MailOptions) { o.CAPEM = []byte("nothing") },
		"no-encryption":  func(o *notify.MailOptions) { o.TLS = "none" },
		"no-server":      func(o *notify.MailOptions) { o.Server = "" },
		"no-port":        func(o *notify.MailOptions) { o.Port = 70000 },
		"no-sender":      func(o *notify.MailOptions) { o.From = "" },
		"no-recipient":   func(o *notify.MailOptions) { o.To = nil },
		"bad-recipient":  func(o *notify.MailOptions) { o.To = []string{"b@practice.example", "zquisen"} },
		"two-headers":    func(o *notify.MailOptions) { o.To = []string{"b@practice.example\r\nBcc: zquisen@elsewhere.example"} },
	} {
		o := good
		change(&o)
		if _, err := notify.NewMail(o); fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" || strings.Contains(err.Error(), "zquisen") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got, err := notify.ReadSecret(file("good", " p w \r\n", 0o600)); err != nil || got != " p w " {
		t.Errorf("got %q, %v", got, err)
	}
	bad := map[string]string{"absent": filepath.Join(dir, "absent"), "empty": file("empty", "\n", 0o600), "blank": file("blank", "  \n", 0o600), "large": file("large", strings.Repeat("x", 5000), 0o600)}
	if runtime.GOOS != "windows" {
		bad["others"] = file("others", "pw", 0o644)
	}
	for name, path := range bad {
		if _, err := notify.ReadSecret(path); fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
