// Package cloudlog walks the records of logs that cloud services write as JSON:
// objects one a line or one behind the other, an array, or an object that holds
// the array. It is for parsers of such logs, which say what a record means.
//
// It knows no service. It refuses a record of more than 4 MiB, and it never hands
// out text that is not JSON.
package cloudlog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

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
	for k, v := range o {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
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

// Bool returns a member that is true.
func (o Object) Bool(name string) bool {
	b, _ := o.Get(name).(bool)
	return b
}

// Has reports whether all members are there.
func (o Object) Has(names ...string) bool {
	for _, name := range names {
		if o.Get(name) == nil {
			return false
		}
	}
	return true
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
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return nil, errors.New("the file is not JSON")
	}
	w := &walker{in: bytes.NewReader(head)}
	raw, err := w.first()
	if err != nil {
		return nil, errors.New("the file does not start with a JSON object")
	}
	return decode(raw)
}

// wrapper is an object whose first member is the array of records.
func wrapper(head []byte) int {
	loc := regexp.MustCompile(`^\s*\{\s*"(?i:records|entries|value)"\s*:\s*\[`).FindIndex(head)
	if loc == nil {
		return -1
	}
	return loc[1]
}

// Each calls do for each record. What is no JSON is rejected in w; where that leaves
// no way to find the next record, the rest is noted as cut off. An error of do ends it.
func Each(ctx context.Context, src ingest.Source, w *ingest.Writer, do func(Record) error) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning of the file: %w", err)
	}
	walk := &walker{in: data, line: 1}
	trimmed := bytes.TrimLeft(head, " \t\r\n")
	if at := wrapper(head); at >= 0 || len(trimmed) > 0 && trimmed[0] == '[' {
		return walk.array(ctx, max(at, len(head)-len(trimmed)+1), w, do)
	}
	return walk.sequence(ctx, w, do)
}
