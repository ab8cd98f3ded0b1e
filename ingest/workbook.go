package ingest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Formats that the styles of a workbook are rewritten to before it is read, so
// that a cell comes out by its value and not by the way it is displayed. The
// first byte of a formatted date says which parts its own format displays; a
// cell cannot hold these bytes, because XML does not allow them.
const (
	markDateTime = '\x01'
	markDate     = '\x02'
	markTime     = '\x03'

	isoFormat = `yyyy\-mm\-dd\ hh:mm:ss`

	// Numbers of formats. Numbers below 164 are built in, and a workbook's own
	// follow on from there; a number without a format displays the plain value.
	formatDateTime = 1<<20 + iota
	formatDate
	formatTime
	formatPlain
)

// openWorkbook hands over each visible sheet of an XLSX workbook as
// comma-separated text. The number of a line is the number of the row in the
// sheet. Nothing is written to disk: the limit above which excelize spills a
// part into a temporary file is the limit above which it is refused.
func openWorkbook(ctx context.Context, m Member, r *io.SectionReader, o OpenOptions, each func(context.Context, Member) error) (err error) {
	if err := checkWorkbook(r, o.Limits); err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	book, err := readWorkbook(r, o.Limits)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for _, sheet := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		inner := Member{Name: m.Name + ":" + sheet, Inner: sheet}
		if err := openSheet(ctx, book, inner, r.Size(), o.Limits, each); err != nil {
			return err
		}
	}
	return nil
}

// checkWorkbook looks at the directory of the archive before anything of it is
// unpacked.
func checkWorkbook(r *io.SectionReader, l Limits) error {
	z, err := zip.NewReader(r, r.Size())
	if err != nil {
		return ErrTruncated
	}
	if len(z.File) > l.Entries {
		return fmt.Errorf("%w: %d, the limit is %d", ErrManyEntries, len(z.File), l.Entries)
	}
	limit := uint64(max(l.InMemory, 0))
	var unpacked uint64
	for _, f := range z.File {
		if f.UncompressedSize64 > limit {
			return tooLargeWorkbook(l)
		}
		if unpacked += f.UncompressedSize64; unpacked > limit {
			return tooLargeWorkbook(l)
		}
		if f.Flags&1 != 0 {
			return fmt.Errorf("%w: the workbook is protected with a password; save it without one", ErrBinary)
		}
	}
	return nil
}

func tooLargeWorkbook(l Limits) error {
	return fmt.Errorf("%w: the workbook unpacks to more than %d MiB; save the sheet as CSV", ErrTooLarge, l.InMemory>>20)
}

func readWorkbook(r *io.SectionReader, l Limits) (book *excelize.File, err error) {
	defer func() {
		if recover() != nil {
			book, err = nil, damagedWorkbook()
		}
	}()
	book, err = excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: l.InMemory, UnzipXMLSizeLimit: l.InMemory})
	if err != nil {
		// excelize's messages may quote the content of a part.
		return nil, damagedWorkbook()
	}
	if err := checkSheets(book); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return book, plainStyles(book)
}

func damagedWorkbook() error {
	return fmt.Errorf("%w: the workbook cannot be read", ErrCorrupt)
}

// checkSheets makes sure that every sheet is well-formed. The row reader takes
// a syntax error for the end of the sheet.
func checkSheets(book *excelize.File) error {
	var bad error
	book.Pkg.Range(func(name, content any) bool {
		path, _ := name.(string)
		part, _ := content.([]byte)
		if !strings.HasPrefix(strings.ToLower(path), "xl/worksheets/") || !strings.HasSuffix(strings.ToLower(path), ".xml") {
			return true
		}
		dec := xml.NewDecoder(bytes.NewReader(part))
		dec.CharsetReader = book.CharsetReader
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				return true
			}
			if err != nil {
				bad = fmt.Errorf("%w: a worksheet is not well-formed", ErrCorrupt)
				return false
			}
		}
	})
	return bad
}

// plainStyles rewrites the number format of every style: dates and times become
// ISO 8601, numbers their plain digits. A format of zeros only stays, because
// leading zeros are part of a number such as a patient's.
func plainStyles(book *excelize.File) error {
	styles := book.Styles
	if styles == nil || styles.CellXfs == nil {
		return nil
	}
	codes := map[int]string{}
	if styles.NumFmts != nil {
		for _, f := range styles.NumFmts.NumFmt {
			codes[f.NumFmtID] = f.FormatCode
		}
	}
	for i := range styles.CellXfs.Xf {
		id := styles.CellXfs.Xf[i].NumFmtID
		if id == nil {
			continue
		}
		code, custom := codes[*id]
		if custom && len(code) > 1 && strings.Trim(code, "0") == "" {
			continue
		}
		plain := builtinFormat(*id)
		if custom {
			plain = customFormat(code)
		}
		styles.CellXfs.Xf[i].NumFmtID = &plain
	}
	// The types of the formats have no exported name, so they are made by decoding.
	empty := `<numFmts><numFmt numFmtId="%d"/><numFmt numFmtId="%d"/><numFmt numFmtId="%d"/></numFmts>`
	if err := xml.Unmarshal(fmt.Appendf(nil, empty, formatDateTime, formatDate, formatTime), &styles.NumFmts); err != nil {
		return fmt.Errorf("rewriting the styles of the workbook: %w", err)
	}
	for _, f := range styles.NumFmts.NumFmt {
		switch f.NumFmtID {
		case formatDateTime:
			f.FormatCode = `"` + string(markDateTime) + `"` + isoFormat
		case formatDate:
			f.FormatCode = `"` + string(markDate) + `"` + isoFormat
		case formatTime:
			f.FormatCode = `"` + string(markTime) + `"` + isoFormat
		}
	}
	return nil
}

// builtinFormat gives the format for one that is built into Excel. Numbers 27
// to 36 and 50 to 58 are the dates of East Asian editions.
func builtinFormat(id int) int {
	switch {
	case id == 22:
		return formatDateTime
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return formatDate
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47:
		return formatTime
	}
	return formatPlain
}

// customFormat gives the format for one of the workbook's own, by the letters
// that stand outside quotes, escapes and brackets.
func customFormat(code string) int {
	var date, clock, month bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == ';':
			i = len(code) // the first section is the one for dates
		case code[i] == '"':
			i = skipTo(code, i, '"')
		case code[i] == '\\', code[i] == '_', code[i] == '*':
			i++
		case code[i] == '[':
			end := skipTo(code, i, ']')
			clock = clock || strings.Trim(strings.ToLower(code[i:end]), "[hms") == "" && end > i+1
			i = end
		case c == 'y', c == 'd':
			date = true
		case c == 'h', c == 's':
			clock = true
		case c == 'm':
			month = true
		case c == 'e' && i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-'):
			return formatPlain
		case c == 'g' && strings.HasPrefix(strings.ToLower(code[i:]), "general"):
			return formatPlain
		}
	}
	switch {
	case date && clock:
		return formatDateTime
	case clock:
		return formatTime
	case date, month:
		return formatDate
	}
	return formatPlain
}

// skipTo returns the position of the next end after i, or of the last byte.
func skipTo(code string, i int, end byte) int {
	if n := strings.IndexByte(code[i+1:], end); n >= 0 {
		return i + 1 + n
	}
	return len(code) - 1
}

// openSheet hands one sheet over. A goroutine writes the text; it has ended
// when openSheet returns.
func openSheet(ctx context.Context, book *excelize.File, m Member, packed int64, l Limits, each func(context.Context, Member) error) error {
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		limited := &limitWriter{w: writer, limit: max(l.RatioFrom, packed*l.Ratio)}
		writer.CloseWithError(writeSheet(book, m.Inner, limited))
	}()
	defer func() {
		reader.CloseWithError(io.ErrClosedPipe)
		<-done
	}()
	text := bufio.NewReaderSize(&ctxReader{ctx: ctx, r: reader}, HeadSize)
	head, err := peek(text)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.Name, err)
	}
	if len(head) == 0 {
		return nil
	}
	m.Head = Head{Name: m.Name, Bytes: head, Complete: len(head) < HeadSize}
	m.Data = text
	return each(ctx, m)
}

// limitWriter stops a sheet that unfolds to far more text than a log would: a
// workbook stores equal texts once.
type limitWriter struct {
	w     io.Writer
	n     int64
	limit int64
}

func (l *limitWriter) Write(p []byte) (int, error) {
	if l.n += int64(len(p)); l.n > l.limit {
		return 0, ErrBomb
	}
	return l.w.Write(p)
}

// writeSheet writes the rows of a sheet. Empty rows are held back until another
// row follows, so that an empty sheet gives no text.
func writeSheet(book *excelize.File, sheet string, w io.Writer) (err error) {
	defer func() {
		if recover() != nil {
			err = damagedWorkbook()
		}
	}()
	rows, err := book.Rows(sheet)
	if err != nil {
		return damagedWorkbook()
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	var width int
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return damagedWorkbook()
		}
		if isBlank(cells) {
			line = append(line, '\n')
			continue
		}
		// Excel leaves out empty cells at the end of a row.
		width = max(width, len(cells))
		line = append(appendCells(line, cells, width), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
	}
	if rows.Error() != nil {
		return damagedWorkbook()
	}
	return out.Flush()
}

func isBlank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// appendCells adds one row to line. A line break in a cell becomes a space,
// because the number of a line must stay the number of its row.
func appendCells(line []byte, cells []string, width int) []byte {
	for i := range width {
		if i > 0 {
			line = append(line, ',')
		}
		if i >= len(cells) {
			continue
		}
		cell := plainCell(cells[i])
		if !strings.ContainsAny(cell, ",\"\r\n") {
			line = append(line, cell...)
			continue
		}
		cell = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", `"`, `""`).Replace(cell)
		line = append(append(append(line, '"'), cell...), '"')
	}
	return line
}

// plainCell takes the mark off a date and the exponent off a whole number.
func plainCell(cell string) string {
	const size = len("x2006-01-02 15:04:05")
	if len(cell) != size || cell[0] > markTime || cell[0] < markDateTime {
		return plainNumber(cell)
	}
	mark, value := cell[0], cell[1:]
	day, clock := value[:10], value[11:]
	switch {
	case day < "1901":
		return clock // a time of day without a date: the day before the calendar begins
	case mark == markDate && clock == "00:00:00":
		return day
	}
	return value
}

// plainNumber writes out a number of more than fifteen digits, which excelize
// gives with an exponent.
func plainNumber(cell string) string {
	mantissa, exponent, found := strings.Cut(cell, "E+")
	if !found || len(exponent) > 2 || len(mantissa) < 3 || strings.TrimLeft(mantissa, "-0123456789.") != "" {
		return cell
	}
	number, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return cell
	}
	return strconv.FormatFloat(number, 'f', 0, 64)
}
