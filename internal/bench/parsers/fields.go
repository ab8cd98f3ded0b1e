package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
)

// shown are the columns of the table of fields, with their headings.
func shown() [][2]string {
	return [][2]string{
		{ingest.ColUserID, "user"},
		{ingest.ColUserName, "user's name"},
		{ingest.ColUserRole, "role"},
		{ingest.ColPatientID, "patient"},
		{ingest.ColPatientName, "patient's name"},
		{ingest.ColRecordType, "category"},
		{ingest.ColRecordID, "record"},
		{ingest.ColWorkstation, "workstation"},
		{ingest.ColIP, "address"},
		{ingest.ColOutcome, "outcome"},
		{ingest.ColSourceEventID, "event id"},
		{ingest.ColSessionID, "session"},
		{ingest.ColRequestID, "request"},
		{ingest.ColIntegrity, "check"},
		{ingest.ColTZBasis, "zone"},
	}
}

// filled counts the events and, by column, those that have a value.
type filled struct {
	events int64
	by     map[string]int64
}

// WriteBatch implements ingest.Sink. An unknown outcome and a zone that the file does
// not write count as missing.
func (f *filled) WriteBatch(_ context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	if d != ingest.Events {
		return nil
	}
	f.events += b.NumRows()
	for i, field := range b.Schema().Fields() {
		col := b.Column(i)
		for row := range int(b.NumRows()) {
			if col.IsNull(row) {
				continue
			}
			text := col.ValueStr(row)
			if field.Name == ingest.ColOutcome && text == string(ingest.OutcomeUnknown) || field.Name == ingest.ColTZBasis && text != string(ingest.TZExplicit) {
				continue
			}
			f.by[field.Name]++
		}
	}
	return nil
}

// WriteReject implements ingest.Sink.
func (*filled) WriteReject(context.Context, ingest.Reject) error { return nil }

// printFields prints which fields each sample fills, and for how many events.
func printFields(ctx context.Context, files []string) error {
	registry, err := builtin.Registry()
	if err != nil {
		return err
	}
	heads := []string{"sample", "events"}
	for _, c := range shown() {
		heads = append(heads, c[1])
	}
	fmt.Printf("| %s |\n|---%s\n", strings.Join(heads, " | "), strings.Repeat("|---:", len(heads)-1)+"|")
	for _, file := range files {
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			return err
		}
		f := &filled{by: map[string]int64{}}
		head := ingest.Head{Name: filepath.Base(file), Bytes: text[:min(len(text), ingest.HeadSize)], Complete: len(text) <= ingest.HeadSize}
		_, parser, err := registry.Detect(head, ingest.Settings{})
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		w := ingest.NewWriter(f, ingest.WriterOptions{})
		src := ingest.Source{Name: head.Name, Zone: time.UTC, ZoneBasis: ingest.TZSourceSetting, Data: bytes.NewReader(text)}
		if err := parser.Parse(ctx, src, w); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := w.Flush(ctx); err != nil {
			return err
		}
		w.Release()
		if f.events > 0 {
			fmt.Println(f.line(filepath.ToSlash(filepath.Join(filepath.Base(filepath.Dir(file)), head.Name))))
		}
	}
	return nil
}

// line is the table's line of one sample, in percent.
func (f *filled) line(name string) string {
	cells := []string{"`" + name + "`", strconv.FormatInt(f.events, 10)}
	for _, c := range shown() {
		n := f.by[c[0]]
		text := fmt.Sprintf("%.0f", 100*float64(n)/float64(f.events))
		switch {
		case n == 0:
			text = "–"
		case n < f.events && text == "100":
			text = ">99"
		case text == "0":
			text = "<1"
		}
		cells = append(cells, text)
	}
	return "| " + strings.Join(slices.Clip(cells), " | ") + " |"
}
