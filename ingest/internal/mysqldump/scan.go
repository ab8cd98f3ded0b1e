package mysqldump

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

const (
	// scanBuffer is how much of a dump is read at a time.
	scanBuffer = 256 << 10
	// maxTuple is the largest number of bytes in one row of an INSERT.
	maxTuple = 1 << 20
	// maxBuffer leaves room to see that a row is longer than maxTuple.
	maxBuffer = maxTuple + scanBuffer
	// maxIdentifier is the largest length of a word or name that is looked at.
	maxIdentifier = 256
)

// scanner reads the SQL text of a dump in one pass with a bounded buffer. One
// INSERT of a dump is often one line of many megabytes, so neither a line nor a
// statement is ever held as a whole; a row is.
type scanner struct {
	r    io.Reader
	buf  []byte
	pos  int // the unread bytes are buf[pos:end]
	end  int
	line int64 // the line of buf[pos]
	err  error // what ended the input; io.EOF at its end
	some bool  // a comment says that only some rows were dumped
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, scanBuffer), line: 1}
}

// fill reads on behind the unread bytes. It returns false if nothing was added,
// because the input is at its end or the buffer has its full size.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxBuffer {
			return false
		}
		s.buf = append(s.buf, make([]byte, min(len(s.buf), maxBuffer-len(s.buf)))...)
	}
	before, idle := s.end, 0
	// The buffer is filled up even from short reads, because a row that is cut
	// off by the end of the buffer is split again after each fill.
	for s.end < len(s.buf) && s.err == nil {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.err = err
		idle++
		if n > 0 {
			idle = 0
		} else if idle > 100 {
			s.err = io.ErrNoProgress
		}
	}
	return s.end > before
}

// failure returns the error of the input, if something else than its end came.
func (s *scanner) failure() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

func (s *scanner) unread() []byte { return s.buf[s.pos:s.end] }

func (s *scanner) advance(n int) {
	s.line += int64(bytes.Count(s.buf[s.pos:s.pos+n], []byte{'\n'}))
	s.pos += n
}

// has reports whether the unread bytes start with prefix.
func (s *scanner) has(prefix string) bool {
	for s.end-s.pos < len(prefix) && s.fill() {
	}
	return bytes.HasPrefix(s.unread(), []byte(prefix))
}

// through moves behind the next mark, or to the end of the input.
func (s *scanner) through(mark string) bool {
	for {
		if i := bytes.Index(s.unread(), []byte(mark)); i >= 0 {
			s.advance(i + len(mark))
			return true
		}
		s.advance(max(0, s.end-s.pos-len(mark)+1))
		if !s.fill() {
			s.advance(s.end - s.pos)
			return false
		}
	}
}

// space moves behind white space and comments. It returns false at the end of
// the input. The conditional comments of a dump, which some servers would
// execute, never hold rows and are comments here.
func (s *scanner) space() bool {
	for {
		for s.pos < s.end && isSpace(s.buf[s.pos]) {
			if s.buf[s.pos] == '\n' {
				s.line++
			}
			s.pos++
		}
		if s.pos == s.end {
			if !s.fill() {
				return false
			}
			continue
		}
		switch c := s.buf[s.pos]; {
		case c == '#', c == '-' && s.has("--"):
			s.some = s.some || s.has("-- WHERE:")
			s.through("\n")
		case c == '/' && s.has("/*"):
			s.through("*/")
		default:
			return true
		}
	}
}

// identifier reads a word or a quoted name behind white space. It is empty if
// something else stands there, or a name that is too long.
func (s *scanner) identifier() (name string, quoted bool) {
	if !s.space() {
		return "", false
	}
	for s.end-s.pos < maxIdentifier && s.fill() {
	}
	b := s.unread()
	if q := b[0]; q == '`' || q == '"' {
		i := bytes.IndexByte(b[1:min(len(b), maxIdentifier)], q)
		if i < 0 {
			return "", false
		}
		name = string(b[1 : i+1])
		s.advance(i + 2)
		return name, true
	}
	n := 0
	for n < min(len(b), maxIdentifier) && isWord(b[n]) {
		n++
	}
	name = string(b[:n])
	s.advance(n)
	return name, false
}

// keyword reads a word that is not quoted, in upper case.
func (s *scanner) keyword() string {
	if !s.space() || s.buf[s.pos] == '`' || s.buf[s.pos] == '"' {
		return ""
	}
	word, _ := s.identifier()
	return strings.ToUpper(word)
}

// take moves behind c if it is what comes next.
func (s *scanner) take(c byte) bool {
	if !s.space() || s.buf[s.pos] != c {
		return false
	}
	s.advance(1)
	return true
}

// quoting follows the quotes of SQL text that comes in pieces.
type quoting struct {
	quote  byte // the quote that is open, or 0
	escape bool // the last byte was a backslash inside quotes
	depth  int  // open parentheses outside quotes
}

// next takes one byte and reports whether it stands outside quotes.
func (q *quoting) next(c byte) bool {
	switch {
	case q.escape:
		q.escape = false
	case q.quote != 0:
		if c == q.quote {
			q.quote = 0
		} else if c == '\\' && q.quote != '`' {
			q.escape = true
		}
	case c == '\'' || c == '"' || c == '`':
		q.quote = c
	default:
		return true
	}
	return false
}

// semicolon returns the index behind the first semicolon outside quotes, or -1
// after taking all of b.
func (q *quoting) semicolon(b []byte) int {
	for i := 0; i < len(b); i++ {
		// Most bytes of a dump are plain text in tables that are passed over.
		for q.quote != 0 && !q.escape && i < len(b)-1 && b[i] != q.quote && b[i] != '\\' {
			i++
		}
		if q.next(b[i]) && b[i] == ';' {
			return i + 1
		}
	}
	return -1
}

// closing returns the index behind the parenthesis that closes the first one,
// or -1 after taking all of b.
func (q *quoting) closing(b []byte) int {
	for i, c := range b {
		if !q.next(c) {
			continue
		}
		switch c {
		case '(':
			q.depth++
		case ')':
			q.depth--
			if q.depth <= 0 {
				return i + 1
			}
		}
	}
	return -1
}

// skip moves behind the place that find finds. It returns false, at the end of
// the input, if there is none. The first bytes of what was passed over are
// appended to keep, up to its capacity.
func (s *scanner) skip(find func([]byte) int, keep []byte) ([]byte, bool) {
	for {
		n := find(s.unread())
		found := n >= 0
		if !found {
			n = s.end - s.pos
		}
		room := min(n, cap(keep)-len(keep))
		keep = append(keep, s.buf[s.pos:s.pos+room]...)
		s.advance(n)
		if found || !s.fill() {
			return keep, found
		}
	}
}

// skipStatement moves behind the end of the statement.
func (s *scanner) skipStatement() bool {
	var q quoting
	_, ok := s.skip(q.semicolon, nil)
	return ok
}

// tuple reads one row; the next byte must be its opening parenthesis.
func (s *scanner) tuple(r *Row) {
	r.Line, r.Problem = s.line, ""
	for {
		n, state := r.split(s.unread())
		if state == whole {
			r.Raw = s.buf[s.pos : s.pos+n]
			s.advance(n)
			return
		}
		if state == broken {
			s.resume(r)
			return
		}
		if s.end-s.pos > maxTuple {
			var q quoting
			r.Problem = ingest.ReasonTooLong
			r.Raw, _ = s.skip(q.closing, r.room())
			return
		}
		if !s.fill() {
			r.Problem = ingest.ReasonTruncated
			r.Raw, _ = s.skip(func([]byte) int { return -1 }, r.room())
			return
		}
	}
}

// resume gives up a row whose quotes or values make no sense, and moves to
// where the next row seems to begin.
func (s *scanner) resume(r *Row) {
	r.Problem = ingest.ReasonBadSyntax
	r.Raw = r.room()
	for {
		b := s.unread()
		i := nextTuple(b)
		n := i
		if i < 0 {
			n = max(0, len(b)-3)
		}
		room := min(n, cap(r.Raw)-len(r.Raw))
		r.Raw = append(r.Raw, b[:room]...)
		s.advance(n)
		if i >= 0 {
			return
		}
		if !s.fill() {
			s.advance(s.end - s.pos)
			return
		}
	}
}

// nextTuple returns the index behind a parenthesis that looks like the end of a
// row, because a row or the end of the statement follows, or -1.
func nextTuple(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], ')')
		if i < 0 {
			return -1
		}
		at += i + 1
		rest := b[at:]
		if len(rest) > 2 && rest[0] == ',' {
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
			if len(rest) > 1 && rest[0] == '(' && (isDigit(rest[1]) || rest[1] == '\'' || rest[1] == 'N') {
				return at
			}
		}
		if len(rest) > 1 && rest[0] == ';' && (rest[1] == '\n' || rest[1] == '\r') {
			return at
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || c == '$' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}
