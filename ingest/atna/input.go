package atna

import (
	"bytes"
	"errors"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
)

// input is a buffered reader that counts lines and shows what comes next.
type input struct {
	r        io.Reader
	buf      []byte
	pos, end int
	line     int64 // of the byte at pos
	done     bool
	err      error // of the reader, other than io.EOF
}

func newInput(r io.Reader) *input {
	return &input{r: r, buf: make([]byte, 128<<10), line: 1}
}

// ahead returns up to n bytes without taking them, fewer only at the end. n
// must be far smaller than the buffer.
func (in *input) ahead(n int) []byte {
	if in.end-in.pos < n && !in.done {
		in.end = copy(in.buf, in.buf[in.pos:in.end])
		in.pos = 0
		in.fill(n)
	}
	return in.buf[in.pos:min(in.pos+n, in.end)]
}

// fill reads until n bytes are there or the input ends.
func (in *input) fill(n int) {
	const patience = 100 // empty reads in a row
	for idle := 0; in.end < n; {
		got, err := in.r.Read(in.buf[in.end:])
		in.end += got
		idle++
		if got > 0 {
			idle = 0
		}
		if err == nil && idle >= patience {
			err = io.ErrNoProgress
		}
		if err != nil {
			in.done = true
			if !errors.Is(err, io.EOF) {
				in.err = err
			}
			return
		}
	}
}

// buffered returns what can be looked at in place; nothing at the end.
func (in *input) buffered() []byte {
	in.ahead(1)
	return in.buf[in.pos:in.end]
}

// take moves n bytes, which must be buffered, into c.
func (in *input) take(n int, c *clip) {
	p := in.buf[in.pos : in.pos+n]
	c.add(p)
	in.line += int64(bytes.Count(p, []byte{'\n'}))
	in.pos += n
}

// upTo moves everything before the next byte c into the clip and reports
// whether there is one.
func (in *input) upTo(c byte, into *clip) bool {
	for {
		p := in.buffered()
		if len(p) == 0 {
			return false
		}
		i := bytes.IndexByte(p, c)
		if i >= 0 {
			in.take(i, into)
			return true
		}
		in.take(len(p), into)
	}
}

// clip collects bytes up to a limit.
type clip struct {
	buf  []byte
	max  int
	long bool // there were more
}

func (c *clip) reset() { c.buf, c.long = c.buf[:0], false }

// room is how many bytes are kept at most.
func (c *clip) room() int { return c.max - len(c.buf) }

func (c *clip) add(p []byte) {
	if room := c.room(); len(p) > room {
		c.long = true
		p = p[:room]
	}
	c.buf = append(c.buf, p...)
}

// newClips returns the clips for what stands before a message and for the
// message.
func newClips() (head, body clip) {
	return clip{max: ingest.MaxRaw}, clip{max: ingest.MaxLine}
}
