package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"filippo.io/age"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Key is the secret of a data directory. It is an age identity, so that the
// archive can also be opened with the age tool by whoever has the key. Its zero
// value is no key.
type Key struct {
	// identity is a function because package fmt, which some verbs make print
	// what pointers in private fields point to, cannot look into one.
	identity func() *age.X25519Identity
}

func keyOf(identity *age.X25519Identity) Key {
	return Key{identity: func() *age.X25519Identity { return identity }}
}

// The written form of a key.
const (
	keyPrefix  = "AGE-SECRET-KEY-1"
	keyLength  = 74
	keyLetters = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	redacted   = "[redacted]"
)

// NewKey makes a new key from the operating system's random numbers.
func NewKey() (Key, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Key{}, fmt.Errorf("making a key: %w", err)
	}
	return keyOf(identity), nil
}

// ParseKey reads a key as [Key.Export] writes it. Spaces, line breaks and lower
// case do not matter, because people type keys from paper. The error tells what
// is wrong and never repeats the text.
func ParseKey(text string) (Key, error) {
	text = strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text))
	identity, err := age.ParseX25519Identity(text)
	if err != nil {
		return Key{}, fault.New(fault.Invalid, "this is not a key: "+keyMistake(text),
			"compare it with the recovery form that `chartwatch key export` printed; it starts with "+keyPrefix)
	}
	return keyOf(identity), nil
}

// keyMistake says what is wrong with a key that age refuses.
func keyMistake(text string) string {
	body, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return "it does not start with " + keyPrefix
	}
	position := len(keyPrefix)
	for _, r := range body {
		position++
		if !strings.ContainsRune(keyLetters, r) {
			return fmt.Sprintf("character %d is one that keys do not contain", position)
		}
	}
	if position != keyLength {
		return fmt.Sprintf("it is %d characters long instead of %d", position, keyLength)
	}
	return "its check sum does not match, so at least one character is wrong"
}

// Export returns the key in its written form, which is also its recovery form.
// It is the only way to get at the secret.
func (k Key) Export() string {
	if k.identity == nil {
		return ""
	}
	return k.identity().String()
}

// Recipient returns the public half of the key, to which anybody can encrypt.
func (k Key) Recipient() string {
	if k.identity == nil {
		return ""
	}
	return k.identity().Recipient().String()
}

// ID returns 16 hexadecimal digits that name the key and give nothing away
// about it.
func (k Key) ID() string {
	if k.identity == nil {
		return ""
	}
	mac := hmac.New(sha256.New, k.secret())
	mac.Write([]byte("chartwatch key id 1"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k.identity == nil }

// Equal reports whether two keys are the same.
func (k Key) Equal(other Key) bool { return hmac.Equal([]byte(k.Export()), []byte(other.Export())) }

func (k Key) secret() []byte { return []byte(k.Export()) }

// String hides the key.
func (Key) String() string { return redacted }

// Format hides the key from every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the key from logs.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the key from JSON and YAML.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
