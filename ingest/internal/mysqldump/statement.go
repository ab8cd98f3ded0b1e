package mysqldump

import (
	"regexp"
	"strconv"
	"strings"
)

// maxDefinition is how much of a CREATE or ALTER statement is looked at.
const maxDefinition = 256 << 10

// maxColumns is how many columns a table of MySQL may have.
const maxColumns = 4096

// statement is a statement as far as it was read; without a table it is of no
// interest.
type statement struct {
	Statement
	cut bool   // the input ended inside the statement
	use string // the database that is used from here on
}

// statement reads the next statement, of an INSERT only what stands before its
// rows. It returns false at the end of the input.
func (s *scanner) statement() (statement, bool) {
	for s.space() {
		if s.take(';') {
			continue
		}
		switch s.keyword() {
		case "CREATE":
			return s.definition(true), true
		case "ALTER":
			return s.definition(false), true
		case "INSERT", "REPLACE":
			return s.insert(), true
		case "DELIMITER":
			s.skipDelimited()
		case "USE":
			name, _ := s.identifier()
			return statement{use: strings.ToLower(name), cut: !s.skipStatement()}, true
		default:
			return statement{cut: !s.skipStatement()}, true
		}
	}
	return statement{}, false
}

// skipDelimited passes over routines and triggers, which stand between two
// DELIMITER lines and hold semicolons and statements of their own.
func (s *scanner) skipDelimited() {
	for s.pos < s.end && s.buf[s.pos] == ' ' {
		s.advance(1)
	}
	if s.has(";") {
		s.advance(1)
		return
	}
	for s.through("\n") {
		if s.has("DELIMITER") || s.has("delimiter") {
			s.through("\n")
			return
		}
	}
}

// definition reads a CREATE TABLE or ALTER TABLE statement.
func (s *scanner) definition(create bool) statement {
	if s.keyword() != "TABLE" {
		return statement{cut: !s.skipStatement()}
	}
	var q quoting
	text, complete := s.skip(q.semicolon, make([]byte, 0, maxDefinition))
	st := parseDefinition(string(text), create)
	st.cut = !complete
	return st
}

func parseDefinition(text string, create bool) statement {
	s := newScanner(strings.NewReader(text))
	st := statement{Statement: Statement{NextID: autoIncrement(text)}}
	st.Database, st.Table = s.tableName()
	if !create || !s.take('(') {
		return st
	}
	for {
		name, isQuoted := s.identifier()
		if name == "" {
			return st
		}
		if isQuoted || !isIndexWord(strings.ToUpper(name)) {
			st.Columns = append(st.Columns, strings.ToLower(name))
		}
		if !s.endOfColumn() {
			return st
		}
	}
}

// endOfColumn moves behind the comma that ends a column's definition. It
// returns false at the end of the list.
func (s *scanner) endOfColumn() bool {
	var q quoting
	another := false
	_, ok := s.skip(func(b []byte) int {
		for i, c := range b {
			if !q.next(c) {
				continue
			}
			switch {
			case c == '(':
				q.depth++
			case c == ')':
				q.depth--
			case c == ',' && q.depth == 0:
				another = true
				return i + 1
			}
			if q.depth < 0 {
				return i + 1
			}
		}
		return -1
	}, nil)
	return ok && another
}

func isIndexWord(word string) bool {
	switch word {
	case "PRIMARY", "KEY", "UNIQUE", "INDEX", "CONSTRAINT", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK":
		return true
	}
	return false
}

// autoIncrement returns the table option of that name, or 0.
func autoIncrement(text string) int64 {
	match := regexp.MustCompile(`(?i)\bAUTO_INCREMENT\s*=\s*(\d{1,18})\b`).FindStringSubmatch(text)
	if match == nil {
		return 0
	}
	n, err := strconv.ParseInt(match[1], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// insert reads an INSERT or REPLACE statement up to its rows.
func (s *scanner) insert() statement {
	var st statement
	st.Database, st.Table = s.tableName()
	if s.take('(') {
		for {
			name, _ := s.identifier()
			if name == "" || len(st.Columns) == maxColumns {
				break
			}
			st.Columns = append(st.Columns, strings.ToLower(name))
			if !s.take(',') {
				break
			}
		}
		if !s.take(')') {
			return statement{cut: !s.skipStatement()}
		}
	}
	if word := s.keyword(); st.Table == "" || word != "VALUES" && word != "VALUE" {
		return statement{cut: !s.skipStatement()}
	}
	st.Insert = true
	return st
}

// tableName reads the name of a table behind optional words, and that of its
// database if it is there.
func (s *scanner) tableName() (database, table string) {
	for {
		name, isQuoted := s.identifier()
		if name == "" {
			return "", ""
		}
		if !isQuoted {
			switch strings.ToUpper(name) {
			case "IF", "NOT", "EXISTS", "INTO", "IGNORE", "DELAYED", "LOW_PRIORITY", "HIGH_PRIORITY":
				continue
			}
		}
		if s.take('.') {
			database = strings.ToLower(name)
			name, _ = s.identifier()
		}
		return database, strings.ToLower(name)
	}
}
