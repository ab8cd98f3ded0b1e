package intake

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// tuples finds the code of a tuple of values. It is no Go map, because that
// wants its key in one piece: putting together the values of every row, only to
// find that they are known, would take longer than everything else that is
// done with a row.
type tuples struct {
	seeds []maphash.Seed // one for each column
	slots []tupleSlot    // a power of two of them, at most three quarters full
	used  int
}

// tupleSlot is one tuple, or none if its key is empty.
type tupleSlot struct {
	key  string // see appendValue
	hash uint32
	code int32
}

func newTuples(columns int) tuples {
	const first = 64
	t := tuples{seeds: make([]maphash.Seed, columns), slots: make([]tupleSlot, first)}
	for i := range t.seeds {
		t.seeds[i] = maphash.MakeSeed()
	}
	return t
}

// valueHead is the number of bytes before a value in a key.
const valueHead = 3

// appendValue adds a value that is not empty to the key of a tuple. Its column
// and length go before it, so that different tuples have different keys.
func appendValue(key []byte, column int, value []byte) []byte {
	key = append(key, byte(column), byte(len(value)), byte(len(value)>>8)) //nolint:gosec // a dozen columns; at most ingest.MaxField
	return append(key, value...)
}

// cutValue takes the first value off a key that is not empty.
func cutValue(key string) (column int, value, rest string) {
	end := valueHead + (int(key[1]) | int(key[2])<<8)
	return int(key[0]), key[valueHead:end], key[end:]
}

// find returns the code of the tuple in a row of the columns.
func (t *tuples) find(hash uint32, columns tupleColumns, row int) (int32, bool) {
	mask := uint32(len(t.slots) - 1) //nolint:gosec // a dictionary is far below 2³²
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.key == "" {
			return 0, false
		}
		if s.hash == hash && columns.equal(row, s.key) {
			return s.code, true
		}
	}
}

// add remembers the code of a tuple that find does not find.
func (t *tuples) add(hash uint32, key string, code int32) {
	if 4*(t.used+1) > 3*len(t.slots) {
		old := t.slots
		t.slots = make([]tupleSlot, 2*len(old))
		for _, s := range old {
			if s.key != "" {
				t.put(s)
			}
		}
	}
	t.put(tupleSlot{key: key, hash: hash, code: code})
	t.used++
}

func (t *tuples) put(s tupleSlot) {
	mask := uint32(len(t.slots) - 1) //nolint:gosec // a dictionary is far below 2³²
	i := s.hash & mask
	for t.slots[i].key != "" {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

// hashes returns the hash of the tuple in each of the first rows. It is the sum
// of the hashes of the values, so that it is the same whichever columns are
// left out because they are empty.
func (t *tuples) hashes(columns tupleColumns, rows int, out []uint32) []uint32 {
	out = slices.Grow(out[:0], rows)[:rows]
	same := uint32(0)
	for i := range columns {
		if c := &columns[i]; c.constant {
			same += uint32(maphash.Bytes(t.seeds[c.number], c.at(0))) //nolint:gosec // half of the bits are enough
		}
	}
	for row := range out {
		out[row] = same
	}
	for i := range columns {
		c := &columns[i]
		if c.constant {
			continue
		}
		seed := t.seeds[c.number]
		for row := range out {
			if v := c.at(row); len(v) > 0 {
				out[row] += uint32(maphash.Bytes(seed, v)) //nolint:gosec // half of the bits are enough
			}
		}
	}
	return out
}

// tupleColumns are those columns of a batch that make up the tuples of one
// dictionary and have a value at all, in the order of the dictionary.
type tupleColumns []tupleColumn

type tupleColumn struct {
	number   int // in the dictionary
	ends     []int32
	text     []byte
	constant bool // all rows have the same value
}

// textTuples makes a column of texts; a null has no bytes.
func textTuples(number int, a *array.String) tupleColumn {
	c := tupleColumn{number: number, ends: a.ValueOffsets(), text: a.ValueBytes()}
	c.constant = c.isConstant()
	return c
}

// isConstant compares the text with itself, shifted by one value.
func (c *tupleColumn) isConstant() bool {
	size := c.ends[1] - c.ends[0]
	for i, end := range c.ends[1:] {
		if end-c.ends[i] != size {
			return false
		}
	}
	return bytes.Equal(c.text[size:], c.text[:len(c.text)-int(size)])
}

// flagTuples makes a column in which true is "1" and false is empty.
func flagTuples(number int, a *array.Boolean) tupleColumn {
	c := tupleColumn{number: number, ends: make([]int32, a.Len()+1)}
	for i := range a.Len() {
		if a.Value(i) {
			c.text = append(c.text, '1')
		}
		c.ends[i+1] = int32(len(c.text)) //nolint:gosec // the rows of a batch
	}
	return c
}

func (c *tupleColumn) at(row int) []byte {
	first := c.ends[0] // not 0 in a part of a batch
	return c.text[c.ends[row]-first : c.ends[row+1]-first]
}

// equal reports whether a row has the tuple with this key.
func (t tupleColumns) equal(row int, key string) bool {
	for i := range t {
		v := t[i].at(row)
		if len(v) == 0 {
			continue
		}
		end := valueHead + len(v)
		if len(key) < end || int(key[0]) != t[i].number || int(key[1])|int(key[2])<<8 != len(v) || key[valueHead:end] != string(v) {
			return false
		}
		key = key[end:]
	}
	return key == ""
}

// appendKey puts together the key of a row's tuple.
func (t tupleColumns) appendKey(key []byte, row int) []byte {
	for i := range t {
		if v := t[i].at(row); len(v) > 0 {
			key = appendValue(key, t[i].number, v)
		}
	}
	return key
}
