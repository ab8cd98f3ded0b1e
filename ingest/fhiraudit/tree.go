package fhiraudit

// ref is the position of a node in its tree; 0 is no node, and every question
// asked of it has an empty answer.
type ref int

// node is one element of a resource. The elements of an array are siblings with
// the same field, which is also how XML writes them.
type node struct {
	text              string // the value of a primitive
	child, last, next ref
	pos, end          int // where it stands in the record's text
	field             field
}

// tree is one record, as JSON and XML both give it. Only the elements that the
// parser knows are in it. It is reused from record to record.
type tree struct {
	source string
	nodes  []node
}

// reset empties the tree and returns the node under which the record's
// resources are hung up.
func (t *tree) reset(source string) ref {
	t.source = source
	t.nodes = append(t.nodes[:0], node{}, node{})
	return 1
}

func (t *tree) add(parent ref, f field, text string, pos int) ref {
	n := ref(len(t.nodes))
	t.nodes = append(t.nodes, node{field: f, text: text, pos: pos})
	if p := &t.nodes[parent]; p.child == 0 {
		p.child, p.last = n, n
	} else {
		t.nodes[p.last].next = n
		p.last = n
	}
	return n
}

// get returns the first child of n with the field f.
func (t *tree) get(n ref, f field) ref {
	for c := t.nodes[n].child; c != 0; c = t.nodes[c].next {
		if t.nodes[c].field == f {
			return c
		}
	}
	return 0
}

// either returns the first child with one of two names that versions of the
// standard give to the same element.
func (t *tree) either(n ref, f, g field) ref {
	if c := t.get(n, f); c != 0 {
		return c
	}
	return t.get(n, g)
}

// more returns the next sibling of n with the same field.
func (t *tree) more(n ref) ref {
	f := t.nodes[n].field
	for c := t.nodes[n].next; c != 0; c = t.nodes[c].next {
		if t.nodes[c].field == f {
			return c
		}
	}
	return 0
}

// at follows a path of fields.
func (t *tree) at(n ref, path ...field) ref {
	for _, f := range path {
		n = t.get(n, f)
	}
	return n
}

// str returns the value at the end of a path, without surrounding blanks.
func (t *tree) str(n ref, path ...field) string { return trim(t.nodes[t.at(n, path...)].text) }

// coding is one code, or only its label where the source has no code.
type coding struct{ system, code, display string }

// label is the code, or what stands in its place.
func (c coding) label() string {
	if c.code != "" {
		return c.code
	}
	return c.display
}

// codings appends the codes of n, which is a Coding, a CodeableConcept or a
// bare code.
func (t *tree) codings(dst []coding, n ref) []coding {
	if n == 0 {
		return dst
	}
	first := t.get(n, fCoding)
	for c := first; c != 0; c = t.more(c) {
		dst = t.appendCoding(dst, c)
	}
	if first != 0 {
		return dst
	}
	return t.appendCoding(dst, n)
}

func (t *tree) appendCoding(dst []coding, n ref) []coding {
	c := coding{system: t.str(n, fSystem), code: t.str(n, fCode), display: t.str(n, fDisplay)}
	if c.display == "" {
		c.display = t.str(n, fText)
	}
	if c.code == "" && t.nodes[n].child == 0 {
		c.code = trim(t.nodes[n].text)
	}
	if c.label() == "" {
		return dst
	}
	return append(dst, c)
}

// allCodings appends the codes of every child of n with the field f.
func (t *tree) allCodings(dst []coding, n ref, f field) []coding {
	for c := t.get(n, f); c != 0; c = t.more(c) {
		dst = t.codings(dst, c)
	}
	return dst
}
