package openemr

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// The tables that are read.
const (
	tableLog         = "log"
	tableChecks      = "log_comment_encrypt"
	tableDisclosures = "extended_log"
	tableCalls       = "api_log"
	tableUsers       = "users"
	tableAccounts    = "gacl_aro"
	tableGroups      = "gacl_aro_groups"
	tableMembers     = "gacl_groups_aro_map"
)

// oldLogColumns is the number of columns of the log without category and
// log_from, as in LibreHealth.
const oldLogColumns = 11

// logColumns returns the columns of the log in release 6.
func logColumns() []string {
	return []string{
		"id", "date", "event", "category", "user", "groupname", "comments", "user_notes", "patient_id", "success",
		"checksum", "crt_user", "log_from", "menu_item_id", "ccda_doc_id",
	}
}

// defaultColumns says which tables are read, and which columns they have in a
// dump that does not define them. Those of the log and of the users differ from
// release to release.
func defaultColumns(table string) (columns []string, read bool) {
	switch table {
	case tableLog, tableUsers:
		return nil, true
	case tableChecks:
		return []string{"id", "log_id", "encrypt", "checksum", "checksum_api", "version"}, true
	case tableDisclosures:
		return []string{"id", "date", "event", "user", "recipient", "description", "patient_id"}, true
	case tableCalls:
		return []string{
			"id", "log_id", "user_id", "patient_id", "ip_address", "method", "request", "request_url", "request_body",
			"response", "created_time",
		}, true
	case tableAccounts:
		return []string{"id", "section_value", "value", "order_value", "name", "hidden"}, true
	case tableGroups:
		return []string{"id", "parent_id", "lft", "rgt", "name", "value"}, true
	case tableMembers:
		return []string{"group_id", "aro_id"}, true
	}
	return nil, false
}

// guessColumns returns the columns of a log that is not defined, by the number
// of values of its first row.
func guessColumns(n int) []string {
	columns := logColumns()
	if n == oldLogColumns {
		return slices.DeleteFunc(columns, func(name string) bool {
			return slices.Contains([]string{"category", "log_from", "menu_item_id", "ccda_doc_id"}, name)
		})
	}
	return columns
}

// cells are the values of one row of a table that completes the log.
type cells struct {
	*mysqldump.Row

	columns []string
}

// text returns the value of a column, or nothing. It is valid until the next
// row is read.
func (c cells) text(column string) []byte {
	if text := c.Text(slices.Index(c.columns, column)); len(text) <= ingest.MaxField {
		return text
	}
	return nil
}

func (c cells) number(column string) (int64, bool) { return c.Int(slices.Index(c.columns, column)) }

// auxiliary returns how to read a row of a table that completes the log. Such
// rows are no records: one that cannot be read is counted as skipped.
func (d *dump) auxiliary(st mysqldump.Statement, take func(cells) bool) func(*mysqldump.Row) error {
	return func(row *mysqldump.Row) error {
		usable := row.Problem == "" && st.Columns != nil
		if !usable || !take(cells{Row: row, columns: st.Columns}) {
			d.w.Skip(ingest.SkipOtherLine)
		}
		return nil
	}
}

// check takes a row of log_comment_encrypt.
func (d *dump) check(v cells) bool {
	id, ok := v.number("log_id")
	if !ok {
		return false
	}
	c := newCheck(v.text("checksum"), v.text("version"))
	c.logID, c.line, c.late = id, v.Line, d.logSeen
	if !d.hold.compare(c) && (d.seen.mixed || !d.seen.has(id)) { // else its row has been written already
		d.hold.keep(c)
	}
	return true
}

// call takes a row of api_log.
func (d *dump) call(v cells) bool {
	id, ok := v.number("log_id")
	if !ok {
		return false
	}
	patient, ok := v.number("patient_id")
	if !ok || patient < 0 {
		patient = 0
	}
	d.people.addCall(id, call{
		patient: patient, line: v.Line, method: methodOf(string(v.text("method"))), late: d.logSeen,
	}, v.text("ip_address"))
	return true
}
