package normalized

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
)

// NDJSONWriter writes rows as one JSON object a line: the key "dataset", then
// the columns that have a value, in the order of the schema. One file may hold
// several datasets. It is an [ingest.Sink].
type NDJSONWriter struct {
	w    *bufio.Writer
	line []byte
}

// NewNDJSONWriter returns a writer of JSON lines into w. Close must be called;
// it does not close w.
func NewNDJSONWriter(w io.Writer) *NDJSONWriter {
	return &NDJSONWriter{w: bufio.NewWriterSize(w, 64<<10)}
}

// WriteBatch writes every row of batch.
func (n *NDJSONWriter) WriteBatch(ctx context.Context, d ingest.Dataset, batch arrow.RecordBatch) error {
	if err := checkBatch(d, batch); err != nil {
		return err
	}
	for row := range int(batch.NumRows()) {
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		n.line = AppendJSON(n.line[:0], d, batch, row)
		n.line = append(n.line, '\n')
		if _, err := n.w.Write(n.line); err != nil {
			return err
		}
	}
	return nil
}

// WriteReject does nothing: a reject is no row and belongs to the quarantine.
func (n *NDJSONWriter) WriteReject(context.Context, ingest.Reject) error { return nil }

// Close writes what is still buffered.
func (n *NDJSONWriter) Close() error { return n.w.Flush() }

// AppendJSON appends one row of batch to dst as a JSON object without a line
// ending. The batch must have the schema of d.
func AppendJSON(dst []byte, d ingest.Dataset, batch arrow.RecordBatch, row int) []byte {
	dst = append(dst, `{"`+keyDataset+`":`...)
	dst = appendString(dst, string(d))
	for i, field := range batch.Schema().Fields() {
		column := batch.Column(i)
		if column.IsNull(row) {
			continue
		}
		dst = append(dst, ',')
		dst = appendString(dst, field.Name)
		dst = append(dst, ':')
		switch c := column.(type) {
		case array.StringLike:
			dst = appendString(dst, c.Value(row))
		case *array.Int64:
			dst = strconv.AppendInt(dst, c.Value(row), 10)
		case *array.Int32:
			dst = strconv.AppendInt(dst, int64(c.Value(row)), 10)
		case *array.Boolean:
			dst = strconv.AppendBool(dst, c.Value(row))
		case *array.Timestamp:
			dst = append(dst, '"')
			dst = appendInstant(dst, c, row)
			dst = append(dst, '"')
		default:
			dst = append(dst, "null"...)
		}
	}
	return append(dst, '}')
}

// appendInstant writes an instant of a column of any unit; foreign files have others.
func appendInstant(dst []byte, c *array.Timestamp, row int) []byte {
	if t, ok := c.DataType().(*arrow.TimestampType); ok && t.Unit != arrow.Microsecond {
		return c.Value(row).ToTime(t.Unit).AppendFormat(dst, time.RFC3339Nano)
	}
	return appendTime(dst, c.Value(row))
}

// appendTime writes an instant in UTC, with as many digits as it has.
func appendTime(dst []byte, t arrow.Timestamp) []byte {
	return time.UnixMicro(int64(t)).UTC().AppendFormat(dst, time.RFC3339Nano)
}

// appendString writes s as a JSON string. Only what JSON demands is escaped, so
// that names stay readable; bytes that are not UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
