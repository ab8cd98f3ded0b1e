package mysqldump_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// visits reads one table, whose columns are known.
func visits(table string) ([]string, bool) {
	return []string{"id", "who", "note"}, table == "visits"
}

// walk returns what a dump holds, one line a statement and a row.
func walk(t *testing.T, r *mysqldump.Reader) []string {
	t.Helper()
	var got []string
	for {
		st, ok := r.Next()
		if !ok {
			break
		}
		kind := "define"
		if st.Insert {
			kind = "insert"
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %d", kind, st.Table, strings.Join(st.Columns, ","), st.NextID)))
		for row := range r.Rows() {
			got = append(got, describe(row))
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if r.Truncated() {
		got = append(got, "truncated")
	}
	return got
}

func describe(row *mysqldump.Row) string {
	cells := make([]string, row.Len())
	for i := range cells {
		cells[i] = strconv.Quote(string(row.Text(i)))
		if row.Null(i) {
			cells[i] = "NULL"
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%d: %s %s", row.Line, strings.Join(cells, " "), row.Problem))
}

func TestReader(t *testing.T) {
	for name, c := range map[string]struct {
		dump   string
		tables mysqldump.Tables
		want   []string
	}{
		"columns-of-the-definition": {
			"CREATE TABLE `Visits` (\n `ID` int(11) NOT NULL DEFAULT '1,2' COMMENT 'a) b',\n  note enum('x','y'),\n" +
				"  PRIMARY KEY (`ID`),\n  KEY `k` (`note`)\n) ENGINE=InnoDB AUTO_INCREMENT=7;\nINSERT INTO `Visits` VALUES (1,'a');",
			visits,
			[]string{"define visits id,note 7", "insert visits id,note 0", `7: "1" "a"`},
		},
		"columns-of-the-insert": {
			"CREATE TABLE visits (id int, who text);\nREPLACE INTO clinic.visits (`Who`, ID) VALUE ('a', 1);",
			visits,
			[]string{"define visits id,who 0", "insert visits who,id 0", `2: "a" "1"`},
		},
		"columns-of-the-caller": {
			"INSERT IGNORE INTO visits VALUES (1,'a',NULL),\n(2,'b','c');",
			visits,
			[]string{"insert visits id,who,note 0", `1: "1" "a" NULL`, `2: "2" "b" "c"`},
		},
		"columns-unknown": {
			"INSERT INTO visits VALUES (1),(2,3);", nil,
			[]string{"insert visits  0", `1: "1"`, `1: "2" "3"`},
		},
		"values": {
			`INSERT INTO visits VALUES ( -1.5e3 , 'it''s \'q\' \\ \n\t\0\Z \% \_' , "d ""q"" 'x'" ),` +
				`(0x4A6f,_binary 'a;b',_utf8mb4 X'4142'),(NULL,null,N'x'),(1,'','')`,
			visits,
			[]string{
				"insert visits id,who,note 0",
				`1: "-1.5e3" "it's 'q' \\ \n\t\x00\x1a \\% \\_" "d \"q\" 'x'"`,
				`1: "Jo" "a;b" "AB"`, `1: NULL NULL "x"`, `1: "1" "" ""`, "truncated",
			},
		},
		"other-tables-and-statements": {
			"-- a\n# b\n/*!40101 SET NAMES utf8 */;\nLOCK TABLES `visits` WRITE;\nINSERT INTO other VALUES ('; (',1);\n" +
				"DELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON visits FOR EACH ROW BEGIN INSERT INTO visits VALUES (9,9,9); END ;;\n" +
				"DELIMITER ;\nCREATE VIEW visits AS SELECT 1;\nINSERT INTO visits SELECT id FROM other;\n" +
				"INSERT INTO visits VALUES (1,2,3) ON DUPLICATE KEY UPDATE id=1;\nINSERT INTO visits VALUES (4,5,6) AS new;\n" +
				"ALTER TABLE visits MODIFY id int, AUTO_INCREMENT = 12;",
			visits,
			[]string{
				"insert visits id,who,note 0", `11: "1" "2" "3"`, "insert visits id,who,note 0", `12: "4" "5" "6"`,
				"define visits  12",
			},
		},
		"damaged-rows": {
			"INSERT INTO visits VALUES (1,'a','b'),(2,broken,'c'),(3,'d'),(4,'e','f') junk,(5,NOW(),'g'),\n(6,'h','i');\n" +
				"INSERT INTO visits VALUES (7,'j','k');",
			visits,
			[]string{
				"insert visits id,who,note 0", `1: "1" "a" "b"`, `1: "2" bad_syntax`, `1: "3" "d" field_count`, `1: "4" "e" "f"`,
				`1:  bad_syntax`, `2: "6" "h" "i"`, "insert visits id,who,note 0", `3: "7" "j" "k"`,
			},
		},
		"quote-that-never-ends": {
			"INSERT INTO visits VALUES (1,'a','b'),(2,'c,3);\nINSERT INTO visits VALUES (4,'d','e');\n",
			visits,
			[]string{"insert visits id,who,note 0", `1: "1" "a" "b"`, `1: "2" "" bad_syntax`, "insert visits id,who,note 0", `2: "4" "d" "e"`},
		},
		"cut-off-in-a-row":       {"INSERT INTO visits VALUES (1,2,3),(4,'fi", visits, []string{"insert visits id,who,note 0", `1: "1" "2" "3"`, `1: "4" truncated`, "truncated"}},
		"cut-off-between-rows":   {"INSERT INTO visits VALUES (1,2,3),", visits, []string{"insert visits id,who,note 0", `1: "1" "2" "3"`, "truncated"}},
		"cut-off-before-the-end": {"INSERT INTO visits VALUES (1,2,3)", visits, []string{"insert visits id,who,note 0", `1: "1" "2" "3"`, "truncated"}},
		"cut-off-elsewhere":      {"INSERT INTO other VALUES (1,2", visits, []string{"truncated"}},
		"cut-off-definition":     {"CREATE TABLE visits (id int, who te", visits, []string{"define visits id,who 0", "truncated"}},
		"empty":                  {"", visits, nil},
		"no-sql":                 {"id,who\n1,2\n", visits, []string{"truncated"}},
	} {
		t.Run(name, func(t *testing.T) {
			for way, r := range map[string]io.Reader{
				"whole": strings.NewReader(c.dump), "by-bytes": iotest.OneByteReader(strings.NewReader(c.dump)),
			} {
				if diff := cmp.Diff(c.want, walk(t, mysqldump.NewReader(r, c.tables))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", way, diff)
				}
			}
		})
	}
}

func TestOthersAreCountedOnce(t *testing.T) {
	r := mysqldump.NewReader(strings.NewReader(
		"CREATE TABLE a (x int);INSERT INTO a VALUES (1);INSERT INTO b VALUES (1);INSERT INTO visits VALUES (1,2,3);INSERT INTO b VALUES (1);"), visits)
	want := []string{"insert visits id,who,note 0", `1: "1" "2" "3"`}
	if diff := cmp.Diff(want, walk(t, r)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if r.Others() != 2 {
		t.Errorf("%d other tables, want 2", r.Others())
	}
}

// TestRowsMayBeLeft shows that rows which nobody reads are passed over.
func TestRowsMayBeLeft(t *testing.T) {
	r := mysqldump.NewReader(strings.NewReader(
		"INSERT INTO visits VALUES (1,';','(');\nINSERT INTO visits VALUES (2,'a','b'),(3,'c','d');\nINSERT INTO visits VALUES (4,'e','f');"), visits)
	if _, ok := r.Next(); !ok {
		t.Fatal("no statement")
	}
	var got []string
	for {
		if _, ok := r.Next(); !ok {
			break
		}
		for row := range r.Rows() {
			got = append(got, string(row.Text(0)))
			break
		}
	}
	if diff := cmp.Diff([]string{"2", "4"}, got); diff != "" {
		t.Errorf("first rows (-want +got):\n%s", diff)
	}
}

func TestRow(t *testing.T) {
	r := mysqldump.NewReader(strings.NewReader("INSERT INTO visits VALUES (12,'34','5x'),(NULL,'','6');"), visits)
	if _, ok := r.Next(); !ok {
		t.Fatal("no statement")
	}
	var got []string
	for row := range r.Rows() {
		for i := -1; i <= row.Len(); i++ {
			n, ok := row.Int(i)
			got = append(got, fmt.Sprintf("%d: %q %t %d %t", i, row.Text(i), row.Null(i), n, ok))
		}
	}
	want := []string{
		`-1: "" true 0 false`, `0: "12" false 12 true`, `1: "34" false 34 true`, `2: "5x" false 0 false`, `3: "" true 0 false`,
		`-1: "" true 0 false`, `0: "" true 0 false`, `1: "" false 0 false`, `2: "6" false 6 true`, `3: "" true 0 false`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestRaw shows that each row is handed over as it stands in the dump.
func TestRaw(t *testing.T) {
	long := strings.Repeat("x),(9,", 3<<20/6)
	rows := []string{"(1,'a','b')", "(2, 'it\\'s)', NULL)", "(3,'" + long + "','c')", "(4,'" + long[:500_000] + "','c')"}
	r := mysqldump.NewReader(strings.NewReader("INSERT INTO visits VALUES "+strings.Join(rows, ",")+";"), visits)
	if _, ok := r.Next(); !ok {
		t.Fatal("no statement")
	}
	n := 0
	for row := range r.Rows() {
		want, problem := rows[n], ingest.Reason("")
		if n == 2 {
			want, problem = rows[n][:ingest.MaxRaw], ingest.ReasonTooLong
		}
		if string(row.Raw) != want || row.Problem != problem {
			t.Errorf("row %d: %d bytes and the problem %q, want %d bytes as in the dump and %q", n, len(row.Raw), row.Problem, len(want), problem)
		}
		if n == 2 && (string(row.Text(0)) != "3" || row.Text(1) != nil) {
			t.Errorf("of a row that is too long: %q and %d bytes, want what comes before the long value", row.Text(0), len(row.Text(1)))
		}
		n++
	}
	if n != len(rows) {
		t.Errorf("%d rows, want %d", n, len(rows))
	}
}

func TestInputError(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, text := range []string{"", "-- x\nINSERT INTO visits VALUES (1,2,3),", "-- x\nINSERT INTO visits VALUES (1,'", "\nCREATE TABLE visits ("} {
		r := mysqldump.NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), visits)
		for {
			if _, ok := r.Next(); !ok {
				break
			}
			for row := range r.Rows() {
				_ = row.Raw
			}
		}
		want := "reading the dump at line " + strconv.Itoa(1+strings.Count(text, "\n")) + ": the disk is gone"
		if err := r.Err(); !errors.Is(err, broken) || err.Error() != want {
			t.Errorf("after %q the error is %v, want %q", text, err, want)
		}
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"-- MySQL dump 10.13": true, "/*!40101 SET": true, "\n\ninsert into x": true, "CREATE TABLE": true, "# phpMyAdmin": true,
		"": false, "create": false, "id,date\n": false, "INSERTED BY\n": false, "<sql>": false, "use,of\n": false,
	} {
		if got := mysqldump.Is([]byte(text)); got != want {
			t.Errorf("Is(%q) = %t, want %t", text, got, want)
		}
	}
}

// repeated gives a beginning and then the same text again and again.
type repeated struct {
	start, text string
	left, at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.start != "" {
		n := copy(p, r.start)
		r.start = r.start[n:]
		return n, nil
	}
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.left -= n
	return n, nil
}

// TestMemoryIsBounded shows dumps of which nothing may be held.
func TestMemoryIsBounded(t *testing.T) {
	const size, most = 32 << 20, 8 << 20
	for name, c := range map[string]struct{ start, text string }{
		"rows":          {"INSERT INTO visits VALUES (1,'a','b')", ",(1,'it','b')"},
		"one-text":      {"INSERT INTO visits VALUES (1,'", "aaaaaaaaaaaaaaa"},
		"one-row":       {"INSERT INTO visits VALUES (1", ",1"},
		"parentheses":   {"INSERT INTO visits VALUES ", "("},
		"definition":    {"CREATE TABLE visits (x int", ",`x` int"},
		"other-table":   {"INSERT INTO other VALUES (1,'", "aaaaaaaaaaaaaaa"},
		"comment":       {"/*", "aaaaaaaaaaaaaaa"},
		"name":          {"INSERT INTO `", "aaaaaaaaaaaaaaa"},
		"column-list":   {"INSERT INTO visits (a", ",a"},
		"broken-values": {"INSERT INTO visits VALUES (1,!", "aaaaaaaaaaaaaaa"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := mysqldump.NewReader(&repeated{start: c.start, text: strings.Repeat(c.text, 4096/len(c.text)), left: size}, visits)
			for {
				if _, ok := r.Next(); !ok {
					break
				}
				for row := range r.Rows() {
					_ = row.Raw
				}
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Errorf("%d bytes allocated for a dump of %d, want at most %d", got, size, most)
			}
			if r.Truncated() == (name == "comment") {
				t.Errorf("truncated is %t", r.Truncated())
			}
		})
	}
}

// FuzzReader holds that what is read does not depend on how the input comes,
// that rows are parts of the input in its order, and that the walk ends.
func FuzzReader(f *testing.F) {
	f.Add("INSERT INTO visits VALUES (1,'a','b'),(2,NULL,0x41) junk;\nCREATE TABLE t (a int);")
	f.Add("INSERT INTO `v` (`a`) VALUES ('\\\\'),('''');DELIMITER ;;\nx\nDELIMITER ;\n/* */")
	f.Fuzz(func(t *testing.T, text string) {
		whole := walk(t, mysqldump.NewReader(strings.NewReader(text), nil))
		if diff := cmp.Diff(whole, walk(t, mysqldump.NewReader(iotest.HalfReader(strings.NewReader(text)), nil))); diff != "" {
			t.Errorf("read in pieces (-whole +pieces):\n%s", diff)
		}
		r := mysqldump.NewReader(strings.NewReader(text), nil)
		rest := text
		for {
			if _, ok := r.Next(); !ok {
				break
			}
			for row := range r.Rows() {
				i := strings.Index(rest, string(row.Raw))
				if i < 0 {
					t.Fatal("a row is no part of what comes behind the row above it")
				}
				rest = rest[i+len(row.Raw):]
			}
		}
	})
}

func TestDatabases(t *testing.T) {
	const dump = "INSERT INTO a VALUES (1);\nUSE `East`;\nCREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\n" +
		"INSERT INTO `west`.`a` VALUES (1);\nUSE west;\nREPLACE INTO a VALUES (1);\n"
	r := mysqldump.NewReader(strings.NewReader(dump), nil)
	var got []string
	for st, ok := r.Next(); ok; st, ok = r.Next() {
		got = append(got, st.Database+"/"+st.Table)
	}
	if diff := cmp.Diff([]string{"/a", "east/a", "east/a", "west/a", "west/a"}, got); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

func TestSelected(t *testing.T) {
	for dump, want := range map[string]bool{
		"-- Dumping data for table `a`\nINSERT INTO a VALUES (1);\n":                         false,
		"-- Dumping data for table `a`\n-- WHERE:  n > 1\n\nINSERT INTO a VALUES (1);\n":     true,
		"INSERT INTO a VALUES ('\n-- WHERE: in a text\n');\n":                                false,
		"INSERT INTO a VALUES (1);\n-- WHERE:  behind the rows\nINSERT INTO a VALUES (2);\n": true,
	} {
		r := mysqldump.NewReader(strings.NewReader(dump), nil)
		for _, ok := r.Next(); ok; _, ok = r.Next() {
		}
		if got := r.Selected(); got != want {
			t.Errorf("%q gives %t, want %t", dump, got, want)
		}
	}
}
