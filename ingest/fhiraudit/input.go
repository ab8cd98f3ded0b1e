package fhiraudit

import (
	"errors"
	"io"
)

// input is a buffered reader that counts lines and lets its buffer be scanned
// in place.
type input struct {
	r        io.Reader
	buf      []byte
	pos, end int
	line     int64 // of the byte at pos
	err      error // of the reader, other than io.EOF
	done     bool
}

func newInput(r io.Reader) *input {
	return &input{r: r, buf: make([]byte, 256<<10), line: 1}
}

// more reports whether there is a byte at pos, and reads on if need be.
func (in *input) more() bool {
	if in.pos < in.end {
		return true
	}
	in.pos, in.end = 0, 0
	in.read()
	return in.pos < in.end
}

// read adds what one read of the reader gives to the buffer.
func (in *input) read() {
	const patience = 100 // empty reads in a row
	for range patience {
		if in.done {
			return
		}
		n, err := in.r.Read(in.buf[in.end:])
		in.end += n
		if err != nil {
			in.done = true
			if !errors.Is(err, io.EOF) {
				in.err = err
			}
		}
		if n > 0 {
			return
		}
	}
	in.done, in.err = true, io.ErrNoProgress
}

// ahead returns up to n bytes without taking them. n is far smaller than the
// buffer.
func (in *input) ahead(n int) []byte {
	if in.end-in.pos < n && !in.done {
		in.end = copy(in.buf, in.buf[in.pos:in.end])
		in.pos = 0
		for in.end < n && !in.done {
			in.read()
		}
	}
	return in.buf[in.pos:min(in.pos+n, in.end)]
}

// next takes one byte.
func (in *input) next() (byte, bool) {
	if !in.more() {
		return 0, false
	}
	c := in.buf[in.pos]
	in.pos++
	if c == '\n' {
		in.line++
	}
	return c, true
}

// clip collects bytes up to the largest size of a record.
type clip struct {
	buf  []byte
	max  int
	long bool // there were more
}

func (c *clip) reset() { c.buf, c.long = c.buf[:0], false }

func (c *clip) add(p []byte) {
	if room := c.max - len(c.buf); len(p) > room {
		c.long = true
		p = p[:room]
	}
	c.buf = append(c.buf, p...)
}

func (c *clip) addByte(b byte) {
	if len(c.buf) >= c.max {
		c.long = true
		return
	}
	c.buf = append(c.buf, b)
}
