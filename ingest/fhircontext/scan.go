package fhircontext

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// scanner cuts JSON text into values without decoding it, so that a Bundle of
// any size needs no more memory than one of its entries. It only looks at
// brackets, quotes and separators; whether a value is well-formed shows when it
// is decoded.
type scanner struct {
	r     *bufio.Reader
	line  int64 // of the next byte
	bytes int
}

// newScanner returns a scanner of r, which begins on the given line.
func newScanner(r *bufio.Reader, line int64) *scanner { return &scanner{r: r, line: line} }

// value is the text of one value, or its beginning.
type value struct {
	line    int64
	raw     []byte
	problem ingest.Reason // too_long, too_deep or truncated
	opened  bool          // an object that was read key by key
}

// add keeps bytes as long as there is room.
func (v *value) add(text ...byte) {
	room := maxRecord - len(v.raw)
	if len(text) > room && v.problem == "" {
		v.problem = ingest.ReasonTooLong
	}
	v.raw = append(v.raw, text[:min(len(text), room)]...)
}

func (s *scanner) syntax() error {
	return fmt.Errorf("line %d: the text is not well-formed JSON", s.line)
}

// read returns the next byte.
func (s *scanner) read(ctx context.Context) (byte, error) {
	s.bytes++
	if s.bytes&0xffff == 0 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
	c, err := s.r.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, fmt.Errorf("reading line %d: %w", s.line, err)
	}
	if c == '\n' {
		s.line++
	}
	return c, nil
}

// peek returns the next byte that is not white space and leaves it to be read.
func (s *scanner) peek(ctx context.Context) (byte, error) {
	for {
		c, err := s.read(ctx)
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c, s.r.UnreadByte()
	}
}

// take reads the next byte that is not white space.
func (s *scanner) take(ctx context.Context) (byte, error) {
	if _, err := s.peek(ctx); err != nil {
		return 0, err
	}
	return s.read(ctx)
}

// next reads one value and appends it to v. At the end of the input the value
// is marked as truncated; an error comes from the input or from text whose
// brackets do not match.
func (s *scanner) next(ctx context.Context, v *value) error {
	c, err := s.peek(ctx)
	if err != nil {
		return cutOff(err, v)
	}
	if v.line == 0 {
		v.line = s.line
	}
	switch c {
	case '{', '[':
		err = s.nested(ctx, v)
	case '"':
		if _, err = s.read(ctx); err == nil {
			v.add(c)
			err = s.text(ctx, v)
		}
	default:
		err = s.word(ctx, v)
	}
	return cutOff(err, v)
}

// cutOff turns the end of the input into a mark on the value.
func cutOff(err error, v *value) error {
	if errors.Is(err, io.EOF) {
		v.problem = ingest.ReasonTruncated
		return nil
	}
	return err
}

// nested reads an object or a list. Below maxDepth brackets are only counted.
func (s *scanner) nested(ctx context.Context, v *value) error {
	closers := make([]byte, 0, maxDepth)
	for depth := 0; ; {
		c, err := s.read(ctx)
		if err != nil {
			return err
		}
		v.add(c)
		switch c {
		case '"':
			if err := s.text(ctx, v); err != nil {
				return err
			}
		case '{', '[':
			if depth < maxDepth {
				closers = append(closers, c+2) // } and ] stand two behind { and [
			} else if v.problem == "" {
				v.problem = ingest.ReasonTooDeep
			}
			depth++
		case '}', ']':
			depth--
			if last := len(closers) - 1; depth == last {
				if closers[last] != c {
					return s.syntax()
				}
				closers = closers[:last]
			}
			if depth == 0 {
				return nil
			}
		}
	}
}

// text reads a string behind its first quote.
func (s *scanner) text(ctx context.Context, v *value) error {
	for escaped := false; ; {
		c, err := s.read(ctx)
		if err != nil {
			return err
		}
		v.add(c)
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return nil
		}
	}
}

// word reads a number, true, false or null.
func (s *scanner) word(ctx context.Context, v *value) error {
	for n := 0; ; n++ {
		c, err := s.read(ctx)
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.IndexByte(" \t\r\n,:]}[{\"", c) >= 0 {
			if n == 0 {
				return s.syntax()
			}
			if c == '\n' {
				s.line--
			}
			return s.r.UnreadByte()
		}
		v.add(c)
	}
}
