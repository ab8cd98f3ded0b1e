package scrub

import "strings"

// looker looks at a file's fields before it is scrubbed. What it returns for
// names is what the scrubber will return, so that the paths are those of the copy.
type looker struct {
	scrub    *scrubber
	dayFirst int // dates that prove it
	month    int // dates that prove the contrary
	bare     int // numbers of days and months without a leading zero
	tooMany  bool
}

func (l *looker) name(text string) string { return l.scrub.name(text) }

func (l *looker) value(path, text string) string {
	trimmed := fold(strings.TrimSpace(text))
	if trimmed == "" {
		return text
	}
	f := l.scrub.fields[path]
	if f == nil {
		if len(l.scrub.fields) >= maxFields {
			l.tooMany = true
			return text
		}
		f = newField(path)
		l.scrub.fields[path] = f
	}
	f.filled++
	if l.scrub.values[trimmed] {
		f.hits++
		if len(trimmed) > 2 {
			f.long++
		}
	}
	pieces(text, func(p piece) {
		if p.kind == date {
			l.date(p.day)
		}
	})
	return text
}

func (l *looker) date(d dateParts) {
	if dayFirst, known := d.proof(); known && dayFirst && d.valid(style{}) {
		l.dayFirst++
	} else if known && !dayFirst && d.valid(style{}) {
		l.month++
	}
	for _, p := range d.parts {
		if (p.kind == '1' || p.kind == '2') && len(p.text) == 1 {
			l.bare++
		}
	}
}

// settle ends the look.
func (l *looker) settle() error {
	if l.tooMany {
		return errTooMany
	}
	for _, f := range l.scrub.fields {
		f.settle()
	}
	l.scrub.style = style{dayFirst: l.dayFirst > l.month, sure: l.dayFirst != l.month, bare: l.bare > 0}
	l.scrub.kept = Kept{}
	return nil
}

// checker looks for words of identifying texts in a copy.
type checker struct {
	scrub *scrubber
	found int
}

func (c *checker) name(text string) string {
	pieces(text, func(p piece) {
		if p.kind == word && len(p.text) >= shortest && c.scrub.ids[fold(p.text)] && !c.scrub.vocabulary.has(p.text) {
			c.found++
		}
	})
	return text
}

func (c *checker) value(path, text string) string {
	trimmed := strings.TrimSpace(text)
	f := c.scrub.fieldAt(path)
	if isConstant(trimmed) {
		return text
	}
	c.text(f, text)
	if inner, ok := encoded(trimmed); ok {
		c.text(f, inner)
	}
	return text
}

func (c *checker) text(f *field, text string) {
	pieces(text, func(p piece) {
		switch p.kind {
		case gap, date, clock:
			return
		case word, guid, addr, oid:
		}
		w := fold(p.text)
		switch {
		case len(w) < shortest || strings.Trim(w, "0-:.") == "" || isReserved(w):
		case c.scrub.vocabulary.has(p.text):
			if f.class == ident && c.scrub.ids[w] || f.class == mixed && c.scrub.isName(p.text) {
				c.found++
			}
		case !c.scrub.ids[w]:
		case f.class == frozen && numeric(w), f.class == coded && isCode(w):
		default:
			c.found++
		}
	})
}
