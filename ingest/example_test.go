package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/normalized"
)

// doorPlugin describes a parser for the log of an imaginary product: lines such
// as "2025-05-05 10:00:00|mdoyle|000451".
func doorPlugin() ingest.Plugin {
	return ingest.Plugin{
		Name: "door", Summary: "Log of the Door record viewer", Version: 1,
		Produces: []ingest.Dataset{ingest.Events}, Sample: "door/log.txt",
		New: func(ingest.Settings) (ingest.Parser, error) { return doorParser{}, nil },
	}
}

type doorParser struct{}

func (doorParser) Detect(h ingest.Head) error {
	if first, _, _ := strings.Cut(string(h.Bytes), "\n"); strings.TrimSuffix(first, "\r") != "at|user|patient" {
		return errors.New("the header is not that of a Door log")
	}
	return nil
}

func (doorParser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	table, clock := ingest.NewTableReader(src.Data, '|'), src.Clock()
	table.SetFields(3)
	table.Tell(w)
	for {
		row, err := table.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the log: %w", err)
		case row.Line == 1: // the header
		case row.Problem != "":
			err = w.Reject(ctx, ingest.Reject{Line: row.Line, Reason: row.Problem, Raw: row.Raw})
		case row.Fields == nil:
			w.Skip(ingest.SkipBlank)
		default:
			err = writeDoor(ctx, row, clock, w)
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}

func writeDoor(ctx context.Context, row ingest.Row, clock *ingest.LocalClock, w *ingest.Writer) error {
	wall, err := time.Parse(time.DateTime, row.Fields[0])
	if err != nil { // say which column, and never what it holds
		return w.Reject(ctx, ingest.Reject{Line: row.Line, Column: "at", Reason: ingest.ReasonBadTime, PatientID: row.Fields[2], Raw: row.Raw})
	}
	at, flag := clock.Resolve(wall)
	return w.Event(ctx, ingest.Event{
		Line: row.Line, At: at, TZBasis: clock.Basis(), TimeFlag: flag, UserID: row.Fields[1], PatientID: row.Fields[2],
		Action: ingest.ActionView, Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
	})
}

// A parser is a value of type Plugin and two methods. Its tests are fixtures in
// testdata and a call of ingesttest.Run; this example is what a host does.
func Example() {
	const log = "at|user|patient\n2025-05-05 10:00:00|mdoyle|000451\nyesterday|mdoyle|000451\n"
	zone := time.FixedZone("clinic", -4*3600)
	sink := normalized.NewNDJSONWriter(os.Stdout)
	w := ingest.NewWriter(sink, ingest.WriterOptions{})
	defer w.Release()
	parse := func(ctx context.Context, m ingest.Member) error {
		parser, err := doorPlugin().New(ingest.Settings{})
		if err != nil {
			return err
		}
		if err := parser.Detect(m.Head); err != nil {
			return err
		}
		return parser.Parse(ctx, ingest.Source{Name: m.Name, Zone: zone, ZoneBasis: ingest.TZSourceSetting, Data: m.Data}, w)
	}
	ctx := context.Background()
	_, err := ingest.OpenStream(ctx, "log.txt", strings.NewReader(log), ingest.OpenOptions{}, parse)
	fmt.Println(errors.Join(err, w.Flush(ctx), sink.Close()))
	fmt.Println(w.Counts().Records, "records,", w.Counts().Rejected, "rejected:", w.Counts().Reasons)
	// Output:
	// {"dataset":"events","line":2,"part":0,"occurred_at":"2025-05-05T14:00:00Z","tz_basis":"source_setting","user_id":"mdoyle","patient_id":"000451","action":"view","outcome":"success","break_glass":false,"granularity":"event"}
	// <nil>
	// 2 records, 1 rejected: map[bad_time:1]
}

// A registry holds the parsers of a program and finds the one that reads a file.
func ExampleNewRegistry() {
	registry, err := ingest.NewRegistry(doorPlugin(), normalized.Plugin())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"at|user|patient\n", `{"dataset":"staff","user_id":"mdoyle"}`, "Dear all,\n"} {
		p, _, err := registry.Detect(ingest.Head{Name: "input", Bytes: []byte(text), Complete: true}, ingest.Settings{})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(p.Name)
	}
	// Output:
	// door
	// normalized
	// no parser recognises the file
	//   door: the header is not that of a Door log
	//   normalized: the header has no column "occurred_at"
}
