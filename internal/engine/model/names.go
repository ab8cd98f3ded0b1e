package model

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// fold returns a text in lower case, without marks on letters and without
// apostrophes, so that spellings of one name are equal.
func fold(s string) string {
	s = strings.ToLower(s)
	if !isASCII(s) {
		s = strings.NewReplacer("’", "", "‘", "", "ʼ", "", "´", "", "′", "").Replace(s)
		if plain, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn))), s); err == nil {
			s = plain
		}
		// What Unicode decomposition leaves as it is.
		s = strings.NewReplacer("ł", "l", "ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "đ", "d", "ð", "d", "þ", "th", "ı", "i").Replace(s)
	}
	return strings.NewReplacer("'", "", "`", "").Replace(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// words returns the runs of letters and digits of a folded text.
func words(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// nameKey is equal for spellings of one full name, in whatever order the parts
// stand: "Łuczak, Anna" and "ANNA LUCZAK". Titles do not count; suffixes and
// degrees do not either, unless too little would be left.
func nameKey(name string) string {
	parts := words(name)
	if kept := slices.DeleteFunc(slices.Clone(parts), isTitle); len(kept) > 0 {
		parts = kept
	}
	for i := len(parts) - 1; i >= 0 && len(parts) > 2; i-- {
		if isSuffix(parts[i]) {
			parts = slices.Delete(parts, i, i+1)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// sameName reports whether two keys can be one person's: one has all parts of
// the other, at least two, where an initial stands for a part that begins so.
func sameName(a, b string) bool {
	if a == b {
		return true
	}
	short, long := strings.Fields(a), strings.Fields(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	for _, p := range short {
		if !slices.ContainsFunc(long, func(q string) bool {
			return p == q || (len(p) == 1 && strings.HasPrefix(q, p)) || (len(q) == 1 && strings.HasPrefix(p, q))
		}) {
			return false
		}
	}
	return len(short) >= 2
}

func isTitle(part string) bool {
	switch part {
	case "dr", "mr", "mrs", "ms", "miss", "prof":
		return true
	}
	return false
}

func isSuffix(part string) bool {
	switch part {
	case "jr", "sr", "ii", "iii", "iv", "md", "do", "dds", "dmd", "rn", "np", "pa", "phd", "rdh", "lpn", "lcsw", "psyd":
		return true
	}
	return false
}

// isParticle reports whether a word is part of many surnames and kin of none.
func isParticle(part string) bool {
	switch part {
	case "de", "del", "della", "di", "da", "das", "dos", "du", "la", "le", "las", "los", "van", "von", "der", "den", "ter", "ten",
		"al", "el", "bin", "bint", "ibn", "abu", "st", "san", "santa", "mc", "mac", "y", "e", "nee", "born", "geb":
		return true
	}
	return false
}

// surnameKeys returns the keys of a surname: of a double name each part.
func surnameKeys(surname string) []string {
	var keys []string
	for _, w := range words(surname) {
		if isTitle(w) || isSuffix(w) || isParticle(w) || utf8.RuneCountInString(w) < 2 || slices.Contains(keys, w) {
			continue
		}
		keys = append(keys, w)
	}
	return keys
}

// staffSurnames returns the keys of the surnames in a full name: what stands
// before a comma, or else the last word with what a hyphen ties to it, and a
// name at birth in brackets or after "née".
func staffSurnames(name string) []string {
	name, birth := splitBirthName(name)
	keys := surnameKeys(birth)
	segments := strings.Split(name, ",")
	// "Hannah Park, DDS" has no surname before its comma.
	segments = slices.DeleteFunc(segments, func(s string) bool {
		return !slices.ContainsFunc(words(s), func(w string) bool { return !isSuffix(w) })
	})
	switch {
	case len(segments) == 0:
		return keys
	case len(segments) > 1:
		return merge(surnameKeys(segments[0]), keys)
	}
	fields := strings.Fields(segments[0])
	for len(fields) > 2 && isSuffix(strings.Join(words(fields[len(fields)-1]), "")) {
		fields = fields[:len(fields)-1]
	}
	if len(fields) == 0 {
		return keys
	}
	return merge(surnameKeys(fields[len(fields)-1]), keys)
}

func splitBirthName(name string) (rest, birth string) {
	if before, rest, ok := strings.Cut(name, "("); ok {
		inner, after, _ := strings.Cut(rest, ")")
		return before + after, inner
	}
	fields := strings.Fields(name)
	for i, f := range fields {
		if w := fold(f); (w == "nee" || w == "born") && i > 0 && i+1 < len(fields) {
			return strings.Join(fields[:i], " "), strings.Join(fields[i+1:], " ")
		}
	}
	return name, ""
}

func merge(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}
