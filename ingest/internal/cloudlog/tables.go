package cloudlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/chartwatch/chartwatch/ingest"
)

// tables walks an answer of Log Analytics from its list of tables on:
//
//	{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"}],"rows":[["…"]]}]}
//
// The columns must stand before the rows. A row becomes an object with the columns
// as its members.
func (w *walker) tables(ctx context.Context) error {
	for {
		c, ok := w.skip(',')
		if err := w.failure(); err != nil {
			return err
		}
		switch {
		case !ok:
			w.cutOff(w.line)
			return nil
		case c == ']':
			w.take()
			return ctx.Err()
		case c != '{':
			line := w.line
			if err := w.reject(ctx, line, ingest.ReasonBadSyntax, w.restOfLine()); err != nil {
				return err
			}
			continue
		}
		w.take()
		if err := w.table(ctx); err != nil {
			return err
		}
	}
}

// table walks the members of a table up to its end.
func (w *walker) table(ctx context.Context) error {
	var columns []string
	for {
		c, ok := w.skip(',')
		if err := w.failure(); err != nil {
			return err
		}
		switch {
		case !ok:
			w.cutOff(w.line)
			return nil
		case c == '}':
			w.take()
			return nil
		}
		name, err := w.member()
		if err == nil && name == "rows" && w.array() {
			w.take()
			if err := w.rows(ctx, columns); err != nil {
				return err
			}
			continue
		}
		line := w.line
		var raw []byte
		if err == nil {
			raw, err = w.any()
		}
		if err == nil && name == "columns" {
			columns, err = columnNames(raw)
		}
		if err != nil {
			return w.reject(ctx, line, ingest.ReasonBadSyntax, w.restOfLine())
		}
	}
}

// member takes the name of a member and the colon behind it.
func (w *walker) member() (string, error) {
	if c, _ := w.next(); c != '"' {
		return "", errors.New("no name of a member")
	}
	raw, err := w.value()
	if err != nil {
		return "", err
	}
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		return "", errors.New("no name of a member")
	}
	if c, _ := w.skip(' '); c != ':' {
		return "", errors.New("no value behind a name")
	}
	w.take()
	w.skip(' ')
	return name, nil
}

// array reports whether an array begins with the next byte.
func (w *walker) array() bool {
	c, _ := w.next()
	return c == '['
}

// any takes a value of any kind; of a number or a word it returns nothing.
func (w *walker) any() ([]byte, error) {
	c, _ := w.next()
	if c == '{' || c == '[' || c == '"' {
		return w.value()
	}
	for {
		c, ok := w.next()
		if !ok || bytes.IndexByte([]byte(",}] \t\r\n"), c) >= 0 {
			return nil, nil
		}
		w.take()
	}
}

func columnNames(raw []byte) ([]string, error) {
	var list []struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, errors.New("no list of columns")
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return names, nil
}

// rows walks the rows of a table up to the end of their list.
func (w *walker) rows(ctx context.Context, columns []string) error {
	return w.elements(ctx, '[', func(line int64, raw []byte) error {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var cells []any
		if err := d.Decode(&cells); err != nil {
			return w.reject(ctx, line, ingest.ReasonBadSyntax, raw)
		}
		if len(cells) != len(columns) {
			return w.reject(ctx, line, ingest.ReasonFieldCount, raw)
		}
		o := make(Object, len(cells))
		for i, name := range columns {
			o[name] = cells[i]
		}
		return w.do(Record{Line: line, Raw: raw, Object: o})
	})
}
