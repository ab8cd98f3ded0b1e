package intake

import (
	"context"

	"github.com/chartwatch/chartwatch/internal/store"
)

// segmentRows is how many events are collected before they are loaded: one of
// DuckDB's row groups.
const segmentRows = 122880

// factColumns are the columns of table event for one segment.
type factColumns struct {
	eventID, line, atUs, sourceNum []int64
	localDay, localMinute          []int32
	user, patient, place, kind     []int32
	noNum                          []bool
	hasNum                         bool
	extra                          extraColumns
}

// extraColumns are the columns of table event_extra for one segment.
type extraColumns struct {
	eventID, hash, part        []int64
	recorded, ended, records   []int64
	noRecorded, noEnded, noRec []bool
	blobs                      [len8][][]byte
}

// len8 is the number of sealed columns of event_extra.
const len8 = 8

// full reports whether a segment should be loaded.
func (e *encoder) full() bool { return len(e.facts.eventID) >= segmentRows }

// next starts a new segment in the memory of the one that was loaded.
func (e *encoder) next() {
	f := &e.facts
	for _, column := range []*[]int64{&f.eventID, &f.line, &f.atUs, &f.sourceNum} {
		*column = (*column)[:0]
	}
	for _, column := range []*[]int32{&f.localDay, &f.localMinute, &f.user, &f.patient, &f.place, &f.kind} {
		*column = (*column)[:0]
	}
	f.noNum = f.noNum[:0]
	f.extra = extraColumns{}
}

// load writes a segment.
func (f *factColumns) load(ctx context.Context, tx *store.Tx, site, sourceID int32) error {
	err := tx.Load(ctx, "event", []store.Column{
		{Name: "event_id", Ints: f.eventID},
		{Name: "line", Ints: f.line},
		{Name: "at_us", Ints: f.atUs},
		{Name: "local_day", Int32s: f.localDay},
		{Name: "local_minute", Int32s: f.localMinute},
		{Name: "user_code", Int32s: f.user},
		{Name: "patient_code", Int32s: f.patient},
		{Name: "place_code", Int32s: f.place},
		{Name: "kind_code", Int32s: f.kind},
		{Name: "source_num", Ints: f.sourceNum, Nulls: f.noNum},
	}, store.Constant{Name: "site", Value: int64(site)}, store.Constant{Name: "source_id", Value: int64(sourceID)})
	if err != nil {
		return err
	}
	x := &f.extra
	columns := []store.Column{
		{Name: "site", Int32s: constant(site, len(x.eventID))},
		{Name: "event_id", Ints: x.eventID},
		{Name: "part", Ints: x.part},
		{Name: "content_hash", Ints: x.hash},
		{Name: "recorded_us", Ints: x.recorded, Nulls: x.noRecorded},
		{Name: "ended_us", Ints: x.ended, Nulls: x.noEnded},
		{Name: "n_records", Ints: x.records, Nulls: x.noRec},
	}
	for i, b := range extraBlobs() {
		columns = append(columns, store.Column{Name: b.column, Blobs: x.blobs[i]})
	}
	return tx.Load(ctx, "event_extra", columns)
}
