package opendental

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// The tables that are read.
const (
	tableLog      = "securitylog"
	tableHashes   = "securityloghash"
	tableAttempts = "loginattempt"
	tableUsers    = "userod"
	tablePatients = "patient"
)

// Bounds of what is remembered beside the rows.
const (
	maxNameBytes = 64 << 20
	nameCost     = 64 // what a name takes in memory beside its bytes
	maxRejected  = 100_000
	maxDeleted   = 10_000 // deleted rows that are named
)

// logColumns are the columns of the log in release 24.3; older releases lack
// some of the last ones.
func logColumns() []string {
	return []string{
		"securitylognum", "permtype", "usernum", "logdatetime", "logtext", "patnum", "compname", "fkey", "logsource", "defnum",
		"defnumerror", "datetprevious",
	}
}

// leastColumns is the number of columns of the log in the oldest release.
const leastColumns = 7

// tables says which tables are read, and which columns they have in a dump that
// does not define them.
func tables(name string) (columns []string, read bool) {
	switch name {
	case tableHashes:
		return []string{"securityloghashnum", "securitylognum", "loghash"}, true
	case tableAttempts:
		return []string{"loginattemptnum", "username", "logintype", "datetfail"}, true
	case tableLog, tableUsers, tablePatients:
		return nil, true
	}
	return nil, false
}

// dump reads a mysqldump.
type dump struct {
	w    *ingest.Writer
	dump *mysqldump.Reader
	conv *converter
	hold *hold

	users     map[int64]string
	patients  map[int64]string
	nameBytes int
	begun     bool // rows have been written
	named     bool // and they have the accounts' names

	database string         // of the tables that are read
	rejected map[int64]bool // numbers of rows that could not be read
	nextNum  int64          // the first number that the log had not given, or 0
	logSeen  bool
	doubtful bool // a row of the log, or its number, could not be read
	rows     int64
	views    int64
}

func newDump(src ingest.Source, w *ingest.Writer, perms *permissions, held int) *dump {
	return &dump{
		w: w, dump: mysqldump.NewReader(src.Data, tables), conv: newConverter(src, perms), hold: newHold(held),
		users: map[int64]string{}, patients: map[int64]string{}, rejected: map[int64]bool{},
	}
}

func (d *dump) run(ctx context.Context) error {
	for {
		st, ok := d.dump.Next()
		if !ok {
			break
		}
		if err := d.statement(ctx, st); err != nil {
			return err
		}
	}
	if err := d.dump.Err(); err != nil {
		return err
	}
	last := d.hold.lastNum
	if err := d.flush(ctx, true); err != nil {
		return err
	}
	for range d.dump.Others() {
		d.w.Skip(ingest.SkipOtherTable)
	}
	d.deletions(last)
	if d.rows > 0 && d.views == 0 {
		d.w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	if d.dump.Truncated() {
		d.w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: d.dump.Line()})
	}
	return nil
}

// errTwoDatabases is the answer to a dump in which numbers of accounts, patients
// and rows mean different things in different places.
var errTwoDatabases = errors.New("the dump has tables of Open Dental from more than one database; dump them one by one")

// flush writes the rows that wait. Whether the accounts have their names or
// their numbers is decided once, so that nobody has two identities in one file.
func (d *dump) flush(ctx context.Context, end bool) error {
	if !d.begun {
		d.begun, d.named = true, len(d.users) > 0
	}
	return d.hold.flush(ctx, d.w, d, end)
}

// statement takes a statement and its rows.
func (d *dump) statement(ctx context.Context, st mysqldump.Statement) error {
	if st.Table == tableLog {
		d.logSeen = true
		d.nextNum = max(d.nextNum, st.NextID)
	}
	if !st.Insert {
		return nil
	}
	if d.database == "" {
		d.database = st.Database
	} else if st.Database != "" && st.Database != d.database {
		return fmt.Errorf("line %d: %w", d.dump.Line(), errTwoDatabases)
	}
	take, err := d.taker(ctx, st)
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

// taker returns what to do with a row of a table.
func (d *dump) taker(ctx context.Context, st mysqldump.Statement) (func(*mysqldump.Row) error, error) {
	at := func(name string) int { return slices.Index(st.Columns, strings.ToLower(name)) }
	switch st.Table {
	case tableLog:
		return d.logTaker(ctx, st)
	case tableAttempts:
		return d.attempts(ctx, at), nil
	case tableHashes:
		num, hash := at("SecurityLogNum"), at("LogHash")
		return d.auxiliary(func(row *mysqldump.Row) bool {
			n, ok := row.Int(num)
			if ok {
				d.hold.hash(n, row.Line, row.Text(hash))
			}
			return ok
		}), nil
	case tableUsers:
		num, name := at("UserNum"), at("UserName")
		return d.auxiliary(func(row *mysqldump.Row) bool {
			n, ok := row.Int(num)
			d.remember(d.users, n, string(row.Text(name)))
			return ok && name >= 0
		}), nil
	default:
		num, last, first := at("PatNum"), at("LName"), at("FName")
		return d.auxiliary(func(row *mysqldump.Row) bool {
			n, ok := row.Int(num)
			if name := nameOf(string(row.Text(last)), string(row.Text(first))); utf8.ValidString(name) {
				d.remember(d.patients, n, name)
			}
			return ok
		}), nil
	}
}

// auxiliary returns how to read a row of a table that completes the log. Such
// rows are no records: one that cannot be read is counted as skipped.
func (d *dump) auxiliary(take func(*mysqldump.Row) bool) func(*mysqldump.Row) error {
	return func(row *mysqldump.Row) error {
		if row.Problem != "" || !take(row) {
			d.w.Skip(ingest.SkipOtherLine)
		}
		return nil
	}
}

// remember keeps a name, as long as there is room.
func (d *dump) remember(names map[int64]string, n int64, name string) {
	if n == 0 || name == "" || len(name) > ingest.MaxField || d.nameBytes > maxNameBytes {
		return
	}
	d.nameBytes += len(name) + nameCost
	names[n] = name
}

// logTaker returns how to read a row of the log.
func (d *dump) logTaker(ctx context.Context, st mysqldump.Statement) (func(*mysqldump.Row) error, error) {
	var current *mysqldump.Row
	l := &line{order: contextdata.MonthFirst, cell: func(i int) string { return string(current.Text(i)) }}
	use := func(columns []string) {
		places := newLayout(func(name string) int { return slices.Index(columns, strings.ToLower(name)) })
		l.layout = &places
	}
	if st.Columns != nil {
		use(st.Columns)
		if name := l.layout.missing(); name != "" {
			return nil, fmt.Errorf("the table %q at line %d has no column %q", st.Table, d.dump.Line(), name)
		}
	}
	width := len(st.Columns)
	return func(row *mysqldump.Row) error {
		if l.layout == nil { // the dump does not define the table
			columns := logColumns()
			width = min(max(row.Len(), leastColumns), len(columns))
			use(columns[:width])
		}
		if d.hold.full() {
			if err := d.flush(ctx, false); err != nil {
				return err
			}
		}
		current, l.number, l.raw = row, row.Line, row.Raw
		problem := row.Problem
		if problem == "" && row.Len() != width {
			problem = ingest.ReasonFieldCount
		}
		if problem != "" {
			d.keepNumber(row, l.layout[cNum], problem)
			return d.w.Reject(ctx, ingest.Reject{Line: row.Line, Reason: problem, Raw: row.Raw})
		}
		return d.take(ctx, l, row)
	}, nil
}

// take takes a row of the log.
func (d *dump) take(ctx context.Context, l *line, row *mysqldump.Row) error {
	a, bad := d.conv.access(l)
	if bad == nil && a.perm == permUnknown { // the database has numbers only
		bad = &wrong{cPerm, ingest.ReasonBadValue}
	}
	if bad == nil && a.source == sourceUnknown {
		bad = &wrong{cSource, ingest.ReasonBadValue}
	}
	if bad == nil && len(a.computer) > ingest.MaxField {
		bad = &wrong{cComputer, ingest.ReasonTooLong}
	}
	if bad != nil {
		d.keepNumber(row, l.layout[cNum], bad.reason)
		return d.w.Reject(ctx, l.reject(&a, bad))
	}
	d.doubtful = d.doubtful || a.num == ""
	d.hold.add(d.hold.pack(&a, d.conv.proof(l, &a, true)))
	d.rows++
	if d.conv.perms.byNumber(a.perm).action == ingest.ActionView {
		d.views++
	}
	return nil
}

// keepNumber remembers the number of a rejected row, which is damaged but not
// deleted. What was passed over because it is no SQL may have been several rows.
func (d *dump) keepNumber(row *mysqldump.Row, place int, reason ingest.Reason) {
	n, ok := row.Int(place)
	if !ok || reason == ingest.ReasonBadSyntax || len(d.rejected) >= maxRejected {
		d.doubtful = true
		return
	}
	d.rejected[n] = true
}

// deletions notes the hashes without a row. Last is the number of the last row.
func (d *dump) deletions(last int64) {
	if !d.logSeen || d.doubtful || d.hold.dropped || d.dump.Selected() {
		return
	}
	orphans := d.hold.orphans()
	if int64(len(orphans)) > d.rows { // the file has some of the log and all of the hashes
		return
	}
	var named, more int64
	for _, n := range orphans {
		switch {
		case n < d.hold.least: // the file may begin later, and old rows may have been archived
		case d.rejected[n]:
		case d.nextNum > 0 && n >= d.nextNum: // written while the dump was made
		case d.dump.Truncated() && n > last: // its row may just be missing from the file
		case named < maxDeleted:
			named++
			d.w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, Line: d.hold.early[n].line, SourceEventID: number(n)})
		default:
			more++
		}
	}
	if more > 0 {
		d.w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, Count: more})
	}
}

// attempts returns how to read a row of loginattempt.
func (d *dump) attempts(ctx context.Context, at func(string) int) func(*mysqldump.Row) error {
	num, name, kind, when := at("LoginAttemptNum"), at("UserName"), at("LoginType"), at("DateTFail")
	return func(row *mysqldump.Row) error {
		if row.Problem != "" {
			return d.w.Reject(ctx, ingest.Reject{Line: row.Line, Reason: row.Problem, Raw: row.Raw})
		}
		a := attempt{line: row.Line, num: string(row.Text(num)), name: string(row.Text(name)), kind: string(row.Text(kind))}
		return a.write(ctx, d.w, contextdata.MonthFirst, string(row.Text(when)), d.conv.clock, row.Raw)
	}
}

// write writes a failed log-on, or rejects it.
func (a *attempt) write(
	ctx context.Context, w *ingest.Writer, order contextdata.Order, when string, clock *ingest.LocalClock, raw []byte,
) error {
	var ok bool
	if a.at, ok = order.Instant(when, clock); !ok {
		reason := ingest.ReasonBadTime
		if when == "" {
			reason = ingest.ReasonMissingTime
		}
		return w.Reject(ctx, ingest.Reject{Line: a.line, Column: "DateTFail", Reason: reason, Raw: raw})
	}
	return w.Event(ctx, a.event())
}

func unixTime(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// detectDump looks for a table of Open Dental in the statements of the head.
func detectDump(h ingest.Head) error {
	r := mysqldump.NewReader(bytes.NewReader(h.Bytes), nil)
	for {
		st, ok := r.Next()
		if !ok {
			return errors.New("the dump does not start with a table of Open Dental")
		}
		if known(st) {
			return nil
		}
	}
}

// known reports whether a table is one of Open Dental: one that is read, or one
// of those that come first in a dump of the whole database.
func known(st mysqldump.Statement) bool {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(st.Columns, name) })
	}
	unnamed := st.Insert && st.Columns == nil
	switch st.Table {
	case tableLog:
		return unnamed || has("permtype", "usernum", "logdatetime", "patnum")
	case tableHashes:
		return unnamed || has("securitylognum", "loghash")
	case tableAttempts:
		return unnamed || has("loginattemptnum", "username", "datetfail")
	case tableUsers:
		return has("usernum", "username")
	case tablePatients:
		return has("patnum", "lname", "fname", "guarantor")
	case "account":
		return has("accountnum", "accttype")
	case "accountingautopay":
		return has("accountingautopaynum")
	}
	return false
}
