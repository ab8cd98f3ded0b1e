package intake

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// extraBlob ties a sealed column of event_extra to the schema column it comes from.
type extraBlob struct {
	column, field string
	kind          seal.Kind
}

func extraBlobs() [len8]extraBlob {
	return [len8]extraBlob{
		{"source_key", ingest.ColSourceEventID, seal.KindEvent},
		{"record_id", ingest.ColRecordID, seal.KindRecord},
		{"record_label", ingest.ColRecordLabel, seal.KindRecord},
		{"session_id", ingest.ColSessionID, seal.KindSession},
		{"request_id", ingest.ColRequestID, seal.KindSession},
		{"on_behalf_of", ingest.ColOnBehalfOf, seal.KindUser},
		{"outcome_reason", ingest.ColOutcomeReason, seal.KindText},
		{"reason_text", ingest.ColReason, seal.KindText},
	}
}

// encoder turns Arrow batches of events into fact rows.
type encoder struct {
	dicts    dictionaries
	sealer   *seal.Sealer
	site     int32
	sourceID int32
	first    int64 // the event id before the first
	count    int64
	zone     *zoneCache
	facts    factColumns
	tally    *tally
	blobs    [len8]extraBlob

	firstUs, lastUs int64
	withID          int64 // events with an id of their source
	ascending       bool  // all ids are integers and rise strictly
	lastNum         int64 // the last one
	minNum, maxNum  int64
}

func newEncoder(dicts dictionaries, s *seal.Sealer, site, sourceID, importID int32, zone *time.Location) *encoder {
	return &encoder{
		dicts: dicts, sealer: s, site: site, sourceID: sourceID, first: firstEventID(importID),
		zone: &zoneCache{zone: zone}, blobs: extraBlobs(), ascending: true, tally: newTally(),
	}
}

// firstEventID is the lower, exclusive bound of an import's event ids.
func firstEventID(importID int32) int64 { return int64(importID) << 32 }

// zoneCache finds the local time of an instant, fast for instants in order.
type zoneCache struct {
	zone       *time.Location
	start, end int64
	offset     int64
}

// local returns the days since 1970 and the minute of the day on a clock in the zone.
func (z *zoneCache) local(us int64) (day, minute int32) {
	sec := floorDiv(us, 1_000_000)
	if z.start == z.end || sec < z.start || sec >= z.end {
		t := time.Unix(sec, 0).In(z.zone)
		_, offset := t.Zone()
		z.offset = int64(offset)
		start, end := t.ZoneBounds()
		z.start, z.end = sec-86400, sec+86400
		if !start.IsZero() {
			z.start = max(z.start, start.Unix())
		}
		if !end.IsZero() {
			z.end = min(z.end, end.Unix())
		}
	}
	wall := sec + z.offset
	d := floorDiv(wall, 86400)
	return int32(d), int32((wall - d*86400) / 60) //nolint:gosec // days since 1970 of a year below 2200
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// texts is one text column of a batch. Its zero value is a column of nulls.
type texts struct{ a *array.String }

func (t texts) at(i int) string {
	if t.a == nil || t.a.IsNull(i) {
		return ""
	}
	return t.a.Value(i)
}

// batchView gives typed access to the columns of a batch of events.
type batchView struct {
	batch  arrow.RecordBatch
	column map[string]int
}

func newBatchView(b arrow.RecordBatch) batchView {
	v := batchView{batch: b, column: make(map[string]int, b.NumCols())}
	for i, f := range b.Schema().Fields() {
		v.column[f.Name] = i
	}
	return v
}

func (v batchView) texts(name string) texts {
	a, ok := v.batch.Column(v.column[name]).(*array.String)
	if !ok || a.NullN() == a.Len() {
		return texts{}
	}
	return texts{a}
}

func (v batchView) ints(name string) *array.Int64 {
	a, _ := v.batch.Column(v.column[name]).(*array.Int64)
	return a
}

func (v batchView) times(name string) *array.Timestamp {
	a, _ := v.batch.Column(v.column[name]).(*array.Timestamp)
	return a
}

// add encodes a batch of events.
func (e *encoder) add(b arrow.RecordBatch) error {
	v := newBatchView(b)
	n := int(b.NumRows())
	for _, dim := range []struct {
		dict   *dictionary
		out    *[]int32
		fields []string
	}{
		{e.dicts.user, &e.facts.user, []string{ingest.ColUserID, ingest.ColUserName, ingest.ColUserRole, ingest.ColUserAltID, ingest.ColUserType}},
		{e.dicts.patient, &e.facts.patient, []string{ingest.ColPatientID, ingest.ColPatientSystem, ingest.ColPatientName}},
		{e.dicts.place, &e.facts.place, []string{ingest.ColWorkstation, ingest.ColIP, ingest.ColLocation, ingest.ColSourceSystem}},
		{e.dicts.kind, &e.facts.kind, []string{
			ingest.ColAction, ingest.ColActionRaw, ingest.ColRecordType, ingest.ColRecordRaw, ingest.ColOutcome, ingest.ColBreakGlass,
			ingest.ColInteractive, ingest.ColGranularity, ingest.ColTZBasis, ingest.ColTimeFlag, ingest.ColIntegrity, ingest.ColPurpose,
		}},
	} {
		codes, err := dim.dict.codes(v.tuples(dim.fields), n, *dim.out)
		if err != nil {
			return err
		}
		*dim.out = codes
	}
	e.addTimes(v, n)
	if err := e.addIDsAndExtras(v, n); err != nil {
		return err
	}
	e.tally.add(&e.facts, len(e.facts.eventID)-n, e.dicts)
	return nil
}

// tuples returns those of the fields that are not empty throughout the batch,
// as columns of a dictionary.
func (v batchView) tuples(fields []string) tupleColumns {
	var columns tupleColumns
	for i, f := range fields {
		var c tupleColumn
		switch a := v.batch.Column(v.column[f]).(type) {
		case *array.String:
			if a.NullN() < a.Len() {
				c = textTuples(i, a)
			}
		case *array.Boolean:
			c = flagTuples(i, a)
		}
		if len(c.text) > 0 {
			columns = append(columns, c)
		}
	}
	return columns
}

func (e *encoder) addTimes(v batchView, n int) {
	at, lines := v.times(ingest.ColOccurredAt).TimestampValues(), v.ints(ingest.ColLine).Int64Values()
	f := &e.facts
	f.line = append(f.line, lines...)
	ids, instants, days, minutes := extend(&f.eventID, n), extend(&f.atUs, n), extend(&f.localDay, n), extend(&f.localMinute, n)
	if e.count == 0 {
		e.firstUs, e.lastUs = int64(at[0]), int64(at[0])
	}
	for i := range n {
		us := int64(at[i])
		instants[i] = us
		days[i], minutes[i] = e.zone.local(us)
		e.firstUs, e.lastUs = min(e.firstUs, us), max(e.lastUs, us)
		e.count++
		ids[i] = e.first + e.count
	}
}

// extend makes a column n values longer and returns those.
func extend[T any](column *[]T, n int) []T {
	old := len(*column)
	*column = slices.Grow(*column, n)[:old+n]
	return (*column)[old:]
}

// addIDsAndExtras stores a source's own event id as an integer where it is one,
// because that takes a byte and not forty, and everything that few formats have.
func (e *encoder) addIDsAndExtras(v batchView, n int) error {
	var cols [len8]texts
	some := false
	for i, b := range e.blobs {
		cols[i] = v.texts(b.field)
		some = some || (i > 0 && cols[i].a != nil)
	}
	ids := cols[0]
	recorded, ended, records, part := v.times(ingest.ColRecordedAt), v.times(ingest.ColEndedAt), v.ints(ingest.ColRecordCount), v.ints(ingest.ColPart)
	some = some || recorded.NullN() < n || ended.NullN() < n || records.NullN() < n
	first := int64(len(e.facts.eventID) - n)
	nums, noNum := extend(&e.facts.sourceNum, n), extend(&e.facts.noNum, n)
	for i := range n {
		id := ids.at(i)
		num, isNum := integerID(id)
		nums[i], noNum[i] = num, !isNum
		e.noteID(id, num, isNum)
		if !some && (id == "" || isNum) && part.Value(i) == 0 {
			continue
		}
		if err := e.addExtra(v, cols, i, e.facts.eventID[first+int64(i)], isNum); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) noteID(id string, num int64, isNum bool) {
	switch {
	case id == "":
		return
	case !isNum:
		e.ascending = false
	case e.facts.hasNum:
		e.ascending = e.ascending && num > e.lastNum
		e.minNum, e.maxNum = min(e.minNum, num), max(e.maxNum, num)
	default:
		e.minNum, e.maxNum = num, num
	}
	e.withID++
	if isNum {
		e.facts.hasNum, e.lastNum = true, num
	}
}

// integerID reports whether id is an integer in its only canonical form.
func integerID(id string) (int64, bool) {
	if id == "" || len(id) > 18 || (id[0] == '0' && len(id) > 1) {
		return 0, false
	}
	n := int64(0)
	for i := range len(id) {
		digit := id[i] - '0'
		if digit > 9 {
			return 0, false
		}
		n = 10*n + int64(digit)
	}
	return n, true
}

func (e *encoder) addExtra(v batchView, cols [len8]texts, i int, eventID int64, isNum bool) error {
	x := &e.facts.extra
	var sealed [len8][]byte
	found := false
	for c, col := range cols {
		s := col.at(i)
		if s == "" || (c == 0 && isNum) {
			continue
		}
		b, err := e.sealer.Seal(e.blobs[c].kind, s)
		if err != nil {
			return fmt.Errorf("sealing a value: %w", err)
		}
		sealed[c], found = b, true
	}
	recorded, noRecorded := instantAt(v.times(ingest.ColRecordedAt), i)
	ended, noEnded := instantAt(v.times(ingest.ColEndedAt), i)
	records, part := v.ints(ingest.ColRecordCount), v.ints(ingest.ColPart).Value(i)
	noRecords := records.IsNull(i)
	if !found && noRecorded && noEnded && noRecords && part == 0 {
		return nil
	}
	for c, b := range sealed {
		x.blobs[c] = append(x.blobs[c], b)
	}
	x.eventID = append(x.eventID, eventID)
	x.part = append(x.part, part)
	x.recorded, x.noRecorded = append(x.recorded, recorded), append(x.noRecorded, noRecorded)
	x.ended, x.noEnded = append(x.ended, ended), append(x.noEnded, noEnded)
	n := int64(0)
	if !noRecords {
		n = records.Value(i)
	}
	x.records, x.noRec = append(x.records, n), append(x.noRec, noRecords)
	x.hash = append(x.hash, contentHash(sealed[1:], ended, n))
	return nil
}

func instantAt(a *array.Timestamp, i int) (int64, bool) {
	if a.IsNull(i) {
		return 0, true
	}
	return int64(a.Value(i)), false
}

// contentHash tells apart events that differ only in their extras. It runs over
// ciphertext, so that it gives nothing away.
func contentHash(sealed [][]byte, numbers ...int64) int64 {
	h := fnv.New64a()
	for _, s := range sealed {
		h.Write([]byte{byte(len(s)), byte(len(s) >> 8)}) //nolint:gosec // at most ingest.MaxField, and sealing adds 16
		h.Write(s)
	}
	var b [8]byte
	for _, n := range numbers {
		binary.LittleEndian.PutUint64(b[:], uint64(n)) //nolint:gosec // the bits matter, not the sign
		h.Write(b[:])
	}
	return int64(h.Sum64()) //nolint:gosec // the bits matter, not the sign
}
