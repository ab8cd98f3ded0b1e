package openemr

import (
	"bytes"
	"errors"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// detectDump looks for a table of OpenEMR in the statements of the head. Other
// products have a table called log too, so that its columns decide.
func detectDump(h ingest.Head) error {
	dump := mysqldump.NewReader(bytes.NewReader(h.Bytes), nil)
	for {
		st, ok := dump.Next()
		if !ok {
			return errors.New("the dump does not start with a table of OpenEMR")
		}
		if knownTable(st, dump) {
			return nil
		}
	}
}

func knownTable(st mysqldump.Statement, dump *mysqldump.Reader) bool {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(st.Columns, name) })
	}
	unnamed := st.Insert && st.Columns == nil
	switch st.Table {
	case tableLog:
		if unnamed {
			return isLogRow(dump)
		}
		return has("date", "event", "user", "groupname", "patient_id")
	case tableChecks:
		return unnamed || has("log_id", "encrypt", "checksum")
	case tableDisclosures:
		return unnamed || has("date", "event", "recipient", "patient_id")
	case tableCalls:
		return has("log_id", "request_url")
	case "addresses":
		return has("plus_four", "foreign_id")
	case "amc_misc_data", "amendments_history", "audit_master":
		return true // the first tables of a dump of the whole database
	}
	return false
}

// isLogRow reports whether the first row has the shape of the log.
func isLogRow(dump *mysqldump.Reader) bool {
	for row := range dump.Rows() {
		if n := row.Len(); n < 3 || row.Problem == "" && n != len(logColumns()) && n != oldLogColumns {
			return false
		}
		const layout = "0000-00-00 00:00:00"
		date := row.Text(1)
		return len(date) == len(layout) && date[4] == '-' && date[10] == ' ' && date[13] == ':'
	}
	return false
}

// detectTable looks at the header of a table with separators.
func detectTable(h ingest.Head) error {
	line := firstLine(h.Bytes)
	names, err := ingest.NewTableReader(bytes.NewReader(line), separator(line)).Next()
	if err != nil {
		return errors.New("the file is neither a dump nor a table")
	}
	_, _, err = readHeader(names.Fields)
	return err
}

// firstLine returns the first line that is not empty.
func firstLine(head []byte) []byte {
	head = bytes.TrimLeft(head, "\r\n")
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	return head
}

// separator returns the separator of a header.
func separator(line []byte) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t', '|'} {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}
