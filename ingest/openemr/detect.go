package openemr

import (
	"bytes"
	"errors"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// isDump reports whether a file is SQL text.
func isDump(head []byte) bool {
	head = bytes.TrimLeft(head[:min(len(head), 4096)], " \t\r\n")
	if bytes.HasPrefix(head, []byte("--")) || bytes.HasPrefix(head, []byte("/*")) || bytes.HasPrefix(head, []byte("#")) {
		return true
	}
	n := 0
	for n < len(head) && isWord(head[n]) {
		n++
	}
	if n == len(head) || !isSpace(head[n]) {
		return false
	}
	switch string(bytes.ToUpper(head[:n])) {
	case "CREATE", "INSERT", "REPLACE", "DROP", "SET", "LOCK", "USE", "START", "BEGIN", "ALTER", "DELIMITER":
		return true
	}
	return false
}

// detectDump looks for a table of OpenEMR in the statements of the head. Other
// products have a table called log too, so that its columns decide.
func detectDump(h ingest.Head) error {
	scan := newScanner(bytes.NewReader(h.Bytes))
	for {
		st, ok := scan.statement()
		if !ok {
			return errors.New("the dump does not start with a table of OpenEMR")
		}
		if knownTable(st, scan) {
			return nil
		}
		if st.insert {
			scan.skipStatement()
		}
	}
}

func knownTable(st statement, scan *scanner) bool {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(st.columns, name) })
	}
	switch st.table {
	case tableLog:
		if st.insert && st.columns == nil {
			return isLogRow(scan)
		}
		return has("date", "event", "user", "groupname", "patient_id")
	case tableChecks:
		return st.insert && st.columns == nil || has("log_id", "encrypt", "checksum")
	case tableDisclosures:
		return st.insert && st.columns == nil || has("date", "event", "recipient", "patient_id")
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
func isLogRow(scan *scanner) bool {
	if !scan.space() || scan.buf[scan.pos] != '(' {
		return false
	}
	var r record
	scan.tuple(&r)
	if n := len(r.values); n < 3 || r.problem == "" && n != len(defaultColumns(tableLog)) && n != oldLogColumns {
		return false
	}
	const layout = "0000-00-00 00:00:00"
	date := r.raw[r.values[1].start:r.values[1].end]
	return len(date) == len(layout) && date[4] == '-' && date[10] == ' ' && date[13] == ':'
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
