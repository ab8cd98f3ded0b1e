package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// MailOptions say how mail is sent and to whom.
type MailOptions struct {
	Server string
	// Port is 587 with starttls and 465 with tls if it is 0.
	Port int
	// TLS is starttls or tls.
	TLS            string
	User, Password string
	From           string
	To             []string
	// CAPEM is the certificate authority of a server of one's own, or nil.
	CAPEM []byte
	// Link is a page that messages point to, or empty.
	Link string
	// Clock gives the date of a mail.
	Clock func() time.Time
	// Timeout is for one mail; 0 means 30 s.
	Timeout time.Duration
}

// Mail sends mail.
type Mail struct {
	options MailOptions
	client  *mail.Client
}

const defaultTimeout = 30 * time.Second

// NewMail prepares the sending of mail. Nothing is ever sent without encryption.
func NewMail(o MailOptions) (*Mail, error) {
	config, err := tlsConfig(o.Server, o.CAPEM)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	options := []mail.Option{mail.WithTLSConfig(config), mail.WithTimeout(o.Timeout), mail.WithoutNoop(), mail.WithHELO("chartwatch.invalid")}
	if o.TLS == "tls" {
		options = append(options, mail.WithSSLPort(false))
	} else {
		options = append(options, mail.WithTLSPortPolicy(mail.TLSMandatory))
	}
	if o.Port != 0 {
		options = append(options, mail.WithPort(o.Port))
	}
	if o.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.User), mail.WithPassword(o.Password))
	}
	client, err := mail.NewClient(o.Server, options...)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the settings for mail cannot be used", "check notify.mail in the configuration", err)
	}
	return &Mail{options: o, client: client}, nil
}

// tlsConfig trusts the system's authorities, or one of one's own alone.
func tlsConfig(server string, ca []byte) (*tls.Config, error) {
	c := &tls.Config{ServerName: server, MinVersion: tls.VersionTLS12}
	if len(ca) == 0 {
		return c, nil
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(ca) {
		return nil, fault.New(fault.Invalid, "the certificate authority is no PEM certificate", "check ca_file in the configuration")
	}
	return c, nil
}

// Name implements [Channel].
func (*Mail) Name() string { return "mail" }

// Send implements [Channel].
func (m *Mail) Send(ctx context.Context, what Message) error {
	text := mail.NewMsg()
	if err := errors.Join(text.From(m.options.From), text.To(m.options.To...)); err != nil {
		return fault.New(fault.Invalid, "mail: an address cannot be used", "check from and to of notify.mail in the configuration")
	}
	text.SetDateWithValue(m.options.Clock())
	text.SetMessageIDWithValue(id(what) + "@chartwatch.invalid")
	text.Subject(what.Subject())
	text.SetBodyString(mail.TypeTextPlain, what.Text(m.options.Link))
	ctx, cancel := context.WithTimeout(ctx, m.options.Timeout)
	defer cancel()
	return mailError(m.client.DialAndSendWithContext(ctx, text))
}

// id is the same each time a message is sent, so that a receiver can drop one that
// comes twice.
func id(m Message) string {
	sum := sha256.Sum256([]byte(m.Key()))
	return "msg_" + hex.EncodeToString(sum[:12])
}

// mailError says what went wrong without an address or a password: what a server
// answers may hold both.
func mailError(err error) error {
	if err == nil {
		return nil
	}
	what, hint := "the mail was not accepted", "check notify.mail in the configuration"
	var unknown *tls.CertificateVerificationError
	var network *net.OpError
	switch text := strings.ToLower(err.Error()); {
	case errors.As(err, &unknown), strings.Contains(text, "tls"), strings.Contains(text, "x509"):
		what, hint = "no encrypted connection to the mail server", "check notify.mail.tls and port, and set ca_file if the server has a certificate of your own"
	case strings.Contains(text, "auth"):
		what, hint = "the mail server refused the log-in", "check notify.mail.user and password_file"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network), strings.Contains(text, "timeout"):
		what, hint = "the mail server cannot be reached", "check notify.mail.server and port, and the network"
	}
	return fault.New(fault.Internal, "mail: "+what, hint)
}
