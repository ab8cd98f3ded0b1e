package scrub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode"
)

// KeySize is the number of random bytes that a run takes.
const KeySize = 32

// cipher replaces words by what a keyed hash makes of them.
type cipher struct {
	key [KeySize]byte
	// avoid reports whether a word may not be made.
	avoid func(folded string) bool
	// turns are permutations of the numbers of one to four digits, by length, in
	// which nothing stays where it is. Short values would often become the same
	// if they were drawn one by one.
	turns [5][]uint16
	// letters is such a permutation of the alphabet.
	letters []uint16
}

// newCipher makes a cipher of random bytes.
func newCipher(key [KeySize]byte, avoid func(string) bool) *cipher {
	c := &cipher{key: key, avoid: avoid}
	for length, size := 1, 9; length < len(c.turns); length, size = length+1, size*10 {
		c.turns[length] = c.turn("digits"+itoa(length), size)
	}
	const alphabet = 26
	c.letters = c.turn("letters", alphabet)
	return c
}

// turn makes a permutation of one cycle, after Sattolo.
func (c *cipher) turn(purpose string, size int) []uint16 {
	s := c.stream(purpose, "", 0)
	list := make([]uint16, size)
	for i := range list {
		list[i] = uint16(i)
	}
	for i := size - 1; i > 0; i-- {
		j := s.below(i)
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// short replaces a short number or a single letter so that different ones stay
// different.
func (c *cipher) short(w string) (string, bool) {
	body := strings.TrimLeft(w, "0")
	switch {
	case len(w) == 1 && w[0]|0x20 >= 'a' && w[0]|0x20 <= 'z':
		made := byte('a' + c.letters[w[0]|0x20-'a']) //nolint:gosec // below 26
		return string([]byte{made - (0x20 - w[0]&0x20)}), true
	case body == "" || len(body) >= len(c.turns) || digitsAt(body) != len(body):
		return "", false
	}
	table := c.turns[len(body)]
	first := len(table) / 9 // 1, 10, 100, 1000
	v := 0
	for _, d := range []byte(body) {
		v = v*10 + int(d-'0')
	}
	made := w[:len(w)-len(body)] + itoa(int(table[v-first])+first)
	return made, len(made) < shortest || !c.avoid(made)
}

// weeks returns by how many weeks dates move.
func (c *cipher) weeks() int { return c.weeksOf("") }

// weeksOf returns by how many weeks one date moves that moves alone.
func (c *cipher) weeksOf(date string) int {
	const least, most = 52, 520
	s := c.stream("weeks", date, 0)
	return least + s.below(most-least+1)
}

// stream is a sequence of keyed bytes.
type stream struct {
	mac     func(block uint32) []byte
	block   uint32
	current []byte
}

func (c *cipher) stream(purpose, text string, attempt int) *stream {
	return &stream{mac: func(block uint32) []byte {
		h := hmac.New(sha256.New, c.key[:])
		var n [8]byte
		binary.BigEndian.PutUint32(n[:4], uint32(attempt)) //nolint:gosec // a small count
		binary.BigEndian.PutUint32(n[4:], block)
		h.Write([]byte(purpose))
		h.Write([]byte{0})
		h.Write(n[:])
		h.Write([]byte(text))
		return h.Sum(nil)
	}}
}

// below returns a number from 0 to n-1, which must be at most 65536.
func (s *stream) below(n int) int {
	if len(s.current) < 2 {
		s.current = s.mac(s.block)
		s.block++
	}
	v := binary.BigEndian.Uint16(s.current)
	s.current = s.current[2:]
	return int(v) % n
}

const (
	attempts = 64 // before a word grows
	growth   = 24 // characters that a word may grow by
	// shortest is the length from which on a word may not be one of the original.
	shortest = 3
)

// word returns the replacement of a word, number, address or GUID. What has the
// digit 0 only stays.
func (c *cipher) word(w string) string {
	if strings.Trim(w, "0-:.") == "" {
		return w
	}
	if made, ok := c.short(w); ok {
		return made
	}
	folded := fold(w)
	style := styleOf(w)
	for grow := range growth {
		for attempt := range attempts {
			s := c.stream("word", folded, grow*attempts+attempt)
			made := s.like(w, style)
			made += s.more(w, grow)
			if f := fold(made); f != folded && (len(f) < shortest || !c.avoid(f)) {
				return made
			}
		}
	}
	return strings.Repeat("x", len(w)) // not reached with fewer words than there are numbers
}

// more returns characters to make a word longer.
func (s *stream) more(w string, n int) string {
	b := make([]byte, n)
	for i := range b {
		if numeric(w) {
			b[i] = s.digit(false, 0)
		} else {
			b[i] = s.letter('a', true)
		}
	}
	return string(b)
}

// wordStyle says what kind of characters a word needs.
type wordStyle struct {
	hex   bool
	plain bool // a number, with leading zeros
	from  int  // bytes to keep, of "0x"
}

func styleOf(w string) wordStyle {
	st := wordStyle{plain: numeric(w)}
	body := w
	if len(w) > 2 && w[0] == '0' && w[1]|0x20 == 'x' {
		body, st.from = w[2:], 2
	}
	letters, digits := 0, 0
	for i := range len(body) {
		switch c := body[i]; {
		case isDigit(c):
			digits++
		case isHex(c):
			letters++
		case c != '-' && c != ':' && c != '.':
			return wordStyle{plain: st.plain}
		}
	}
	st.hex = letters > 0 && digits > 0 && letters+digits >= 4 || st.from > 0 && letters+digits > 0
	if !st.hex {
		st.from = 0
	}
	return st
}

// like makes a text with the same kinds of characters.
func (s *stream) like(w string, st wordStyle) string {
	var b strings.Builder
	leading := st.plain
	for i, r := range w {
		switch {
		case i < st.from:
			b.WriteRune(r)
		case r == '0' && leading:
			b.WriteByte('0')
		case r >= '0' && r <= '9':
			b.WriteByte(s.digit(leading, len(w)))
			leading = false
		case r < unicode.MaxASCII && unicode.IsLetter(r):
			b.WriteByte(s.letter(byte(r), st.hex)) //nolint:gosec // is ASCII
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			b.WriteRune(s.foreign(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// digit returns a digit; the first of a number is not 0, and not 9 where a
// number of this length would not fit into 64 bits.
func (s *stream) digit(first bool, length int) byte {
	const longest = 19
	switch {
	case first && length >= longest:
		return byte('1' + s.below(8)) //nolint:gosec // below 10
	case first:
		return byte('1' + s.below(9)) //nolint:gosec // below 10
	}
	return byte('0' + s.below(10)) //nolint:gosec // below 10
}

func (s *stream) letter(c byte, hex bool) byte {
	n := 26
	if hex && isHex(c) {
		n = 6
	}
	v := byte('a' + s.below(n)) //nolint:gosec // below 26
	if c >= 'A' && c <= 'Z' {
		v -= 'a' - 'A'
	}
	return v
}

// foreign returns another letter of the same part of Unicode.
func (s *stream) foreign(r rune) rune {
	const block = 64
	lower := unicode.ToLower(r)
	first := lower &^ (block - 1)
	for range attempts {
		v := first + rune(s.below(block)) //nolint:gosec // below 64
		if v == lower || v <= unicode.MaxASCII || unicode.IsLetter(v) != unicode.IsLetter(lower) ||
			unicode.IsNumber(v) != unicode.IsNumber(lower) || unicode.IsUpper(v) || unicode.ToLower(unicode.ToUpper(v)) != v {
			continue
		}
		if unicode.IsUpper(r) {
			return unicode.ToUpper(v)
		}
		return v
	}
	return 'x'
}

// address returns an address of the same class: private ones stay private,
// public ones become addresses that are set aside for tests.
func (c *cipher) address(a string) string {
	if !isIPv4(a) {
		return c.word(a)
	}
	if isReserved(a) {
		return a
	}
	for attempt := range attempts {
		s := c.stream("address", a, attempt)
		made := networkOf(a, s)
		if made != a && !c.avoid(made) {
			return made
		}
	}
	return "192.0.2.1"
}

// isReserved reports whether an address is that of every computer, or of none.
func isReserved(a string) bool { return a == "127.0.0.1" || a == "0.0.0.0" }

func networkOf(a string, s *stream) string {
	n := func(from, to int) string { return itoa(from + s.below(to-from+1)) }
	parts := strings.Split(a, ".")
	switch {
	case parts[0] == "10":
		return "10." + n(0, 255) + "." + n(0, 255) + "." + n(1, 254)
	case parts[0] == "192" && parts[1] == "168":
		return "192.168." + n(0, 255) + "." + n(1, 254)
	case parts[0] == "172" && len(parts[1]) == 2 && parts[1] >= "16" && parts[1] <= "31":
		return "172." + n(16, 31) + "." + n(0, 255) + "." + n(1, 254)
	}
	return "198." + n(18, 19) + "." + n(0, 255) + "." + n(1, 254)
}
