package openemr

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
)

// dump reads a mysqldump, or an export of phpMyAdmin in SQL.
type dump struct {
	w      *ingest.Writer
	scan   *scanner
	conv   *converter
	hold   *hold
	people *people
	rec    record

	columns map[string][]string // of tables that are read
	others  map[string]bool     // tables that are not
	seen    idRanges            // ids of the log's rows, rejected ones included
	nextID  int64               // the first id that the log had not given when it was dumped, or 0

	logSeen  bool // the dump has the log
	doubtful bool // a row of the log, or its id, could not be read
	cut      bool // the dump is cut off
	rows     int64
	reads    int64
}

// maxOthers bounds how many names of other tables are remembered.
const maxOthers = 10_000

func newDump(src ingest.Source, scan *scanner, w *ingest.Writer, limit int) *dump {
	return &dump{
		w: w, scan: scan, conv: newConverter(src), hold: &hold{limit: limit}, people: newPeople(),
		columns: map[string][]string{}, others: map[string]bool{},
	}
}

func (d *dump) run(ctx context.Context) error {
	for {
		st, ok := d.scan.statement()
		if err := d.failure(); err != nil {
			return err
		}
		if !ok {
			break
		}
		d.cut = d.cut || st.cut
		if err := d.apply(ctx, st); err != nil {
			return err
		}
	}
	d.people.resolve()
	if err := d.hold.flush(ctx, d.w, d.conv, d.people, true); err != nil {
		return err
	}
	d.deletions()
	if d.rows > 0 && d.reads == 0 {
		d.w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	if d.cut {
		d.w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: d.scan.line})
	}
	return nil
}

func (d *dump) failure() error {
	if err := d.scan.failure(); err != nil {
		return fmt.Errorf("reading the dump at line %d: %w", d.scan.line, err)
	}
	return nil
}

// apply reads what follows the beginning of a statement.
func (d *dump) apply(ctx context.Context, st statement) error {
	if st.table == "" {
		return nil
	}
	if defaultColumns(st.table) == nil {
		if !d.others[st.table] && len(d.others) < maxOthers {
			d.others[st.table] = true
			d.w.Skip(ingest.SkipOtherTable)
		}
		return d.pass(st)
	}
	if st.table == tableLog {
		d.logSeen = true
		d.nextID = max(d.nextID, st.next)
	}
	if !st.insert {
		if st.columns != nil {
			d.columns[st.table] = st.columns
		}
		return nil
	}
	if st.columns == nil {
		st.columns = d.columns[st.table]
	}
	each, err := d.reader(ctx, st)
	if err != nil {
		return err
	}
	return d.each(ctx, each)
}

// pass moves over the rows of a table that is not read.
func (d *dump) pass(st statement) error {
	if st.insert && !d.scan.skipStatement() {
		d.cut = true
	}
	return d.failure()
}

// reader returns what to do with a row of the table.
func (d *dump) reader(ctx context.Context, st statement) (func() error, error) {
	switch st.table {
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

// each calls do for every row of an INSERT; the row is in d.rec.
func (d *dump) each(ctx context.Context, do func() error) error {
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if !d.scan.space() {
			d.cut = true
			return d.failure()
		}
		if d.scan.buf[d.scan.pos] == '(' {
			d.scan.tuple(&d.rec)
		} else {
			d.rec.line, d.rec.values = d.scan.line, nil
			d.scan.resume(&d.rec)
		}
		if err := d.failure(); err != nil {
			return err
		}
		if d.rec.problem == ingest.ReasonTruncated {
			d.cut = true
		}
		if err := do(); err != nil {
			return err
		}
		if more := d.between(); !more {
			return d.failure()
		}
	}
}

// between reads what stands between two rows. It returns false behind the last.
func (d *dump) between() bool {
	switch {
	case d.scan.take(','):
		return true
	case d.scan.take(';'):
		return false
	case d.scan.pos == d.scan.end: // the end of the input
		d.cut = true
		return false
	case d.scan.has("ON") || d.scan.has("on") || d.scan.has("AS") || d.scan.has("as"):
		d.cut = d.cut || !d.scan.skipStatement()
		return false
	}
	return true // the next row is rejected together with what stands here
}

// events returns how to read a row of the log or of the disclosures.
func (d *dump) events(ctx context.Context, st statement) (func() error, error) {
	disclosure := st.table == tableDisclosures
	var fields []field
	var r *row
	use := func(columns []string) {
		fields = make([]field, len(columns))
		for i, name := range columns {
			fields[i] = fieldOf(name)
		}
		r = &row{has: presentIn(fields)}
	}
	if st.columns != nil {
		for _, f := range []field{fDate, fEvent, fUser, fPatient} {
			if !slices.Contains(st.columns, f.name()) {
				return nil, fmt.Errorf("the table %q at line %d has no column %q", st.table, d.scan.line, f.name())
			}
		}
		use(st.columns)
	}
	return func() error {
		if fields == nil {
			use(guessColumns(st.table, len(d.rec.values)))
		}
		if d.hold.full(d.conv.text.bytes) {
			if err := d.makeRoom(ctx); err != nil {
				return err
			}
		}
		reject := d.row(r, fields, disclosure)
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

// row takes the row in d.rec.
func (d *dump) row(r *row, fields []field, disclosure bool) *ingest.Reject {
	rec := &d.rec
	if rec.problem == "" && len(rec.values) != len(fields) {
		rec.problem = ingest.ReasonFieldCount
	}
	if rec.problem != "" {
		if !disclosure {
			d.keepID(fields)
		}
		return &ingest.Reject{Line: rec.line, Reason: rec.problem, Raw: rec.raw}
	}
	for i, f := range fields {
		if f != noField {
			r.v[f] = rec.values[i].text(rec.raw)
		}
	}
	r.line, r.raw = rec.line, rec.raw
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
func (d *dump) keepID(fields []field) {
	i := slices.Index(fields, fID)
	if i >= 0 && i < len(d.rec.values) && d.rec.problem != ingest.ReasonBadSyntax {
		if v := d.rec.values[i]; v.form == formNumber && v.end < len(d.rec.raw) {
			if id, err := strconv.ParseInt(string(d.rec.raw[v.start:v.end]), 10, 64); err == nil && id > 0 {
				d.seen.add(id)
				return
			}
		}
	}
	d.doubtful = true
}
