package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// MailOptions say how mail is sent and to whom.
type MailOptions struct {
	Server string
	// Port is 587 with starttls and 465 with tls if it is 0.
	Port int
	// TLS is starttls or tls; empty means starttls.
	TLS            string
	User, Password string
	From           string
	To             []string
	// CAPEM is the certificate authority of a server of one's own, or nil.
	CAPEM []byte
	// Link is a page that messages point to, or empty.
	Link string
	// Helo is the name given to the mail server. If it is empty, it is a fixed one, and
	// not that of the computer, which a message must not hold.
	Helo string
	// Clock gives the date of a mail.
	Clock func() time.Time
	// Timeout is for one mail; 0 means 30 s.
	Timeout time.Duration
}

// Mail sends mail.
type Mail struct {
	options MailOptions
	tls     *tls.Config
}

const (
	defaultTimeout = 30 * time.Second
	mailDomain     = "chartwatch.invalid"
	implicitTLS    = "tls"
)

// NewMail prepares the sending of mail. Nothing is ever sent without encryption.
func NewMail(o MailOptions) (*Mail, error) {
	config, err := tlsConfig(o.Server, o.CAPEM)
	if err != nil {
		return nil, err
	}
	if o.TLS != "" && o.TLS != "starttls" && o.TLS != implicitTLS {
		return nil, fault.New(fault.Invalid, "mail: the kind of encryption is not known", "notify.mail.tls is starttls or tls; mail is never sent without encryption")
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Helo == "" {
		o.Helo = mailDomain
	}
	m := &Mail{options: o, tls: config}
	if _, err := m.client((&net.Dialer{}).DialContext); err != nil {
		return nil, fault.Wrap(fault.Invalid, "the settings for mail cannot be used", "check notify.mail in the configuration", err)
	}
	if _, err := m.addressed(o.To); err != nil {
		return nil, err
	}
	return m, nil
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

// client is made for each mail, because its connection must end with the mail.
func (m *Mail) client(dial mail.DialContextFunc) (*mail.Client, error) {
	o := m.options
	// The time limit of a mail comes before that of the client, whose error looks like that
	// of a server that cannot be reached. A check of the connection before the mail and a
	// reset after it could only turn a mail that arrived into an error.
	options := []mail.Option{
		mail.WithTLSConfig(m.tls), mail.WithTimeout(2 * o.Timeout), mail.WithHELO(o.Helo), mail.WithDialContextFunc(dial), mail.WithoutNoop(), mail.WithoutRset(),
	}
	if o.TLS == implicitTLS {
		options = append(options, mail.WithSSLPort(false))
	} else {
		options = append(options, mail.WithTLSPortPolicy(mail.TLSMandatory))
	}
	if o.Port != 0 {
		options = append(options, mail.WithPort(o.Port))
	}
	if o.User != "" {
		options = append(options, mail.WithUsername(o.User), mail.WithPassword(o.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return mail.NewClient(o.Server, options...)
}

// Name implements [Channel].
func (*Mail) Name() string { return "mail" }

// Send implements [Channel]. If the server refuses one of several recipients for good,
// each gets a mail of their own, and the error is that not all were told.
func (m *Mail) Send(ctx context.Context, what Message) error {
	err := m.send(ctx, what, m.options.To)
	if _, refused := errors.AsType[refusedError](err); !refused || len(m.options.To) == 1 {
		return err
	}
	sent := 0
	for _, to := range m.options.To {
		if m.send(ctx, what, []string{to}) == nil {
			sent++
		}
	}
	switch left := len(m.options.To) - sent; {
	case ctx.Err() != nil:
		return ctx.Err()
	case sent == 0:
		return err
	case left == 0:
		return nil
	default:
		return fault.New(fault.Incomplete, fmt.Sprintf("mail: %d of %d recipients could not be sent the mail; the others were", left, len(m.options.To)),
			"check the addresses of notify.mail.to, and start chartwatch again")
	}
}

func (m *Mail) send(ctx context.Context, what Message, to []string) error {
	text, err := m.compose(what, to)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, m.options.Timeout)
	defer cancel()
	client, err := m.client(func(_ context.Context, network, address string) (net.Conn, error) {
		return m.dial(limited, network, address)
	})
	if err != nil {
		return fault.New(fault.Invalid, "mail: the settings cannot be used", "check notify.mail in the configuration")
	}
	err = client.DialAndSendWithContext(limited, text)
	switch {
	case err == nil, text.IsDelivered(): // what fails after the server took the mail does not matter
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return mailFault(mailSilent)
	case forGood(err):
		return refusedError{mailFault(mailRecipient)}
	default:
		return mailFault(mailFailure(err))
	}
}

// addressed is a mail without contents.
func (m *Mail) addressed(to []string) (*mail.Msg, error) {
	text := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(text.From(m.options.From), text.To(to...)); err != nil || len(to) == 0 {
		return nil, fault.New(fault.Invalid, "mail: an address cannot be used", "check from and to of notify.mail in the configuration")
	}
	return text, nil
}

func (m *Mail) compose(what Message, to []string) (*mail.Msg, error) {
	text, err := m.addressed(to)
	if err != nil {
		return nil, err
	}
	text.SetDateWithValue(m.options.Clock())
	text.SetMessageIDWithValue(id(what) + "@" + mailDomain)
	text.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's holiday notice is to answer
	text.Subject(what.Subject())
	text.SetBodyString(mail.TypeTextPlain, what.Text(m.options.Link))
	return text, nil
}

// dial connects to the server. The connection ends with ctx, whatever the server does:
// the mail client by itself would wait for a server that says nothing.
func (m *Mail) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, unreachableError{err}
	}
	context.AfterFunc(ctx, func() { _ = c.Close() })
	if m.options.TLS != implicitTLS {
		return c, nil
	}
	secure := tls.Client(c, m.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// id is the same each time a message is sent, so that a receiver can drop one that
// comes twice. The moment it was noticed keeps it apart from that of another computer
// whose practice has the same name.
func id(m Message) string {
	sum := sha256.Sum256([]byte(m.Key() + "/" + strconv.FormatInt(m.At.UnixNano(), 10)))
	return "msg_" + hex.EncodeToString(sum[:12])
}
