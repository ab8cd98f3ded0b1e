package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// parts are a file cut where its records begin and end.
type parts struct{ head, body, between, tail []byte }

// openRepeated returns a file with its records repeated until it has a size.
func openRepeated(path string, size int64) (io.Reader, error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	p, err := split(filepath.Ext(path), text)
	if err != nil {
		return nil, fmt.Errorf("cutting %s into records: %w", path, err)
	}
	return &repeater{parts: p, left: size, rest: append(bytes.Clone(p.head), p.body...)}, nil
}

// split finds the records of a file: lines, those behind a header, the elements of
// the outermost JSON array, the rows of SQL.
func split(ext string, text []byte) (parts, error) {
	switch ext {
	case ".csv", ".tsv", ".txt":
		i := bytes.IndexByte(text, '\n') + 1
		return parts{head: text[:i], body: text[i:]}, nil
	case ".ndjson", ".jsonl", ".log", ".xml":
		return parts{body: text}, nil
	case ".json":
		first, last := bytes.IndexByte(text, '['), bytes.LastIndexByte(text, ']')
		if outer := bytes.Index(text, []byte(`"entry": [`)); outer >= 0 {
			first = outer + len(`"entry": `)
		}
		if first < 0 || last < first {
			return parts{}, errors.New("it has no array")
		}
		return parts{head: text[:first+1], body: text[first+1 : last], between: []byte(","), tail: text[last:]}, nil
	case ".sql":
		first := bytes.Index(text, []byte("\nINSERT INTO ")) + 1
		last := bytes.LastIndex(text, []byte("\nINSERT INTO ")) + 1
		if first == 0 {
			return parts{}, errors.New("it has no rows")
		}
		end := last + bytes.IndexByte(text[last:], '\n') + 1
		return parts{head: text[:first], body: text[first:end], tail: text[end:]}, nil
	}
	return parts{}, fmt.Errorf("files %s are not known", ext)
}

// repeater reads head, body, body, … tail.
type repeater struct {
	parts
	rest  []byte
	left  int64
	ended bool
}

func (r *repeater) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		switch {
		case r.left > 0:
			r.rest = append(append(r.rest[:0], r.between...), r.body...)
		case !r.ended:
			r.rest, r.ended = r.tail, true
		default:
			return 0, io.EOF
		}
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	r.left -= int64(n)
	return n, nil
}
