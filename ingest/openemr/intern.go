package openemr

// interner numbers texts that occur again and again. Number 0 is the empty text.
type interner struct {
	numbers map[string]uint32
	texts   []string
	classes []*class // of the texts that are events
	bytes   int
}

// internCost is what a text takes in memory beside its bytes.
const internCost = 80

func newInterner() *interner {
	return &interner{numbers: map[string]uint32{"": 0}, texts: []string{""}, classes: []*class{nil}}
}

// add returns the number of a text. It keeps a copy.
func (in *interner) add(text []byte) uint32 {
	if n, ok := in.numbers[string(text)]; ok {
		return n
	}
	s := string(text)
	n := uint32(len(in.texts)) //nolint:gosec // the owner resets the interner long before 2^32 texts
	in.numbers[s] = n
	in.texts = append(in.texts, s)
	in.classes = append(in.classes, nil)
	in.bytes += len(s) + internCost
	return n
}

func (in *interner) get(n uint32) string { return in.texts[n] }

// class returns what the text says if it is an event.
func (in *interner) class(n uint32) class {
	if in.classes[n] == nil {
		c := classify(in.texts[n])
		in.classes[n] = &c
	}
	return *in.classes[n]
}
