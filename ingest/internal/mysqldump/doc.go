// Package mysqldump reads the rows of tables out of a dump in SQL: what
// mysqldump and mariadb-dump write, and what phpMyAdmin exports as SQL. It is
// for parsers of products that keep their log in a MySQL database.
//
// A parser names the tables it reads and walks the statements that concern
// them:
//
//	dump := mysqldump.NewReader(src.Data, func(table string) ([]string, bool) {
//		switch table {
//		case "log": // the columns that it has if the dump does not say
//			return []string{"id", "dateTime", "provider_no"}, true
//		case "users": // the columns differ from release to release
//			return nil, true
//		}
//		return nil, false // passed over
//	})
//	for {
//		st, ok := dump.Next()
//		if !ok {
//			break
//		}
//		user := slices.Index(st.Columns, "provider_no") // names are in lower case
//		for row := range dump.Rows() { // none if the statement is no INSERT
//			if row.Problem != "" {
//				// w.Reject with row.Line, row.Problem and row.Raw
//				continue
//			}
//			_ = row.Text(user) // nothing for NULL, and for -1
//		}
//	}
//	if err := dump.Err(); err != nil {
//		return err
//	}
//	if dump.Truncated() { ... } // a note of the kind truncated, with dump.Line()
//	for range dump.Others() { ... } // w.Skip(ingest.SkipOtherTable)
//
// A context is for the parser to check, every thousand rows or so; where large
// tables are passed over, in the reader that it hands to [NewReader]. To detect
// a format, [Is] tells SQL from other text, and a Reader over the head of the
// file, with nil for all tables, shows the statements that the head has; the
// last row there is usually truncated.
//
// # What a dump looks like
//
// An INSERT holds any number of rows, often all on one line of many megabytes.
// Neither a line nor a statement is ever held as a whole, but a row is: it may
// have 1 MiB, and what is longer becomes a row with the problem too_long. The
// reader takes less than 2 MiB of memory and the names of tables and columns,
// whatever the dump holds. A row whose quotes or values make no sense is
// given up up to where the next row seems to begin, and reading goes on there.
//
// INSERT and REPLACE are read, with or without a list of columns, with the
// modifiers of MySQL and with what may stand behind the last row. Values may be
// NULL, numbers, text in single or double quotes with backslashes or doubled
// quotes, and hexadecimal literals, all of them with or without a character
// set. A value of bytes in quotes is returned as it is, and is not converted to
// UTF-8. All comments are passed over, also those that some servers would
// execute, and so are routines and triggers between DELIMITER lines.
//
// # What it refuses to do
//
// It executes nothing: no expression, no function, no INSERT … SELECT, and it
// knows no types. Tables of the same name in two databases of one dump are one
// table to it; a parser that must tell them apart looks at [Statement.Database].
package mysqldump
