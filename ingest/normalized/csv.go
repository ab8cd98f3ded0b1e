package normalized

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// peek returns the beginning of r and a reader of all of it.
func peek(r io.Reader) ([]byte, io.Reader, error) {
	data := bufio.NewReaderSize(r, 64<<10)
	head, err := data.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	return head, data, nil
}

// detectCSV looks at the header.
func detectCSV(head []byte) error {
	row, err := ingest.NewTableReader(bytes.NewReader(head), ',').Next()
	if err != nil {
		return errors.New("it has no header")
	}
	for _, column := range []string{ingest.ColOccurredAt, ingest.ColAction} {
		if !slices.Contains(row.Fields, column) {
			return fmt.Errorf("the header has no column %q", column)
		}
	}
	return nil
}

// readCSV reads events with a header.
func (p *reader) readCSV(data io.Reader) error {
	table := ingest.NewTableReader(data, ',')
	table.Tell(p.w)
	first, err := table.Next()
	if err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	header := slices.Clone(first.Fields)
	if err := checkColumns(ingest.Events, header); err != nil {
		return err
	}
	table.SetFields(len(header))
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.stopped(row.Line); err != nil {
			return err
		}
		if len(row.Raw) == 0 && row.Problem == "" {
			p.w.Skip(ingest.SkipBlank)
			continue
		}
		if err := p.emit(row.Raw, p.cells(header, row)); err != nil {
			return err
		}
	}
}

// cells reads one record into the current record.
func (p *reader) cells(header []string, row ingest.Row) problem {
	p.rec.reset(ingest.Events, row.Line)
	if row.Problem != "" {
		return problem{reason: row.Problem}
	}
	var first problem
	for i, column := range header {
		if row.Fields[i] == "" {
			continue
		}
		target := p.rec.target(column)
		if !setCell(target, row.Fields[i]) && first.reason == "" {
			first = problem{column, reasonFor(target)}
		}
	}
	return first
}

// checkColumns makes sure that each column is one of the dataset and stands
// there once, and that the required ones are there.
func checkColumns(d ingest.Dataset, columns []string) error {
	r := &record{dataset: d}
	for i, column := range columns {
		if r.target(column) == nil {
			return fmt.Errorf("column %d is not a column of the dataset %s", i+1, d)
		}
		if slices.Contains(columns[:i], column) {
			return fmt.Errorf("the column %q appears twice", column)
		}
	}
	for _, column := range required(d) {
		if !slices.Contains(columns, column) {
			return fmt.Errorf("the column %q of the dataset %s is missing", column, d)
		}
	}
	return nil
}

// required lists the columns without which no row of a dataset can be used.
func required(d ingest.Dataset) []string {
	switch d {
	case ingest.Events:
		return []string{ingest.ColOccurredAt, ingest.ColAction}
	case ingest.StaffRows:
		return []string{ingest.ColUserID}
	case ingest.PatientRows:
		return []string{ingest.ColPatientID}
	case ingest.AppointmentRows:
		return []string{ingest.ColPatientID, colStartsAt}
	}
	return nil
}
