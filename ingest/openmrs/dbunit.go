package openmrs

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// A data set of DBUnit has one element a row, named like the table, whose
// attributes are the columns.

// attributes is a row of a data set.
type attributes map[string]string

// Get implements row.
func (a attributes) Get(column string) string {
	s := a[contextdata.Fold(column)]
	if strings.EqualFold(s, "null") || strings.EqualFold(s, "[null]") {
		return ""
	}
	return s
}

// Key implements row.
func (a attributes) Key(column string) string {
	if s := a.Get(column); s != "0" {
		return s
	}
	return ""
}

// maxDepth is more than a data set has.
const maxDepth = 16

func isTable(name string) bool { return slices.Contains(table().Names, name) }

func detectXML(head []byte) error {
	d := decoder(bytes.NewReader(head))
	root := true
	for {
		token, err := d.Token()
		if err != nil {
			return errors.New("the XML has no row of the audit log")
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !isTable(start.Name.Local) {
			if root && start.Name.Local != "dataset" {
				return errors.New("the XML is no data set")
			}
			root = false
			continue
		}
		row := rowOf(start)
		for _, column := range []string{colType, colIdentifier, colAction, colTime} {
			if _, ok := row[contextdata.Fold(column)]; !ok {
				return fmt.Errorf("the row has no column %q", column)
			}
		}
		return nil
	}
}

// decoder reads XML without entities of its own: the standard library expands none
// that a document declares.
func decoder(r io.Reader) *xml.Decoder {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it was converted before
	return d
}

// maxTag is the largest number of bytes of one element with its attributes, or of
// the text between two.
const maxTag = 4 << 20

// bounded ends the input where a single piece of it would fill the memory.
type bounded struct {
	r     io.Reader
	since int // bytes since the last element ended
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if i := bytes.LastIndexByte(p[:n], '>'); i >= 0 {
		b.since = n - i - 1
	} else {
		b.since += n
	}
	if b.since > maxTag {
		return 0, errors.New("an element is too long")
	}
	return n, err
}

func rowOf(start xml.StartElement) attributes {
	row := attributes{}
	for _, a := range start.Attr {
		row[contextdata.Fold(a.Name.Local)] = a.Value
	}
	return row
}

func readXML(ctx context.Context, src ingest.Source, clock *ingest.LocalClock, w *ingest.Writer) error {
	d := decoder(&bounded{r: src.Data})
	depth := 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := d.InputPos()
		if err != nil {
			return fmt.Errorf("reading the XML at line %d: it is not well-formed", line)
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if depth > maxDepth {
				return fmt.Errorf("reading the XML at line %d: its elements are nested too deeply", line)
			}
			if !isTable(token.Name.Local) {
				if depth > 1 {
					w.Skip(ingest.SkipOtherTable)
				}
				continue
			}
			if err := writeRow(ctx, rowOf(token), int64(line), clock, w); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			return fmt.Errorf("reading the XML at line %d: a document type is not read", line)
		}
	}
}

func writeRow(ctx context.Context, row attributes, line int64, clock *ingest.LocalClock, w *ingest.Writer) error {
	e := event(row, line)
	text := row.Get(colTime)
	when, ok := contextdata.MonthFirst.Instant(text, clock)
	if !ok {
		reason := ingest.ReasonBadTime
		if text == "" {
			reason = ingest.ReasonMissingTime
		}
		return w.Reject(ctx, ingest.Reject{Line: line, Column: colTime, Reason: reason, PatientID: e.PatientID})
	}
	e.At, e.TZBasis, e.TimeFlag = when.At, when.Basis, when.Flag
	return w.Event(ctx, e)
}
