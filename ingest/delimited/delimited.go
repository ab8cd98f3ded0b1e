// Package delimited reads access logs as comma-, semicolon-, tab- or
// pipe-separated text, and the sheets of workbooks, by a column mapping.
//
// A mapping is a YAML file that says which column holds what and how its values
// are written; README.md describes it. Mappings of known products are embedded
// as profiles and recognised by their header: a product is supported by adding
// one file to profiles and one fixture to testdata.
//
// The package refuses to guess. It reads no file whose header it does not know
// and never decides row by row in which order day and month stand. It does not
// read chartwatch's own interchange files, the tables of products that have a
// parser of their own, or context data such as rosters.
package delimited

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/chartwatch/chartwatch/ingest"
)

// Plugin describes the parser. Parsers made from one value share its profiles,
// which are read when the first parser is made.
func Plugin() ingest.Plugin {
	profiles := sync.OnceValues(loadProfiles)
	return ingest.Plugin{
		Name:     "delimited",
		Summary:  "CSV, TSV and XLSX access logs by a column mapping, with profiles of known products",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "sample_logs/delimited/access_log.csv",
		New: func(s ingest.Settings) (ingest.Parser, error) {
			return newParser(s, profiles)
		},
	}
}

func newParser(s ingest.Settings, profiles func() ([]*mapping, error)) (ingest.Parser, error) {
	if s.Mapping != nil {
		m, err := loadMapping(s.MappingName, s.Mapping)
		if err != nil {
			return nil, err
		}
		return &parser{mappings: []*mapping{m}, given: true}, nil
	}
	known, err := profiles()
	if err != nil {
		return nil, err
	}
	return &parser{mappings: known}, nil
}

type parser struct {
	mappings []*mapping // the given one, or the profiles
	given    bool
	used     *mapping // the one that Parse has read with
}

// Detect looks for a header that has the columns of the mapping, or of exactly
// one profile.
func (p *parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	_, err := p.locate(h.Bytes)
	return err
}

// Parse reads the file row by row.
func (p *parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading %s: %w", src.Name, err)
	}
	l, err := p.locate(head)
	if err != nil {
		return fmt.Errorf("%s: %w", src.Name, err)
	}
	p.used = l.mapping
	r := newRun(l, src, w)
	if l.mapping.noReads {
		w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	table := ingest.NewTableReader(data, l.comma)
	table.Tell(w)
	if err := r.rows(ctx, table); err != nil {
		return fmt.Errorf("%s: %w", src.Name, err)
	}
	return nil
}

// rows reads the table from its first line to its end.
func (r *run) rows(ctx context.Context, t *ingest.TableReader) error {
	const interval = 1 << 10
	header, err := r.skipPreamble(t)
	if err != nil {
		return err
	}
	t.SetFields(r.layout.fields)
	for n := 0; ; n++ {
		if n%interval == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return r.finish(ctx)
		}
		if err != nil {
			return fmt.Errorf("reading the row after line %d: %w", r.line, err)
		}
		r.line = row.Line
		if len(header) > 0 && bytes.Equal(row.Raw, header) {
			r.w.Skip(ingest.SkipHeader)
			continue
		}
		if err := r.row(ctx, &row); err != nil {
			return err
		}
	}
}

// skipPreamble reads up to and including the header, and returns it.
func (r *run) skipPreamble(t *ingest.TableReader) ([]byte, error) {
	for r.line < r.layout.start {
		row, err := t.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the header: %w", err)
		}
		r.line = row.Line
		switch {
		case row.Line == r.layout.start && r.layout.mapping.header:
			return bytes.Clone(row.Raw), nil
		case row.Fields == nil && row.Problem == "":
			r.w.Skip(ingest.SkipBlank)
		default:
			r.w.Skip(ingest.SkipPreamble)
		}
	}
	return nil, nil
}

// finish handles what is known at the end of the file only.
func (r *run) finish(ctx context.Context) error {
	for range r.pending {
		r.w.Skip(ingest.SkipPreamble)
	}
	records := r.w.Counts().Records
	for _, limit := range r.layout.mapping.caps {
		if records == limit {
			r.w.Note(ingest.Note{Kind: ingest.NoteExportCap, Line: r.line})
		}
	}
	return ctx.Err()
}
