package normalized

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// readArrowStream reads the Arrow IPC stream form.
func (p *reader) readArrowStream(data io.Reader) error {
	if err := p.readFrames(data); err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, data)
	if err == nil && n > 0 {
		err = errors.New("there is more data behind the end of the stream")
	}
	return err
}

// readArrowFile reads the Arrow IPC file form: a magic word, a stream, a footer
// that repeats where things are, and the magic word again.
func (p *reader) readArrowFile(data io.Reader) error {
	const (
		magic     = "ARROW1"
		padded    = 8
		maxFooter = 64 << 20
	)
	if _, err := io.CopyN(io.Discard, data, padded); err != nil {
		return err
	}
	if err := p.readFrames(data); err != nil {
		return err
	}
	footer, err := io.ReadAll(io.LimitReader(data, maxFooter))
	if err != nil {
		return err
	}
	if len(footer) == maxFooter || !bytes.HasSuffix(footer, []byte(magic)) {
		return errDamaged
	}
	return nil
}

// readFrames reads a stream up to its end marker.
func (p *reader) readFrames(data io.Reader) error {
	source := &rememberReader{r: data}
	in := &frameReader{r: source}
	err := p.readBatches(func() (batches, error) {
		r, err := ipc.NewReader(in, ipc.WithAllocator(&boundedAllocator{}))
		if err != nil {
			return nil, errDamaged
		}
		return &arrowStream{r: r}, nil
	})
	switch {
	case source.err != nil:
		return source.err // a decoder hides why reading failed
	case in.broken != nil:
		return in.broken
	case err == nil && !in.ended:
		return errDamaged
	}
	return err
}

// rememberReader keeps the error with which reading failed.
type rememberReader struct {
	r   io.Reader
	err error
}

func (r *rememberReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

type arrowStream struct{ r *ipc.Reader }

func (s *arrowStream) schema() *arrow.Schema { return s.r.Schema() }
func (s *arrowStream) close()                { s.r.Release() }

func (s *arrowStream) next() (arrow.RecordBatch, error) {
	if s.r.Next() {
		return s.r.RecordBatch(), nil
	}
	if err := s.r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, errDamaged
	}
	return nil, io.EOF
}

// readParquet reads a Parquet file.
func (p *reader) readParquet(data io.Reader) error {
	memory, err := inMemory(p.ctx, data)
	if err != nil {
		return err
	}
	return p.readBatches(func() (batches, error) { return p.openParquet(memory) })
}

func (p *reader) openParquet(memory *bytes.Reader) (batches, error) {
	const batchRows = 8 << 10
	allocator := &boundedAllocator{}
	f, err := file.NewParquetReader(memory, file.WithReadProps(parquet.NewReaderProperties(allocator)))
	if err != nil {
		return nil, errDamaged
	}
	if err := checkStoredSchema(f.MetaData().KeyValueMetadata().FindValue(storedSchema)); err != nil {
		return nil, err
	}
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: batchRows}, allocator)
	if err != nil {
		return nil, errDamaged
	}
	schema, err := r.Schema()
	if err != nil {
		return nil, errDamaged
	}
	// The schema is judged before the columns are touched.
	dataset, err := datasetOf(schema)
	if err != nil {
		return nil, err
	}
	if err := checkSchema(dataset, schema); err != nil {
		return nil, err
	}
	rows, err := r.GetRecordReader(p.ctx, nil, nil)
	if err != nil {
		return nil, errDamaged
	}
	return &parquetFile{file: f, rows: rows, columns: schema, want: f.NumRows()}, nil
}

// storedSchema is the key under which a Parquet file keeps its Arrow schema.
const storedSchema = "ARROW:schema"

// checkStoredSchema looks at the Arrow schema in a Parquet file: an encoded
// message like those of a stream.
func checkStoredSchema(text *string) error {
	if text == nil {
		return nil
	}
	message, err := base64.StdEncoding.DecodeString(*text)
	if err != nil {
		message, err = base64.RawStdEncoding.DecodeString(*text)
	}
	if err != nil {
		return errDamaged
	}
	in := &frameReader{r: bytes.NewReader(message)}
	_, err = io.CopyN(io.Discard, in, int64(len(message)))
	return err
}

type parquetFile struct {
	file      *file.Reader
	rows      pqarrow.RecordReader
	columns   *arrow.Schema
	got, want int64
}

func (f *parquetFile) schema() *arrow.Schema { return f.columns }

func (f *parquetFile) close() {
	f.rows.Release()
	_ = f.file.Close()
}

func (f *parquetFile) next() (arrow.RecordBatch, error) {
	if f.rows.Next() {
		batch := f.rows.RecordBatch()
		f.got += batch.NumRows()
		if batch.NumRows() == 0 || f.got > f.want {
			return nil, errDamaged
		}
		return batch, nil
	}
	if err := f.rows.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, errDamaged
	}
	if f.got != f.want {
		return nil, errDamaged
	}
	return nil, io.EOF
}
