// Package seal keeps what identifies a person unreadable on disk.
//
// Single values are sealed deterministically with AES-SIV, so that equal values
// have equal ciphertext and can be looked up and joined; each kind of value has
// a key of its own, so that a user's number and a patient's number cannot be
// compared. Files are age streams. Both come from one secret, the [Key], which
// lives outside the data directory ([Locator]).
//
// Two things a reader of the disk can still see: how long a value is, and how
// often it occurs. The package refuses to print, log or marshal a key other
// than by [Key.Export], to read a key file that others can read, and to replace
// a key by accident.
package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"filippo.io/age"
	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Kind is the kind of a sealed value. The strings are part of what is stored:
// they must never be changed.
type Kind string

// The kinds of values that are sealed.
const (
	KindUser    Kind = "user"    // accounts and names of staff
	KindPatient Kind = "patient" // numbers and names of patients
	KindPlace   Kind = "place"   // workstations, addresses, locations
	KindAction  Kind = "action"  // actions and record types as the source words them
	KindRecord  Kind = "record"  // numbers and labels of records
	KindSession Kind = "session" // sessions and requests
	KindText    Kind = "text"    // free text
	KindPath    Kind = "path"    // names and paths of files
	KindEvent   Kind = "event"   // a source's own numbers of events
	KindRaw     Kind = "raw"     // rejected rows
	KindContext Kind = "context" // roster, appointments and other context
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{
		KindUser, KindPatient, KindPlace, KindAction, KindRecord, KindSession, KindText, KindPath,
		KindEvent, KindRaw, KindContext,
	}
}

// Overhead is how many bytes longer a sealed value is than the plain one.
const Overhead = 16

// Errors that a caller may want to tell apart.
var (
	// ErrDamaged means that what was sealed has been changed, cut short, or
	// sealed with a key that is not known here.
	ErrDamaged = errors.New("sealed data is damaged or belongs to another key")
	// ErrWrongKey means that an encrypted file was not made for any of the keys
	// known here.
	ErrWrongKey = errors.New("encrypted with another key")
)

// Sealer seals with one key and opens with that key and its predecessors. It
// may be used by several goroutines at a time.
type Sealer struct {
	keyID      string
	recipients []age.Recipient
	secrets    func() *secrets // a function, as in Key
}

// secrets are what a sealer must never show.
type secrets struct {
	current    valueKeys
	previous   []valueKeys
	identities []age.Identity
}

// valueKeys are the keys of the values, derived from one [Key].
type valueKeys map[Kind]*subtle.AESSIV

// NewSealer returns a sealer for the key k. Files are also encrypted to
// recipients, which are age recipients such as "age1…". What was sealed with
// one of the previous keys can still be opened.
func NewSealer(k Key, recipients []string, previous ...Key) (*Sealer, error) {
	if k.identity == nil {
		return nil, errors.New("making a sealer: the key is empty")
	}
	extra, err := parseRecipients(recipients)
	if err != nil {
		return nil, err
	}
	hidden := &secrets{identities: []age.Identity{k.identity()}}
	if hidden.current, err = deriveValueKeys(k); err != nil {
		return nil, err
	}
	for _, p := range previous {
		if p.identity == nil {
			return nil, errors.New("making a sealer: a previous key is empty")
		}
		keys, err := deriveValueKeys(p)
		if err != nil {
			return nil, err
		}
		hidden.previous = append(hidden.previous, keys)
		hidden.identities = append(hidden.identities, p.identity())
	}
	return &Sealer{
		keyID:      k.ID(),
		recipients: append([]age.Recipient{k.identity().Recipient()}, extra...),
		secrets:    func() *secrets { return hidden },
	}, nil
}

func deriveValueKeys(k Key) (valueKeys, error) {
	keys := valueKeys{}
	for _, kind := range Kinds() {
		secret, err := hkdf.Key(sha256.New, k.secret(), nil, "chartwatch seal 1 "+string(kind), subtle.AESSIVKeySize)
		if err != nil {
			return nil, fmt.Errorf("deriving the key for values of kind %s: %w", kind, err)
		}
		if keys[kind], err = subtle.NewAESSIV(secret); err != nil {
			return nil, fmt.Errorf("deriving the key for values of kind %s: %w", kind, err)
		}
	}
	return keys, nil
}

// parseRecipients accepts X25519 recipients only: age refuses to mix them with
// others, and the key of the data directory is one.
func parseRecipients(texts []string) ([]age.Recipient, error) {
	var list []age.Recipient
	for _, text := range texts {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
		if err != nil {
			return nil, fault.New(fault.Invalid,
				fmt.Sprintf("%q is not an age recipient", text),
				"a recipient starts with age1 and comes from `age-keygen`; post-quantum recipients (age1pq…) cannot be combined with the key of the data directory")
		}
		list = append(list, r)
	}
	return list, nil
}

// Hash returns some bytes of a sealed value as a number, for look-ups that must
// not read every value; 0 stands for no value. Different values may share it.
func Hash(sealed []byte) int64 {
	if len(sealed) < 8 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(sealed)) //nolint:gosec // the bits matter, not the sign
}

// KeyID returns the id of the current key. It is not secret.
func (s *Sealer) KeyID() string { return s.keyID }

// Seal encrypts a value. Equal values of the same kind give equal results.
func (s *Sealer) Seal(kind Kind, plain string) ([]byte, error) {
	siv, ok := s.secrets().current[kind]
	if !ok {
		return nil, fmt.Errorf("sealing a value: unknown kind %q", string(kind))
	}
	sealed, err := siv.EncryptDeterministically([]byte(plain), nil)
	if err != nil {
		return nil, fmt.Errorf("sealing a value of kind %s: %w", kind, err)
	}
	return sealed, nil
}

// Append appends the sealed value to dst and returns the extended slice, so that
// many values can share one piece of memory.
func (s *Sealer) Append(dst []byte, kind Kind, plain string) ([]byte, error) {
	sealed, err := s.Seal(kind, plain)
	return append(dst, sealed...), err
}

// Open decrypts a value that was sealed as the same kind. The error is
// [ErrDamaged] if it was changed or sealed with an unknown key.
func (s *Sealer) Open(kind Kind, sealed []byte) (string, error) {
	keys := s.secrets()
	siv, ok := keys.current[kind]
	if !ok {
		return "", fmt.Errorf("opening a value: unknown kind %q", string(kind))
	}
	plain, err := siv.DecryptDeterministically(sealed, nil)
	for i := 0; err != nil && i < len(keys.previous); i++ {
		plain, err = keys.previous[i][kind].DecryptDeterministically(sealed, nil)
	}
	if err != nil {
		return "", fmt.Errorf("opening a value of kind %s: %w", kind, ErrDamaged)
	}
	return string(plain), nil
}

// Encrypt returns a writer that encrypts to w. It must be closed; that does not
// close w.
func (s *Sealer) Encrypt(w io.Writer) (io.WriteCloser, error) {
	e, err := age.Encrypt(w, s.recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	return e, nil
}

// Decrypt returns a reader of what [Sealer.Encrypt] wrote to r, with this key or
// a previous one. The error is [ErrWrongKey] if no key fits and [ErrDamaged] if
// r holds nothing that age wrote. Damage further on is an error of the reader,
// which never returns bytes that were changed.
func (s *Sealer) Decrypt(r io.Reader) (io.Reader, error) {
	return decrypt(r, s.secrets().identities)
}

func decrypt(r io.Reader, identities []age.Identity) (io.Reader, error) {
	source := &sourceReader{source: r}
	d, err := age.Decrypt(source, identities...)
	if err != nil {
		return nil, fmt.Errorf("decrypting: %w", source.explain(err))
	}
	return &plainReader{plain: d, source: source}, nil
}

// sourceReader remembers whether reading itself broke, which is not damage.
type sourceReader struct {
	source io.Reader
	err    error
}

func (r *sourceReader) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// explain replaces age's error by one of ours. Age's text is dropped because it
// quotes the file, which is not encrypted if somebody swapped it.
func (r *sourceReader) explain(err error) error {
	var mismatch *age.NoIdentityMatchError
	switch {
	case r.err != nil:
		return r.err
	case errors.As(err, &mismatch):
		return ErrWrongKey
	default:
		return ErrDamaged
	}
}

// plainReader is the decrypted stream with errors of ours.
type plainReader struct {
	plain  io.Reader
	source *sourceReader
}

func (r *plainReader) Read(p []byte) (int, error) {
	n, err := r.plain.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("decrypting: %w", r.source.explain(err))
	}
	return n, err
}

// LogValue keeps the keys out of logs.
func (s Sealer) LogValue() slog.Value { return slog.StringValue("key " + s.keyID) }

// String names the key by its id.
func (s Sealer) String() string { return "key " + s.keyID }

// Format keeps the keys out of text that is formatted with any verb.
func (s Sealer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }
