package notify

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// unreachableError is an error of a connection that could not be made.
type unreachableError struct{ cause error }

func (e unreachableError) Error() string { return "connecting: " + e.cause.Error() }

func (e unreachableError) Unwrap() error { return e.cause }

// refusedError is about a recipient that the server does not know and will not know.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// forGood reports whether the server refused a recipient and will do so again.
func forGood(err error) bool {
	sending, ok := errors.AsType[*mail.SendError](err)
	return ok && sending.Reason == mail.ErrSMTPRcptTo && !sending.IsTemp() && sendFailure(sending) == mailRecipient
}

// mailClass is why a mail could not be sent.
type mailClass int

const (
	mailRefused mailClass = iota
	mailAway
	mailSilent
	mailInsecure
	mailLogin
	mailRecipient
)

// mailFault says what went wrong. It has no cause: what a server answers may hold an
// address.
func mailFault(c mailClass) error {
	what, hint := "the mail was not accepted", "check notify.mail in the configuration; the log of the mail server may say more"
	switch c {
	case mailAway:
		what, hint = "the mail server cannot be reached", "check notify.mail.server and port, and the network"
	case mailSilent:
		what, hint = "the mail server does not answer in time", "it may be busy; check notify.mail.port, and that nothing between here and the server holds up mail"
	case mailInsecure:
		what, hint = "no encrypted connection to the mail server", "check notify.mail.tls and port, and set ca_file if the server has a certificate of your own"
	case mailLogin:
		what, hint = "the mail server refused the log-in", "check notify.mail.user and password_file, and start chartwatch again"
	case mailRecipient:
		what, hint = "the mail server refused a recipient, so nobody was sent the mail", "check the addresses of notify.mail.to"
	default:
	}
	return fault.New(fault.Internal, "mail: "+what, hint)
}

// mailFailure goes by types, numbers and the beginnings that the mail client writes, never
// by what a server answered or a computer is called, which could say anything.
func mailFailure(err error) mailClass {
	var unreachable unreachableError
	var answer *textproto.Error
	var sending *mail.SendError
	text := err.Error()
	answered := errors.As(err, &answer)
	switch {
	case errors.As(err, &unreachable):
		return mailAway
	case errors.As(err, &sending):
		return sendFailure(sending)
	case strings.HasPrefix(text, "dial failed: SMTP AUTH failed"), strings.HasPrefix(text, "dial failed: server does not support SMTP AUTH"),
		errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		return mailLogin
	case strings.HasPrefix(text, "dial failed: STARTTLS mode set"), answered && answer.Code == 454, !answered && insecure(err):
		return mailInsecure
	case !answered && broken(err):
		return mailAway
	default:
		return mailRefused
	}
}

// sendFailure is about a server that was logged in to.
func sendFailure(err *mail.SendError) mailClass {
	switch code := err.ErrorCode(); {
	case code == 530 || code == 535: // a server that wants a log-in says so at the sender
		return mailLogin
	case code == 0:
		return mailAway
	case err.Reason == mail.ErrSMTPRcptTo:
		return mailRecipient
	default:
		return mailRefused
	}
}

// insecure reports whether encryption could not be agreed on. The error must be about a
// connection that was made, for otherwise it holds the name of a computer.
func insecure(err error) bool {
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &header) || strings.Contains(err.Error(), "tls: ")
}

// broken reports whether the connection ended too early.
func broken(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
