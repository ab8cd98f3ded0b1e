package openemr

import (
	"slices"
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
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

// defaultColumns returns the columns of a table, for a dump that does not
// define it; nil for a table that is not read, and empty for one of which the
// columns differ from release to release.
func defaultColumns(table string) []string {
	switch table {
	case tableLog:
		return []string{
			"id", "date", "event", "category", "user", "groupname", "comments", "user_notes", "patient_id", "success",
			"checksum", "crt_user", "log_from", "menu_item_id", "ccda_doc_id",
		}
	case tableChecks:
		return []string{"id", "log_id", "encrypt", "checksum", "checksum_api", "version"}
	case tableDisclosures:
		return []string{"id", "date", "event", "user", "recipient", "description", "patient_id"}
	case tableCalls:
		return []string{
			"id", "log_id", "user_id", "patient_id", "ip_address", "method", "request", "request_url", "request_body",
			"response", "created_time",
		}
	case tableAccounts:
		return []string{"id", "section_value", "value", "order_value", "name", "hidden"}
	case tableGroups:
		return []string{"id", "parent_id", "lft", "rgt", "name", "value"}
	case tableMembers:
		return []string{"group_id", "aro_id"}
	case tableUsers:
		return []string{}
	}
	return nil
}

// guessColumns returns the columns of a table that is not defined, by the
// number of values of its first row.
func guessColumns(table string, n int) []string {
	columns := defaultColumns(table)
	if table == tableLog && n == oldLogColumns {
		return slices.DeleteFunc(columns, func(name string) bool {
			return slices.Contains([]string{"category", "log_from", "menu_item_id", "ccda_doc_id"}, name)
		})
	}
	return columns
}

// cells are the values of one row of a table that completes the log.
type cells struct {
	columns []string
	rec     *record
}

// text returns the value of a column, or nothing. It is valid until the next
// row is read.
func (c cells) text(column string) []byte {
	i := slices.Index(c.columns, column)
	if i < 0 || c.rec.values[i].end-c.rec.values[i].start > ingest.MaxField {
		return nil
	}
	return c.rec.values[i].text(c.rec.raw)
}

func (c cells) number(column string) (int64, bool) {
	i := slices.Index(c.columns, column)
	if i < 0 {
		return 0, false
	}
	v := c.rec.values[i]
	n, err := strconv.ParseInt(string(c.rec.raw[v.start:v.end]), 10, 64)
	return n, err == nil
}

// auxiliary returns how to read a row of a table that completes the log. Such
// rows are no records: one that cannot be read is counted as skipped.
func (d *dump) auxiliary(st statement, take func(cells) bool) func() error {
	columns := st.columns
	if columns == nil {
		columns = defaultColumns(st.table)
	}
	return func() error {
		rec := &d.rec
		usable := rec.problem == "" && len(rec.values) == len(columns)
		if !usable || !take(cells{columns: columns, rec: rec}) {
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
	c.logID, c.line, c.late = id, v.rec.line, d.logSeen
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
		patient: patient, line: v.rec.line, method: methodOf(string(v.text("method"))), late: d.logSeen,
	}, v.text("ip_address"))
	return true
}
