package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxLine is the largest number of bytes in a line, or in a record of several
// lines, that is read. What is longer is handed over cut off and marked.
const MaxLine = 1 << 20

// Line is one line of text.
type Line struct {
	Number  int64  // 1-based
	Text    []byte // without the line ending; valid until the next call
	TooLong bool   // the line was longer than the limit, Text is its beginning
	Unended bool   // the input ends here, without a line ending
}

// LineReader reads lines of bounded length. Unlike bufio.Scanner it goes on
// after a line that is too long. Lines end with \n or \r\n.
type LineReader struct {
	r    *bufio.Reader
	max  int
	line int64
	long []byte
	w    *Writer // nil if nobody is to be told
}

// NewLineReader returns a reader of the lines of r; limit is the largest length
// of a line in bytes, or 0 for [MaxLine].
func NewLineReader(r io.Reader, limit int) *LineReader {
	if limit <= 0 {
		limit = MaxLine
	}
	return &LineReader{r: bufio.NewReaderSize(r, 256<<10), max: limit}
}

// Tell has w take a record that ends the input without a line ending for cut off,
// if it is rejected (see [Writer.Reject]). It is for input in which each line is a
// record that begins at the line's number.
func (l *LineReader) Tell(w *Writer) { l.w = w }

// Next returns the next line. At the end of the input the error is io.EOF; a
// last line without a line ending is a line. Any other error comes from the
// input.
func (l *LineReader) Next() (Line, error) {
	text, err := l.r.ReadSlice('\n')
	if err == nil {
		l.line++
		return l.cut(text), nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		if len(text) > 0 && errors.Is(err, io.EOF) {
			return l.last(text), nil
		}
		return Line{}, err
	}
	l.long = append(l.long[:0], text...)
	for errors.Is(err, bufio.ErrBufferFull) {
		text, err = l.r.ReadSlice('\n')
		// Two bytes more than allowed show whether what follows is only the line ending.
		if room := l.max + len("\r\n") - len(l.long); room > 0 {
			l.long = append(l.long, text[:min(room, len(text))]...)
		}
	}
	atEnd := errors.Is(err, io.EOF)
	if err != nil && !atEnd {
		return Line{}, err
	}
	if atEnd {
		return l.last(l.long), nil
	}
	l.line++
	return l.cut(l.long), nil
}

// last returns the line that ends the input without a line ending.
func (l *LineReader) last(text []byte) Line {
	l.line++
	line := l.cut(text)
	line.Unended = true
	if l.w != nil {
		l.w.unended = line.Number
	}
	return line
}

func (l *LineReader) cut(text []byte) Line {
	text = bytes.TrimSuffix(text, []byte{'\n'})
	text = bytes.TrimSuffix(text, []byte{'\r'})
	if len(text) > l.max {
		return Line{Number: l.line, Text: text[:l.max], TooLong: true}
	}
	return Line{Number: l.line, Text: text}
}
