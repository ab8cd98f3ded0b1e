package ingesttest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// toyHeader is the first line of the format that the tests of this package read.
const toyHeader = "when;who;whom;what"

// toy is a parser with a flaw, or with none.
type toy struct{ flaw string }

func toyPlugin(flaw string) ingest.Plugin {
	return ingest.Plugin{
		Name: "toy", Summary: "Toy log", Version: 1, Produces: []ingest.Dataset{ingest.Events}, Sample: "toy/log.csv",
		New: func(ingest.Settings) (ingest.Parser, error) { return toy{flaw: flaw}, nil },
	}
}

func (p toy) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(h.Bytes), "\n")
	switch {
	case p.flaw == "accepts-everything", strings.TrimSuffix(first, "\r") == toyHeader:
		return nil
	case p.flaw == "quotes-in-detect":
		return fmt.Errorf("not a toy log: %q", first)
	}
	return errors.New("the header is not that of a toy log")
}

func (p toy) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	table := ingest.NewTableReader(src.Data, ';')
	clock := src.Clock()
	for {
		row, err := table.Next()
		switch {
		case errors.Is(err, io.EOF), err != nil && p.flaw == "swallows-read-errors":
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case row.Line == 1:
			table.SetFields(strings.Count(toyHeader, ";") + 1)
		case len(row.Raw) == 0:
			w.Skip(ingest.SkipBlank)
		default:
			if err := p.record(ctx, row, clock, w); err != nil {
				return err
			}
		}
		if p.flaw == "stops-early" && row.Line == 3 {
			return nil
		}
	}
}

func (p toy) record(ctx context.Context, row ingest.Row, clock *ingest.LocalClock, w *ingest.Writer) error {
	reject := ingest.Reject{Line: row.Line, Reason: row.Problem, Raw: row.Raw}
	if row.Problem != "" {
		return w.Reject(ctx, reject)
	}
	wall, err := time.Parse("2006-01-02 15:04", row.Fields[0])
	if err != nil {
		if p.flaw == "quotes-in-errors" {
			return fmt.Errorf("line %d, user %s: %w", row.Line, row.Fields[1], err)
		}
		reject.Reason = ingest.ReasonBadTime
		reject.Column = "when"
		if p.flaw == "quotes-in-rejects" {
			reject.Column = row.Fields[2]
		}
		return w.Reject(ctx, reject)
	}
	at, flag := clock.Resolve(wall)
	e := ingest.Event{
		Line: row.Line, At: at, TimeFlag: flag, TZBasis: clock.Basis(), UserID: row.Fields[1], PatientName: row.Fields[2],
		Action: ingest.ActionOther, ActionRaw: row.Fields[3], Outcome: ingest.OutcomeUnknown, Granularity: ingest.GranularityEvent,
	}
	switch {
	case p.flaw == "no-flag":
		e.TimeFlag = ""
	case p.flaw == "not-repeatable":
		e.RecordedAt = time.Now()
	case p.flaw == "writes-nothing":
		return nil
	case strings.HasPrefix(row.Fields[3], "view"):
		e.Action = ingest.ActionView
	}
	return w.Event(ctx, e)
}
