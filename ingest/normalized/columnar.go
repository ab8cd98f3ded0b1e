package normalized

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
)

// metaDataset is the key of a schema's metadata that names the dataset.
const metaDataset = "chartwatch.dataset"

// errDamaged stands for every complaint of a decoder: its own text may quote
// what it found in the file.
var errDamaged = errors.New("the file is damaged or not of the form that its first bytes say")

// batches yields the record batches of a file. A batch is valid until the next
// call; at the end the error is io.EOF.
type batches interface {
	schema() *arrow.Schema
	next() (arrow.RecordBatch, error)
	close()
}

// guard calls fn and turns a panic into errDamaged. The decoders check most of
// what a damaged file can get wrong, but not all of it; no other code runs
// under the guard.
func guard(fn func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errDamaged
		}
	}()
	return fn()
}

// readBatches reads every row of a columnar file.
func (p *reader) readBatches(open func() (batches, error)) error {
	var source batches
	if err := guard(func() (err error) { source, err = open(); return err }); err != nil {
		return err
	}
	defer func() { _ = guard(func() error { source.close(); return nil }) }()
	dataset, err := datasetOf(source.schema())
	if err != nil {
		return err
	}
	if err := checkSchema(dataset, source.schema()); err != nil {
		return err
	}
	record := int64(0)
	for {
		var batch arrow.RecordBatch
		err := guard(func() (err error) { batch, err = source.next(); return err })
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if record, err = p.readBatch(dataset, batch, record); err != nil {
			return err
		}
	}
}

// readBatch reads the rows of one batch and returns the number of the last.
func (p *reader) readBatch(d ingest.Dataset, batch arrow.RecordBatch, record int64) (int64, error) {
	for row := range int(batch.NumRows()) {
		record++
		if err := p.stopped(record); err != nil {
			return record, err
		}
		p.rec.reset(d, record)
		var (
			bad problem
			raw []byte
		)
		err := guard(func() error {
			bad = p.rec.extract(batch, row)
			if bad.reason != "" || p.rec.missing().reason != "" {
				raw = AppendJSON(nil, d, batch, row)
			}
			return nil
		})
		if err != nil {
			return record, err
		}
		if err := p.emit(raw, bad); err != nil {
			return record, err
		}
	}
	return record, nil
}

// extract reads one row of a batch into the record.
func (r *record) extract(batch arrow.RecordBatch, row int) problem {
	var first problem
	for i, field := range batch.Schema().Fields() {
		column := batch.Column(i)
		if column.IsNull(row) {
			continue
		}
		target := r.target(field.Name)
		if !setValue(target, column, row) && first.reason == "" {
			first = problem{field.Name, reasonFor(target)}
		}
	}
	return first
}

func setValue(target any, column arrow.Array, row int) bool {
	switch c := column.(type) {
	case array.StringLike:
		s := c.Value(row)
		return s == "" || setText(target, cloneText(s))
	case *array.Int64:
		return setInt(target, c.Value(row))
	case *array.Int32:
		return setInt(target, int64(c.Value(row)))
	case *array.Boolean:
		return setBool(target, c.Value(row))
	case *array.Timestamp:
		t, ok := instantOf(c, row)
		return ok && setTime(target, t)
	}
	return false
}

// cloneText copies a text that still lies in the decoder's memory, unless it is
// too long to be kept anyway.
func cloneText(s string) string {
	return string(append([]byte(nil), s[:min(len(s), ingest.MaxField+1)]...))
}

// instantOf returns an instant between the years 1900 and 2199.
func instantOf(c *array.Timestamp, row int) (time.Time, bool) {
	typ, ok := c.DataType().(*arrow.TimestampType)
	if !ok {
		return time.Time{}, false
	}
	perSecond := int64(time.Second / typ.Unit.Multiplier())
	v := int64(c.Value(row))
	const limit = 7_300_000_000 // seconds from 1970, more than 2199 needs
	if v/perSecond > limit || v/perSecond < -limit {
		return time.Time{}, false
	}
	t := arrow.Timestamp(v).ToTime(typ.Unit)
	return t, inRange(t)
}

func inRange(t time.Time) bool { return t.Year() >= 1900 && t.Year() <= 2199 }

// datasetOf reads the dataset from a schema's metadata.
func datasetOf(schema *arrow.Schema) (ingest.Dataset, error) {
	name, ok := schema.Metadata().GetValue(metaDataset)
	if !ok {
		return ingest.Events, nil
	}
	for _, d := range ingest.Datasets() {
		if string(d) == name {
			return d, nil
		}
	}
	return "", fmt.Errorf("the schema's metadata %q names no dataset", metaDataset)
}

// checkSchema makes sure that every column is known and has a type that its
// values can be read from.
func checkSchema(d ingest.Dataset, schema *arrow.Schema) error {
	names := make([]string, 0, schema.NumFields())
	for _, field := range schema.Fields() {
		names = append(names, field.Name)
	}
	if err := checkColumns(d, names); err != nil {
		return err
	}
	r := &record{dataset: d}
	for _, field := range schema.Fields() {
		if want := wantType(r.target(field.Name), field.Type); want != "" {
			return fmt.Errorf("column %q: want %s, the file has %s", field.Name, want, typeName(field.Type))
		}
	}
	return nil
}

// wantType returns what a column should be, or nothing if typ will do.
func wantType(target any, typ arrow.DataType) string {
	id := typ.ID()
	switch target.(type) {
	case *int64, *int:
		if id != arrow.INT64 && id != arrow.INT32 {
			return "int64"
		}
	case *bool:
		if id != arrow.BOOL {
			return "bool"
		}
	case *time.Time:
		if t, ok := typ.(*arrow.TimestampType); !ok || t.TimeZone == "" {
			return "a timestamp with a time zone"
		}
	default:
		if id != arrow.STRING && id != arrow.LARGE_STRING && id != arrow.STRING_VIEW {
			return "utf8"
		}
	}
	return ""
}

func typeName(typ arrow.DataType) string {
	if typ.ID() == arrow.TIMESTAMP {
		return "a timestamp without one"
	}
	return typ.Name()
}

// inMemory reads a whole file that needs random access.
func inMemory(ctx context.Context, data io.Reader) (*bytes.Reader, error) {
	const limit = 200 << 20
	var buffer bytes.Buffer
	n, err := io.Copy(&buffer, io.LimitReader(data, limit+1))
	switch {
	case err != nil:
		return nil, err
	case n > limit:
		return nil, fmt.Errorf("files of this form can be read up to %d MiB; split it, or use the Arrow stream form", limit>>20)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return bytes.NewReader(buffer.Bytes()), nil
}

// boundedAllocator stops a decoder that a damaged or hostile file makes ask for
// absurd amounts of memory. The decoders know no other way to be refused.
type boundedAllocator struct{ used int }

// maxDecoded bounds the memory of a decoder.
const maxDecoded = 1 << 30

func (a *boundedAllocator) take(n int) {
	if n < 0 || n > math.MaxInt32 || a.used+n > maxDecoded {
		panic(errDamaged) //nolint:forbidigo // caught by guard
	}
	a.used += n
}

// Allocate returns n zeroed bytes.
func (a *boundedAllocator) Allocate(n int) []byte {
	a.take(n)
	return make([]byte, n)
}

// Reallocate returns a copy of b with n bytes.
func (a *boundedAllocator) Reallocate(n int, b []byte) []byte {
	if n <= cap(b) {
		a.used += n - len(b)
		return b[:n]
	}
	a.take(n - len(b))
	grown := make([]byte, n)
	copy(grown, b)
	return grown
}

// Free forgets b.
func (a *boundedAllocator) Free(b []byte) { a.used -= len(b) }
