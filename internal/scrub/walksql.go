package scrub

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// sqlWalker walks the dump of a database.
type sqlWalker struct {
	*walker

	columns map[string][]string // of the tables, as in the copy
	table   string              // of the statement
	verb    string              // insert, create, or empty
	listed  []string            // columns named by the statement
	values  bool                // behind VALUES
	depth   int
	column  int
	naming  bool // the next name in a definition is a column's
}

func (q *sqlWalker) run() error {
	for {
		c, err := q.in.ReadByte()
		if err == nil {
			err = q.step()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := q.byte(c); err != nil {
			return err
		}
	}
}

func (q *sqlWalker) byte(c byte) error {
	next, _ := q.in.Peek(2) // what there is
	switch {
	case c == '-' && len(next) > 0 && next[0] == '-' && (len(next) < 2 || next[1] <= ' '), c == '#':
		return q.remark(c)
	case c == '/' && len(next) > 0 && next[0] == '*':
		return q.block()
	case c == '\'' || c == '"':
		return q.quoted(c)
	case c == '`':
		return q.identifier()
	case isDigit(c), c >= 0x80, c == '_', c|0x20 >= 'a' && c|0x20 <= 'z':
		return q.word(c)
	}
	q.punctuation(c)
	return nil
}

func (q *sqlWalker) punctuation(c byte) {
	q.putByte(c)
	switch c {
	case '(':
		q.depth++
		if q.values && q.depth == 1 {
			q.column = 0
		}
		q.naming = q.verb == "create" && q.depth == 1
	case ')':
		q.depth--
	case ',':
		if q.depth == 1 {
			q.column++
			q.naming = q.verb == "create"
		}
	case ';':
		q.verb, q.table, q.listed, q.values, q.depth = "", "", nil, false, 0
	}
}

// remark reads a comment to the end of its line.
func (q *sqlWalker) remark(c byte) error {
	line, err := q.line()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	body := strings.TrimRight(line, "\r\n")
	q.putByte(c)
	q.put(q.visit.value(pathComment, body))
	q.put(line[len(body):])
	return nil
}

// block reads a comment in brackets. What MySQL executes in it is code.
func (q *sqlWalker) block() error {
	whole, _ := q.in.Peek(window) // what there is
	if bytes.HasPrefix(whole, []byte("*!")) {
		n := 2 + digitsAt(string(whole[2:min(len(whole), 9)]))
		q.put("/" + string(whole[:n]))
		_, err := q.in.Discard(n)
		return err
	}
	end := bytes.Index(whole, []byte("*/"))
	if end < 1 {
		_, err := q.in.Discard(1)
		q.put("/*")
		return err
	}
	q.put("/*" + strings.Repeat("\n", bytes.Count(whole[:end], []byte("\n"))) + "*/")
	_, err := q.in.Discard(end + 2)
	return err
}

// quoted reads a string behind its quote.
func (q *sqlWalker) quoted(quote byte) error {
	var raw []byte
	for {
		c, err := q.in.ReadByte()
		if errors.Is(err, io.EOF) {
			q.put(string(quote) + q.visit.value(q.path(), string(raw)))
			return nil
		}
		if err != nil {
			return err
		}
		if c == quote {
			if next, _ := q.in.Peek(1); len(next) == 0 || next[0] != quote {
				break
			}
			_, _ = q.in.ReadByte() // the same quote again
		} else if c == '\\' {
			if c, err = q.in.ReadByte(); err == nil {
				c = unescapeSQL(c)
			}
		}
		raw = append(raw, c)
		if len(raw) > maxPiece {
			return errLong
		}
	}
	q.putByte(quote)
	for _, c := range []byte(q.visit.value(q.path(), string(raw))) {
		q.put(escapeSQL(c, quote))
	}
	q.putByte(quote)
	return nil
}

func unescapeSQL(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '0':
		return 0
	case 'Z':
		return 0x1a
	}
	return c
}

func escapeSQL(c, quote byte) string {
	switch c {
	case quote, '\\':
		return `\` + string(rune(c))
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case 0:
		return `\0`
	case 0x1a:
		return `\Z`
	}
	return string([]byte{c})
}

func (q *sqlWalker) identifier() error {
	whole, _ := q.in.Peek(512) // what there is
	end := bytes.IndexByte(whole, '`')
	if end < 0 {
		q.putByte('`')
		return nil
	}
	made := q.visit.name(string(whole[:end]))
	q.put("`" + made + "`")
	q.named(made)
	_, err := q.in.Discard(end + 1)
	return err
}

// named is told each name that is not a keyword.
func (q *sqlWalker) named(name string) {
	name = strings.ReplaceAll(name, "/", "_")
	switch {
	case q.table == "" && q.verb != "":
		q.table = name
		if q.verb == "create" {
			delete(q.columns, name)
		}
	case q.verb == "insert" && !q.values && q.depth == 1:
		q.listed = append(q.listed, name)
	case q.verb == "create" && q.naming && len(q.columns) < maxFields:
		q.columns[q.table] = append(q.columns[q.table], name)
		q.naming = false
	}
}

// word reads a keyword, a name without quotes, or a number.
func (q *sqlWalker) word(c byte) error {
	raw := []byte{c}
	for {
		next, err := q.in.Peek(1)
		if len(next) == 0 || !goesOn(next[0]) && (next[0] != '.' || !numeric(string(raw))) {
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			break
		}
		raw = append(raw, next[0])
		_, _ = q.in.ReadByte() // was seen
		if len(raw) > maxPiece {
			return errLong
		}
	}
	text := string(raw)
	made := text
	switch {
	case isDigit(c) || q.values && q.depth > 0 && !isSQLWord(text):
		q.put(q.visit.value(q.path(), text))
		return nil
	case isSQLWord(text):
	default:
		made = q.visit.name(text)
	}
	q.put(made)
	q.keyword(made)
	return nil
}

// goesOn reports whether a name goes on with a byte.
func goesOn(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isSQLWord(w string) bool {
	switch fold(w) {
	case "null", "true", "false", "b", "n", "x", "_binary", "_utf8mb4", "current_timestamp":
		return true
	}
	return false
}

func (q *sqlWalker) keyword(made string) {
	w := fold(made)
	switch {
	case q.values:
	case q.depth == 0 && (w == "insert" || w == "replace"):
		q.verb, q.table = "insert", ""
	case q.depth == 0 && w == "create":
		q.verb, q.table = "create", ""
	case q.depth == 0 && w == "values":
		q.values = true
	case w == "into" || w == "ignore" || w == "table" || w == "if" || w == "not" || w == "exists" || w == "temporary":
	case w == "key" || w == "primary" || w == "unique" || w == "constraint" || w == "index" || w == "fulltext":
		q.naming = false
	default:
		q.named(made)
	}
}

// path says which column of which table a value belongs to.
func (q *sqlWalker) path() string {
	switch {
	case q.values && q.depth > 0:
		list := q.listed
		if list == nil {
			list = q.columns[q.table]
		}
		name := ""
		if q.column < len(list) {
			name = list[q.column]
		}
		return q.table + "/" + itoa(q.column) + "/" + name
	case q.verb == "create" && q.depth > 1:
		return pathDefinition
	}
	return pathText
}
