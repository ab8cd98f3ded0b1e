// Package cloudlog walks the records of logs that cloud services write as JSON:
// objects one a line or one behind the other, an array, an object that holds the
// array, or the tables of columns and rows that Log Analytics answers with, and
// several of them joined into one file. It is for parsers of such logs, which say what
// a record means.
//
// It knows no service. It refuses a record of more than 4 MiB, and it never hands
// out text that is not JSON.
package cloudlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// maxRecord is the largest number of bytes of one record.
const maxRecord = 4 << 20

// Record is one record of a log.
type Record struct {
	// Line is the line on which the record begins.
	Line int64
	// Raw is the record as it stands in the file.
	Raw []byte
	// Object is the record; its values are those of encoding/json, with numbers
	// as [json.Number].
	Object Object
}

// Object is a JSON object. Names are looked up without regard to case, because
// one service writes them in several ways.
type Object map[string]any

// Get returns a member, or nil.
func (o Object) Get(name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	found := ""
	for k := range o {
		if strings.EqualFold(k, name) && (found == "" || k < found) { // always the same one of several
			found = k
		}
	}
	return o[found]
}

// Text returns a member as text: a text or a number as it is written, and nothing
// for anything else. Names are steps into objects.
func (o Object) Text(names ...string) string {
	for _, name := range names[:len(names)-1] {
		o = o.Object(name)
	}
	switch v := o.Get(names[len(names)-1]).(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	}
	return ""
}

// Object returns a member that is an object, or a text that holds one; an empty
// object for anything else.
func (o Object) Object(name string) Object {
	switch v := o.Get(name).(type) {
	case map[string]any:
		return v
	case string:
		if inner, err := decode([]byte(v)); err == nil {
			return inner
		}
	}
	return nil
}

// Bool returns a member that is true. Query tools write the word as a text.
func (o Object) Bool(name string) bool {
	switch v := o.Get(name).(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return false
}

// Lacks returns an error that names the first member that is not there.
func (o Object) Lacks(names ...string) error {
	for _, name := range names {
		if o.Get(name) == nil {
			return Missing(name)
		}
	}
	return nil
}

// Missing is why a file is refused of which the first record lacks a member.
func Missing(name string) error { return fmt.Errorf("the first record has no %q", name) }

// Instant reads a time that is written with its zone, or says why there is none. Query
// tools write a blank for the T and the letters UTC for the Z.
func Instant(text string) (time.Time, ingest.Reason) {
	if text == "" {
		return time.Time{}, ingest.ReasonMissingTime
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 UTC"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), ""
		}
	}
	return time.Time{}, ingest.ReasonBadTime
}

func decode(raw []byte) (Object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil || o == nil {
		return nil, errors.New("no JSON object")
	}
	return o, nil
}

// First returns the first record of a file's head, for detection.
func First(head []byte) (Object, error) {
	if head = bytes.TrimLeft(head, " \t\r\n"); len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return nil, errors.New("the file is not JSON")
	}
	var first Object
	w := &walker{in: bytes.NewReader(head), line: 1, do: func(r Record) error {
		first = r.Object
		return errFound
	}}
	if err := w.walk(context.Background()); err != nil && !errors.Is(err, errFound) {
		return nil, err
	}
	if first == nil {
		return nil, errors.New("the file does not start with a JSON object")
	}
	return first, nil
}

// errFound ends a walk at its first record.
var errFound = errors.New("found")

// Each calls do for each record. What is no JSON is rejected in w; where that leaves
// no way to find the next record, the rest is noted as cut off. An error of do ends it.
func Each(ctx context.Context, src ingest.Source, w *ingest.Writer, do func(Record) error) error {
	walk := &walker{in: src.Data, line: 1, out: w, do: do}
	return walk.walk(ctx)
}

// maxOpening is the largest number of bytes in which an object says that it holds the
// records.
const maxOpening = 1 << 10

// walk walks a file of any of the layouts. Files that were joined into one stand
// one behind the other, so each value may have another layout.
func (w *walker) walk(ctx context.Context) error {
	wrapped := regexp.MustCompile(`^\{\s*"(?i:records|entries|events|value)"\s*:\s*\[`)
	answer := regexp.MustCompile(`^\{\s*"(?i:tables)"\s*:\s*\[`)
	record := w.record(ctx)
	for {
		c, ok := w.skip(',')
		if err := w.failure(); err != nil {
			return err
		}
		if !ok {
			return ctx.Err()
		}
		opening := w.ahead(maxOpening)
		inAnswer, inObject := len(answer.Find(opening)), len(wrapped.Find(opening))
		var err error
		switch {
		case inAnswer > 0:
			w.advance(inAnswer)
			if err = w.tables(ctx); err == nil {
				err = w.restOfObject(ctx)
			}
		case inObject > 0:
			w.advance(inObject)
			if err = w.elements(ctx, '{', record); err == nil {
				err = w.restOfObject(ctx)
			}
		case c == '[':
			w.take()
			err = w.elements(ctx, '{', record)
		case c == '{':
			err = w.element(ctx, record)
		default:
			err = w.reject(ctx, w.line, ingest.ReasonBadSyntax, w.restOfLine())
		}
		if err != nil {
			return err
		}
	}
}
