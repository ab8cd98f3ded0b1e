package opendental

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// sum is the beginning of a row's hash, which is as much of it as is compared.
type sum [16]byte

// hashLength is the length of a hash in base64.
const hashLength = (sha256.Size + 2) / 3 * 4

// seal computes the hashes of rows. It reuses its memory.
type seal struct{ text []byte }

// proof says what a row's hash must be, as far as the export tells.
type proof struct {
	sum      sum
	strength strength
}

// strength says how far another hash than that of the proof counts.
type strength uint8

const (
	unprovable strength = iota // not everything that goes into the hash is there
	inexact                    // the export may have changed something of it
	exact                      // it cannot
)

// proof computes the hash of a row. What a dump has is exact, unless its text
// may have been changed on the way: characters beyond ASCII by a terminal, a
// line's end that is not written as an escape by whatever copied the file.
func (c *converter) proof(l *line, a *access, dump bool) proof {
	for _, col := range []column{cPerm, cUser, cTime, cText, cPatient} {
		if l.layout[col] < 0 {
			return proof{}
		}
	}
	written, ok := c.wall(l, a.at, l.get(cTime))
	previous, ok2 := c.previous(l)
	text := l.get(cText)
	if !ok || !utf8.ValidString(text) {
		return proof{}
	}
	perm := l.get(cPerm)
	if a.perm == permUnknown || perm == "" || perm[0] < '0' || perm[0] > '9' {
		return proof{}
	}
	b := c.seal.text[:0]
	for _, part := range []string{perm, orZero(a.user), written, text, orZero(a.patient), previous} {
		b = appendUTF16(b, part)
	}
	c.seal.text = b
	full := sha256.Sum256(b)
	p := proof{sum: sum(full[:len(sum{})]), strength: inexact}
	intact := text == "" && ok2
	if dump {
		intact = isASCII(text) && (!strings.ContainsAny(text, "\r\n") || !bytes.ContainsAny(l.raw, "\r\n"))
	}
	switch {
	case !ok2 && l.get(cPrevious) != "":
		p.strength = unprovable
	case intact:
		p.strength = exact
	}
	return p
}

func isISO(s string) bool { return len(s) == len(time.DateTime) && s[4] == '-' && s[10] == ' ' }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// wall returns a time as it goes into the hash.
func (c *converter) wall(l *line, at contextdata.Instant, s string) (string, bool) {
	if isISO(s) {
		return s, true
	}
	if strings.Count(s, ":") != 2 || at.Basis == ingest.TZExplicit || at.Flag == ingest.TimeNonexistent {
		return "", false
	}
	if at.At.IsZero() {
		var ok bool
		if at, ok = l.order.Instant(plainSpace(s), ingest.NewLocalClock(time.UTC, ingest.TZAssumed)); !ok {
			return "", false
		}
		return at.At.Format(time.DateTime), true
	}
	return at.At.In(c.zone).Format(time.DateTime), true
}

// previous returns the time of the last edit as it goes into the hash: nothing
// for none, which the database writes as the year 1.
func (c *converter) previous(l *line) (string, bool) {
	s := l.get(cPrevious)
	if strings.HasPrefix(s, "0001-01-01") || strings.HasPrefix(s, "0000-00-00") || strings.Contains(s, "/0001") {
		return "", true
	}
	if s == "" {
		return "", false // a query may have left it out
	}
	return c.wall(l, contextdata.Instant{}, s)
}

// judge compares a row with its hash.
func (p proof) judge(hash string) ingest.Integrity {
	var full [sha256.Size + 4]byte
	match := false
	if len(hash) == hashLength {
		n, err := base64.StdEncoding.Decode(full[:], []byte(hash))
		match = err == nil && n == sha256.Size && sum(full[:len(sum{})]) == p.sum
	}
	switch {
	case p.strength == unprovable || hash == "":
		return ingest.IntegrityUnknown
	case match:
		return ingest.IntegrityOK
	case p.strength == exact:
		return ingest.IntegrityFailed
	}
	return ingest.IntegrityUnknown
}

// check compares a row of a table with the hash beside it. A hash that is cut
// off is none.
func (c *converter) check(l *line, a *access) ingest.Integrity {
	hash := l.get(cHash)
	if len(hash) != hashLength {
		return ingest.IntegrityUnknown
	}
	verdict := c.proof(l, a, false).judge(hash)
	if verdict != ingest.IntegrityFailed || isISO(l.get(cTime)) {
		return verdict
	}
	// A date whose day and month were read the wrong way round is no forgery.
	swapped, undated := *l, *a
	swapped.order, undated.at = contextdata.DayFirst-l.order, contextdata.Instant{}
	if c.proof(&swapped, &undated, false).judge(hash) == ingest.IntegrityOK {
		return ingest.IntegrityUnknown
	}
	return verdict
}

func appendUTF16(b []byte, s string) []byte {
	for _, r := range s {
		if first, second := utf16.EncodeRune(r); first != utf8.RuneError {
			b = append(b, byte(first), byte(first>>8), byte(second), byte(second>>8)) //nolint:gosec // the two bytes of each unit
			continue
		}
		b = append(b, byte(r), byte(r>>8)) //nolint:gosec // the two bytes of the unit
	}
	return b
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}
