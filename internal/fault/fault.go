// Package fault describes errors that a person will read: what kind of error it
// is, what happened, and what to do about it. The kind decides the exit code of
// the command.
//
// It imports nothing of ours, and it refuses to carry data: a message or hint
// names files, columns and settings, never the contents of a cell.
package fault

import "errors"

// Kind says what sort of error it is. Its zero value is [Internal], so that an
// error that nobody classified is never taken for something milder.
type Kind int

// The kinds of errors.
const (
	Internal   Kind = iota // something broke: the disk, the network, the program
	NotFound               // what was asked for does not exist
	Conflict               // it exists already, or somebody else is using it
	Incomplete             // done, but not with everything; never to be read as a clean result
	Invalid                // configuration, rule or key that cannot be used
	Usage                  // the command was called in a wrong way
	Findings               // not an error: findings at or above the level asked for
)

// ExitCode returns the exit code of a command that ends with this kind of error.
func (k Kind) ExitCode() int {
	switch k {
	case Findings:
		return 2
	case Incomplete:
		return 3
	case Invalid:
		return 4
	case Usage:
		return 64
	default:
		return 1
	}
}

// String returns the name of the kind, as it appears in JSON.
func (k Kind) String() string {
	switch k {
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Incomplete:
		return "incomplete"
	case Invalid:
		return "invalid"
	case Usage:
		return "usage"
	case Findings:
		return "findings"
	default:
		return "internal"
	}
}

// Error is an error for people. Message says what happened in lower case and
// without a full stop. Hint, which may be empty, says what to do. Cause, which
// may be nil, is the error below.
type Error struct {
	Kind    Kind
	Message string
	Hint    string
	Cause   error
}

// New returns an error without a cause.
func New(kind Kind, message, hint string) *Error {
	return &Error{Kind: kind, Message: message, Hint: hint}
}

// Wrap returns an error with the error that caused it.
func Wrap(kind Kind, message, hint string, cause error) *Error {
	return &Error{Kind: kind, Message: message, Hint: hint, Cause: cause}
}

// Error returns the message and the cause. The hint is not part of it: it is
// printed on a line of its own.
func (e *Error) Error() string {
	switch {
	case e.Cause == nil:
		return e.Message
	case e.Message == "":
		return e.Cause.Error()
	default:
		return e.Message + ": " + e.Cause.Error()
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the outermost [Error] in err's tree, and
// [Internal] if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// HintOf returns the outermost hint in err's tree, and the empty string if
// there is none.
func HintOf(err error) string {
	for e, ok := errors.AsType[*Error](err); ok; e, ok = errors.AsType[*Error](e.Cause) {
		if e.Hint != "" {
			return e.Hint
		}
	}
	return ""
}
