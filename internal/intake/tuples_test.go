package intake_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/intake"
)

// column makes an Arrow column in which an empty text is a null.
func column(t *testing.T, values []string) *array.String {
	t.Helper()
	b := array.NewStringBuilder(memory.NewGoAllocator())
	for _, v := range values {
		if v == "" {
			b.AppendNull()
		} else {
			b.Append(v)
		}
	}
	return b.NewStringArray()
}

func TestTuples(t *testing.T) {
	table := intake.NewTupleTable(3)
	empty := []string{"", "", "", "", "", ""}
	for _, c := range []struct {
		columns [3][]string
		want    []int32
	}{
		{[3][]string{{"ab", "a", "", "ab", "", "a"}, {"c", "bc", "abc", "c", "", ""}, empty}, []int32{1, 2, 3, 1, 0, 4}},
		// The same tuples where other columns are empty or constant throughout.
		{[3][]string{{"a", "a", "a", "a", "a", "a"}, empty, empty}, []int32{4, 4, 4, 4, 4, 4}},
		{[3][]string{empty, empty, empty}, []int32{0, 0, 0, 0, 0, 0}},
		{[3][]string{empty, {"abc", "abc", "abc", "abc", "abc", "abc"}, {"", "", "x", "", "", ""}}, []int32{3, 3, 5, 3, 3, 3}},
		{[3][]string{empty, empty, {"abc", "ab", "abc", "a", "", "x"}}, []int32{6, 7, 6, 8, 0, 9}},
		{[3][]string{{"aa", "bb", "aa", "aa", "ba", "ab"}, empty, empty}, []int32{10, 11, 10, 10, 12, 13}},
	} {
		got := table.Codes(6, column(t, c.columns[0]), column(t, c.columns[1]), column(t, c.columns[2]))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: codes (-want +got):\n%s", c.columns, diff)
		}
	}
}

func TestTuplesAreToldApart(t *testing.T) {
	const rows = 3000
	rng := rand.New(rand.NewPCG(1, 2))
	table, known := intake.NewTupleTable(2), map[string]int32{}
	for range 10 {
		a, b := make([]string, rows), make([]string, rows)
		for i := range rows {
			a[i], b[i] = strings.Repeat("x", rng.IntN(3)), strconv.Itoa(rng.IntN(2000))
		}
		// A part of a larger column, as around a row that is rejected.
		whole := column(t, append([]string{"before"}, b...))
		part, ok := array.NewSlice(whole, 1, rows+1).(*array.String)
		if !ok {
			t.Fatal("a slice of texts is not texts")
		}
		for i, code := range table.Codes(rows, column(t, a), part) {
			key := a[i] + "|" + b[i]
			if _, ok := known[key]; !ok {
				known[key] = int32(len(known) + 1)
			}
			if code != known[key] {
				t.Fatalf("tuple %s has code %d, want %d", key, code, known[key])
			}
		}
	}
	if len(known) < 5000 {
		t.Errorf("only %d tuples: the table has hardly grown", len(known))
	}
}
