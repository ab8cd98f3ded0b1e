package propose_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
	"github.com/chartwatch/chartwatch/ingest/delimited/propose"
)

// set is one table of testdata.
type set struct {
	name                   string
	style, sep, pre, foot  string
	headers, fields, kinds []string
}

func loadSets(t *testing.T, path string) []set {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []set
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, ";;"):
		case strings.HasPrefix(line, "["):
			name, rest, _ := strings.Cut(line[1:], "]")
			s := set{name: name, sep: "comma"}
			for word := range strings.FieldsSeq(rest) {
				key, value, _ := strings.Cut(word, "=")
				switch key {
				case "time":
					s.style = value
				case "sep":
					s.sep = value
				case "pre":
					s.pre = value
				case "foot":
					s.foot = value
				}
			}
			all = append(all, s)
		default:
			parts := strings.Split(line, "|")
			if len(parts) != 3 || len(all) == 0 {
				t.Fatalf("%s: %q is no column", path, line)
			}
			s := &all[len(all)-1]
			s.headers = append(s.headers, parts[0])
			s.fields = append(s.fields, parts[1])
			s.kinds = append(s.kinds, parts[2])
		}
	}
	return all
}

// tally counts columns.
type tally struct{ right, wrong, unsure, missed, tables, run int }

func (n tally) all() int { return n.right + n.wrong + n.unsure + n.missed }

func (n tally) String() string {
	share := func(k int) string {
		return strconv.FormatFloat(100*float64(k)/float64(max(n.all(), 1)), 'f', 1, 64) + " %"
	}
	return fmt.Sprintf("%d tables, %d columns: right %s, wrong %s, unsure %s, left out %s; %d mappings run as they are",
		n.tables, n.all(), share(n.right), share(n.wrong), share(n.unsure), share(n.missed), n.run)
}

// judge compares a proposal with what is right.
func judge(t *testing.T, s set, p *propose.Proposal, into *tally, verbose bool) {
	t.Helper()
	if len(p.Columns) != len(s.headers) {
		t.Errorf("%s: %d columns, want %d", s.name, len(p.Columns), len(s.headers))
		return
	}
	into.tables++
	if p.Runs {
		into.run++
	}
	for i, c := range p.Columns {
		want := strings.Split(s.fields[i], "/")
		mapped := c.Sure && c.Field != ""
		verdict := "right"
		switch {
		case mapped && slices.Contains(want, c.Field):
			into.right++
		case mapped:
			into.wrong++
			verdict = "WRONG"
		case slices.Contains(want, "-") && (c.Field == "" || c.Sure):
			into.right++
		case slices.Contains(want, "-") || c.Field != "":
			into.unsure++
			verdict = "unsure"
		default:
			into.missed++
			verdict = "missed"
		}
		if verbose && verdict != "right" {
			t.Logf("%s %q: %s, want %s, got %q sure=%t %.2f (%s)", s.name, s.headers[i], verdict, s.fields[i], c.Field, c.Sure, c.Confidence, c.Why)
		}
	}
}

func measure(t *testing.T, sets []set, verbose bool) tally {
	t.Helper()
	var n tally
	for i, s := range sets {
		data := write(s, 150, int64(1000+i))
		h := ingest.Head{Name: s.name + ".csv", Bytes: data[:min(len(data), ingest.HeadSize)], Complete: len(data) <= ingest.HeadSize}
		p, err := propose.Propose(h, strings.NewReader(string(data)), propose.Options{})
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		judge(t, s, p, &n, verbose)
		if p.Runs != (len(required(p)) == 0) {
			t.Errorf("%s: runs is %t, with %d questions about required fields:\n%s", s.name, p.Runs, len(required(p)), p.Mapping)
		}
		if p.Runs {
			if _, err := delimited.Plugin().New(ingest.Settings{Mapping: []byte(p.Mapping)}); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		}
	}
	return n
}

// required returns the questions without whose answer a mapping cannot be used.
func required(p *propose.Proposal) []propose.Question {
	return slices.DeleteFunc(slices.Clone(p.Questions), func(q propose.Question) bool { return q.Field == ingest.ColPatientID })
}

// TestMeasure is the yardstick: of the columns of many tables, most must be
// right and nearly none wrong.
func TestMeasure(t *testing.T) {
	invented := loadSets(t, "testdata/invented.txt")
	var tuned, held []set
	for i, s := range invented {
		if i%2 == 0 {
			tuned = append(tuned, s)
		} else {
			held = append(held, s)
		}
	}
	verbose := os.Getenv("PROPOSE_HELD") != ""
	for _, x := range []struct {
		name    string
		sets    []set
		right   float64
		verbose bool
	}{
		{"vendors", loadSets(t, "testdata/vendors.txt"), 0.9, true},
		{"tuned", tuned, 0.9, true},
		{"traps", loadSets(t, "testdata/traps.txt"), 0.8, true},
		{"held-out", held, 0.9, verbose},
		{"fresh", loadSets(t, "testdata/fresh.txt"), 0.9, verbose},
		{"blind", loadSets(t, "testdata/blind.txt"), 0.75, verbose},
	} {
		t.Run(x.name, func(t *testing.T) {
			n := measure(t, x.sets, x.verbose)
			t.Log(n)
			if float64(n.right) < x.right*float64(n.all()) || float64(n.wrong) >= 0.01*float64(n.all()) {
				t.Errorf("too few columns are right, or too many wrong: %s", n)
			}
		})
	}
}

// TestFewRows: with few rows less is proven, and no more may be wrong.
func TestFewRows(t *testing.T) {
	for _, rows := range []int{1, 3, 8, 25} {
		t.Run(strconv.Itoa(rows), func(t *testing.T) {
			var n tally
			for _, path := range []string{"testdata/vendors.txt", "testdata/traps.txt", "testdata/invented.txt"} {
				for i, s := range loadSets(t, path) {
					if path == "testdata/invented.txt" && i%2 == 1 {
						continue
					}
					data := write(s, rows, int64(i))
					p, err := propose.Propose(ingest.Head{Name: "x.csv", Bytes: data, Complete: true}, nil, propose.Options{})
					if err != nil {
						t.Errorf("%s: %v", s.name, err)
						continue
					}
					judge(t, s, p, &n, true)
				}
			}
			t.Log(n)
			if float64(n.wrong) >= 0.01*float64(n.all()) {
				t.Errorf("too many columns are wrong: %s", n)
			}
		})
	}
}
