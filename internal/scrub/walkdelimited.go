package scrub

import (
	"errors"
	"io"
	"strings"
)

// separatorOf returns the separator that a line has most of, or 0.
func separatorOf(line string) byte {
	best, most := byte(0), 0
	for _, c := range []byte(",\t;|") {
		n := len(cells(line, c)) - 1
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// cells cuts a record at the separators outside of quotes.
func cells(record string, comma byte) []string {
	var list []string
	from, inside := 0, false
	for i := range len(record) {
		switch record[i] {
		case '"':
			inside = !inside
		case comma:
			if !inside {
				list = append(list, record[from:i])
				from = i + 1
			}
		}
	}
	return append(list, record[from:])
}

// delimited walks a table.
func (x *walker) delimited(l layout) error {
	t := &tableWalk{walker: x, comma: l.comma}
	number := int64(0)
	for {
		record, lines, err := t.record()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		first := number + 1
		number += lines
		body := strings.TrimRight(record, "\r\n")
		switch {
		case first <= l.header && l.header <= number, t.header != "" && body == t.header:
			t.names(body)
		case first < l.header:
			t.row(body, false)
		default:
			t.row(body, true)
		}
		x.put(record[len(body):])
	}
}

type tableWalk struct {
	*walker

	comma   byte
	header  string   // as it stands in the file
	columns []string // as they stand in the copy
	ahead   []string // lines that were read in search of a closing quote
}

// quotedLines is how many lines a record may have.
const quotedLines = 1000

// record reads a line, and those that follow if a quoted field goes on in them.
func (t *tableWalk) record() (text string, lines int64, err error) {
	text, err = t.take(0)
	if err != nil {
		return "", 0, err
	}
	count := 1
	whole := text
	for open(whole) && count < quotedLines && len(whole) < window {
		more, err := t.take(count)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", 0, err
		}
		whole += more
		count++
	}
	if open(whole) { // the quote is a stray one
		whole, count = text, 1
	}
	t.ahead = t.ahead[count:]
	return whole, int64(count), nil
}

func open(s string) bool { return strings.Count(s, `"`)%2 == 1 }

// take returns the line i lines ahead.
func (t *tableWalk) take(i int) (string, error) {
	if i < len(t.ahead) {
		return t.ahead[i], nil
	}
	line, err := t.line()
	if err != nil {
		return "", err
	}
	t.ahead = append(t.ahead, line)
	return line, nil
}

func (t *tableWalk) names(body string) {
	t.header, t.columns = body, nil
	for i, c := range cells(body, t.comma) {
		if i > 0 {
			t.putByte(t.comma)
		}
		made := t.visit.name(c)
		t.columns = append(t.columns, strings.Trim(made, `" `))
		t.put(made)
	}
}

func (t *tableWalk) row(body string, data bool) {
	for i, c := range cells(body, t.comma) {
		if i > 0 {
			t.putByte(t.comma)
		}
		path := pathText
		if data {
			path = itoa(i) + "/"
			if i < len(t.columns) {
				path += t.columns[i]
			}
		}
		inner, quote := c, ""
		if len(c) >= 2 && c[0] == '"' && c[len(c)-1] == '"' {
			inner, quote = c[1:len(c)-1], `"`
		}
		t.put(quote + t.visit.value(path, inner) + quote)
	}
}
