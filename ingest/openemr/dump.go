package openemr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// dump reads a mysqldump, or an export of phpMyAdmin in SQL.
type dump struct {
	w      *ingest.Writer
	dump   *mysqldump.Reader
	conv   *converter
	hold   *hold
	people *people

	seen   idRanges // ids of the log's rows, rejected ones included
	nextID int64    // the first id that the log had not given when it was dumped, or 0

	logSeen  bool // the dump has the log
	doubtful bool // a row of the log, or its id, could not be read
	rows     int64
	reads    int64

	database string // that the log is in, where the dump names it
}

// errTwoDatabases is the answer to a dump in which numbers of rows and patients mean
// different things in different places.
var errTwoDatabases = errors.New("the dump has logs of OpenEMR from more than one database; dump them one by one")

func newDump(src ingest.Source, data io.Reader, w *ingest.Writer, limit int) *dump {
	return &dump{
		w: w, dump: mysqldump.NewReader(data, defaultColumns), conv: newConverter(src),
		hold: &hold{limit: limit}, people: newPeople(),
	}
}

func (d *dump) run(ctx context.Context) error {
	for {
		st, ok := d.dump.Next()
		if !ok {
			break
		}
		if err := d.apply(ctx, st); err != nil {
			return err
		}
	}
	if err := d.dump.Err(); err != nil {
		return err
	}
	for range d.dump.Others() {
		d.w.Skip(ingest.SkipOtherTable)
	}
	d.people.resolve()
	if err := d.hold.flush(ctx, d.w, d.conv, d.people, true); err != nil {
		return err
	}
	d.deletions()
	if d.rows > 0 && d.reads == 0 {
		d.w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	if d.dump.Truncated() {
		d.w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: d.dump.Line()})
	}
	return nil
}

// apply takes a statement and its rows.
func (d *dump) apply(ctx context.Context, st mysqldump.Statement) error {
	if st.Table == tableLog {
		d.logSeen = true
		d.nextID = max(d.nextID, st.NextID)
	}
	if !st.Insert {
		return nil
	}
	switch st.Table {
	case tableLog, tableChecks, tableDisclosures, tableCalls:
		if d.database == "" {
			d.database = st.Database
		} else if st.Database != "" && st.Database != d.database {
			return fmt.Errorf("line %d: %w", d.dump.Line(), errTwoDatabases)
		}
	}
	take, err := d.reader(ctx, st)
	if err != nil {
		return err
	}
	n := 0
	for row := range d.dump.Rows() {
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		n++
		if err := take(row); err != nil {
			return err
		}
	}
	return nil
}

// reader returns what to do with a row of the table.
func (d *dump) reader(ctx context.Context, st mysqldump.Statement) (func(*mysqldump.Row) error, error) {
	switch st.Table {
	case tableLog, tableDisclosures:
		return d.events(ctx, st)
	case tableChecks:
		return d.auxiliary(st, d.check), nil
	case tableCalls:
		return d.auxiliary(st, d.call), nil
	case tableUsers:
		return d.auxiliary(st, func(v cells) bool {
			d.people.addName(string(v.text("username")), string(v.text("fname")), string(v.text("lname")))
			return true
		}), nil
	case tableAccounts:
		return d.auxiliary(st, func(v cells) bool {
			id, ok := v.number("id")
			if ok && string(v.text("section_value")) == "users" {
				addCode(d.people.accounts, id, string(v.text("value")))
			}
			return ok
		}), nil
	case tableGroups:
		return d.auxiliary(st, func(v cells) bool {
			id, ok := v.number("id")
			addCode(d.people.groups, id, string(v.text("value")))
			return ok
		}), nil
	default:
		return d.auxiliary(st, func(v cells) bool {
			group, ok := v.number("group_id")
			account, ok2 := v.number("aro_id")
			d.people.addMember(membership{group: group, account: account})
			return ok && ok2
		}), nil
	}
}

// events returns how to read a row of the log or of the disclosures.
func (d *dump) events(ctx context.Context, st mysqldump.Statement) (func(*mysqldump.Row) error, error) {
	disclosure := st.Table == tableDisclosures
	var fields []field
	var r *row
	use := func(columns []string) {
		fields = make([]field, len(columns))
		for i, name := range columns {
			fields[i] = fieldOf(name)
		}
		r = &row{has: presentIn(fields)}
	}
	if st.Columns != nil {
		for _, f := range []field{fDate, fEvent, fUser, fPatient} {
			if !slices.Contains(st.Columns, f.name()) {
				return nil, fmt.Errorf("the table %q at line %d has no column %q", st.Table, d.dump.Line(), f.name())
			}
		}
		use(st.Columns)
	}
	return func(rec *mysqldump.Row) error {
		if fields == nil {
			use(guessColumns(rec.Len()))
		}
		if d.hold.full(d.conv.text.bytes) {
			if err := d.makeRoom(ctx); err != nil {
				return err
			}
		}
		reject := d.row(rec, r, fields, disclosure)
		if reject == nil {
			return nil
		}
		return d.w.Reject(ctx, *reject)
	}, nil
}

// makeRoom writes the rows that wait, with what is known of them so far.
func (d *dump) makeRoom(ctx context.Context) error {
	d.people.resolve()
	if err := d.hold.flush(ctx, d.w, d.conv, d.people, false); err != nil {
		return err
	}
	d.conv.text = newInterner()
	return nil
}

// row takes a row of the dump.
func (d *dump) row(rec *mysqldump.Row, r *row, fields []field, disclosure bool) *ingest.Reject {
	problem := rec.Problem
	if problem == "" && rec.Len() != len(fields) { // the columns are a guess
		problem = ingest.ReasonFieldCount
	}
	if problem != "" {
		if !disclosure {
			d.keepID(rec, fields)
		}
		return &ingest.Reject{Line: rec.Line, Reason: problem, Raw: rec.Raw}
	}
	for i, f := range fields {
		if f != noField {
			r.v[f] = rec.Text(i)
		}
	}
	r.line, r.raw = rec.Line, rec.Raw
	e, reject := d.conv.entry(r, disclosure)
	if !disclosure {
		d.doubtful = d.doubtful || e.id == 0 && r.has.id
		if e.id > 0 {
			d.seen.add(e.id)
		}
	}
	if reject != nil {
		return reject
	}
	d.hold.add(e)
	if !disclosure {
		d.rows++
		if d.conv.text.class(e.event).reads {
			d.reads++
		}
	}
	return nil
}

// keepID remembers the id of a rejected row, which is damaged but not deleted.
// What was passed over because it is no SQL may have been several rows.
func (d *dump) keepID(rec *mysqldump.Row, fields []field) {
	if rec.Problem != ingest.ReasonBadSyntax {
		if id, ok := rec.Int(slices.Index(fields, fID)); ok && id > 0 {
			d.seen.add(id)
			return
		}
	}
	d.doubtful = true
}
