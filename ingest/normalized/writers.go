package normalized

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/chartwatch/chartwatch/ingest"
)

// oneDataset refuses batches of any other dataset than the writer's own, and
// leaves rejects out: they are no rows and belong to the quarantine.
type oneDataset struct{ dataset ingest.Dataset }

// WriteReject does nothing.
func (oneDataset) WriteReject(context.Context, ingest.Reject) error { return nil }

func (o oneDataset) check(d ingest.Dataset, batch arrow.RecordBatch) error {
	if d != o.dataset {
		return fmt.Errorf("writing %s: the file holds %s", d, o.dataset)
	}
	return checkBatch(d, batch)
}

// CSVWriter writes the rows of one dataset as CSV with a header. It is an
// [ingest.Sink]. Cells are written as they are, also those that a spreadsheet
// would take for a formula.
type CSVWriter struct {
	oneDataset
	w   *csv.Writer
	row []string
}

// NewCSVWriter returns a writer of the rows of d into w and writes the header.
// Close must be called; it does not close w.
func NewCSVWriter(w io.Writer, d ingest.Dataset) (*CSVWriter, error) {
	schema, err := ingest.Schema(d)
	if err != nil {
		return nil, err
	}
	c := &CSVWriter{oneDataset: oneDataset{d}, w: csv.NewWriter(w)}
	for _, field := range schema.Fields() {
		c.row = append(c.row, field.Name)
	}
	return c, c.w.Write(c.row)
}

// WriteBatch writes every row of batch.
func (c *CSVWriter) WriteBatch(ctx context.Context, d ingest.Dataset, batch arrow.RecordBatch) error {
	if err := c.check(d, batch); err != nil {
		return err
	}
	for row := range int(batch.NumRows()) {
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for i := range c.row {
			c.row[i] = cellText(batch.Column(i), row)
		}
		if err := c.w.Write(c.row); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is still buffered.
func (c *CSVWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

func cellText(column arrow.Array, row int) string {
	if column.IsNull(row) {
		return ""
	}
	switch c := column.(type) {
	case *array.String:
		return c.Value(row)
	case *array.Int64:
		return strconv.FormatInt(c.Value(row), 10)
	case *array.Boolean:
		return strconv.FormatBool(c.Value(row))
	case *array.Timestamp:
		return string(appendTime(nil, c.Value(row)))
	}
	return ""
}

// ArrowWriter writes the rows of one dataset as an Arrow IPC stream, compressed
// with zstd. It is an [ingest.Sink].
type ArrowWriter struct {
	oneDataset
	w *ipc.Writer
}

// NewArrowWriter returns a writer of the rows of d into w. Close must be
// called; it does not close w.
func NewArrowWriter(w io.Writer, d ingest.Dataset) (*ArrowWriter, error) {
	schema, err := ingest.Schema(d)
	if err != nil {
		return nil, err
	}
	return &ArrowWriter{oneDataset{d}, ipc.NewWriter(w, ipc.WithSchema(schema), ipc.WithZstd())}, nil
}

// WriteBatch writes batch.
func (a *ArrowWriter) WriteBatch(ctx context.Context, d ingest.Dataset, batch arrow.RecordBatch) error {
	if err := a.check(d, batch); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.w.Write(batch)
}

// Close writes the end of the stream.
func (a *ArrowWriter) Close() error { return a.w.Close() }

// ParquetWriter writes the rows of one dataset as Parquet, compressed with
// zstd. It is an [ingest.Sink].
type ParquetWriter struct {
	oneDataset
	w *pqarrow.FileWriter
}

// NewParquetWriter returns a writer of the rows of d into w. Close must be
// called; it does not close w.
func NewParquetWriter(w io.Writer, d ingest.Dataset) (*ParquetWriter, error) {
	schema, err := ingest.Schema(d)
	if err != nil {
		return nil, err
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCreatedBy("chartwatch"))
	// The library closes what it writes to, which belongs to the caller.
	out := struct{ io.Writer }{w}
	f, err := pqarrow.NewFileWriter(schema, out, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, err
	}
	return &ParquetWriter{oneDataset{d}, f}, nil
}

// WriteBatch writes batch.
func (p *ParquetWriter) WriteBatch(ctx context.Context, d ingest.Dataset, batch arrow.RecordBatch) error {
	if err := p.check(d, batch); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.w.WriteBuffered(batch)
}

// Close writes the footer.
func (p *ParquetWriter) Close() error { return p.w.Close() }
