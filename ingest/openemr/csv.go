package openemr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// maxCSVTexts is how many bytes of repeated texts a table may make the parser keep.
const maxCSVTexts = 32 << 20

// sheet reads a table of the log, or of the disclosures, with separators.
type sheet struct {
	w          *ingest.Writer
	table      *ingest.TableReader
	conv       *converter
	people     *people
	header     []string
	fields     []field
	disclosure bool
	row        row

	rows, reads, deleted int64
}

func newSheet(src ingest.Source, data io.Reader, comma byte, w *ingest.Writer) *sheet {
	table := ingest.NewTableReader(data, comma)
	table.Tell(w)
	return &sheet{w: w, table: table, conv: newConverter(src), people: newPeople()}
}

func (s *sheet) run(ctx context.Context) error {
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row, err := s.table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the table: %w", err)
		}
		if err := s.take(ctx, row); err != nil {
			return err
		}
	}
	if s.rows > 0 && s.reads == 0 {
		s.w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	return nil
}

// take handles one line of the table.
func (s *sheet) take(ctx context.Context, row ingest.Row) error {
	switch {
	case row.Fields == nil && row.Problem == "":
		s.w.Skip(ingest.SkipBlank)
		return nil
	case s.fields == nil:
		return s.begin(row)
	case row.Problem != "":
		return s.w.Reject(ctx, ingest.Reject{Line: row.Line, Reason: row.Problem, Raw: row.Raw})
	case slices.Equal(row.Fields, s.header):
		s.w.Skip(ingest.SkipHeader)
		return nil
	}
	return s.record(ctx, row)
}

// begin reads the header.
func (s *sheet) begin(row ingest.Row) error {
	fields, disclosure, err := readHeader(row.Fields)
	if err != nil {
		return fmt.Errorf("reading the header at line %d: %w", row.Line, err)
	}
	s.header, s.fields, s.disclosure = slices.Clone(row.Fields), fields, disclosure
	s.row.has = presentIn(fields)
	s.table.SetFields(len(fields))
	return nil
}

func (s *sheet) record(ctx context.Context, line ingest.Row) error {
	r := &s.row
	r.line, r.raw = line.Line, line.Raw
	for i, f := range s.fields {
		if f != noField {
			r.v[f] = append(r.v[f][:0], withoutNull(line.Fields[i])...)
		}
	}
	if s.gone(r) {
		return nil
	}
	e, reject := s.conv.entry(r, s.disclosure)
	if reject != nil {
		return s.w.Reject(ctx, *reject)
	}
	if !s.disclosure {
		s.rows++
		if s.conv.text.class(e.event).reads {
			s.reads++
		}
	}
	s.join(&e, r)
	if err := s.conv.write(ctx, s.w, &e, s.people); err != nil {
		return err
	}
	if s.conv.text.bytes > maxCSVTexts {
		s.conv.text = newInterner()
	}
	return nil
}

// gone recognises a checksum without a row, which a join that starts from the
// checksums gives for a row that was deleted.
func (s *sheet) gone(r *row) bool {
	if s.disclosure || len(r.v[fLogID]) == 0 {
		return false
	}
	for _, f := range [...]field{fID, fDate, fEvent, fUser, fComments} {
		if len(r.v[f]) > 0 {
			return false
		}
	}
	s.w.Skip(ingest.SkipOtherLine)
	id, ok := wholeNumber(r.v[fLogID])
	s.deleted++
	if ok && s.deleted <= maxDeleted {
		s.w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, Line: r.line, SourceEventID: number64(id)})
	}
	return true
}

// join adds what a query has joined to the row.
func (s *sheet) join(e *entry, r *row) {
	if user, account := r.v[fUser], r.v[fUserName]; s.people.names[string(user)] == "" &&
		(len(account) == 0 || bytes.EqualFold(account, user)) {
		s.people.addName(string(user), string(r.v[fFirstName]), string(r.v[fLastName]))
	}
	if e.ip == 0 {
		e.ip = s.conv.text.add(r.v[fAddress])
	}
	e.method = methodOf(string(r.v[fMethod]))
	if r.has.check {
		e.integrity = max(e.integrity, integrityUnknown)
		if len(r.v[fEncChecksum]) > 0 {
			e.integrity = newCheck(r.v[fEncChecksum], r.v[fEncVersion]).judge(e.sum, e.known)
		}
	}
}

// withoutNull turns the ways in which tools write null into an empty text.
func withoutNull(s string) string {
	if s == "NULL" || s == `\N` {
		return ""
	}
	return s
}

// readHeader finds the columns of a table. If a query has joined tables, a name
// may come several times; apart from id and checksum, the log's own column is
// the first.
func readHeader(names []string) (fields []field, disclosure bool, err error) {
	fields = make([]field, len(names))
	at := make(map[field][]int, len(names))
	for i, name := range names {
		f := fieldOf(columnName(name))
		fields[i] = noField
		if at[f] = append(at[f], i); len(at[f]) == 1 && f != fID && f != fChecksum {
			fields[i] = f
		}
	}
	disclosure = at[fRecipient] != nil && at[fDescription] != nil && at[fGroup] == nil
	required := []field{fDate, fEvent, fUser, fPatient}
	if !disclosure {
		required = append(required, fGroup)
	}
	for _, f := range required {
		if at[f] == nil {
			return nil, false, &missingColumnError{name: f.name()}
		}
	}
	if i := lastBefore(at[fID], at[fDate][0]); i >= 0 {
		fields[i] = fID
	}
	assignChecksums(fields, at)
	return fields, disclosure, nil
}

// lastBefore returns the last of the positions before limit, else the first, or -1.
func lastBefore(positions []int, limit int) int {
	best := -1
	for _, i := range positions {
		if best < 0 || i < limit {
			best = i
		}
	}
	return best
}

// assignChecksums says which column of that name is the log's own and which is
// that of log_comment_encrypt: the one behind log_id, or else the last one.
func assignChecksums(fields []field, at map[field][]int) {
	check := -1
	if joined := at[fLogID] != nil || at[fEncrypt] != nil; joined {
		for _, i := range at[fChecksum] {
			check = i
			if len(at[fLogID]) > 0 && i > at[fLogID][0] {
				break
			}
		}
	}
	for _, i := range at[fChecksum] {
		if i == check {
			fields[i] = fEncChecksum
		} else {
			fields[i] = fChecksum
		}
	}
}

// columnName undoes quotes and the table's name, as in `l`.`date`.
func columnName(s string) string {
	s = strings.ToLower(strings.TrimSpace(strings.ReplaceAll(s, "`", "")))
	return s[strings.LastIndexByte(s, '.')+1:]
}

// missingColumnError says why a header is not that of the log.
type missingColumnError struct{ name string }

func (e *missingColumnError) Error() string {
	return fmt.Sprintf("the header has no column %q", e.name)
}
