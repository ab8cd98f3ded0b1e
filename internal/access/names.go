package access

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// nameKey folds a person's name so that spellings of the same name are equal:
// "Łuczak, Anna", "anna luczak" and "ANNA  LUCZAK" have one key. The order of
// the parts does not count, suffixes and titles do not either, but for a short
// name: "Anh Do" is no doctor of osteopathy called Anh.
func nameKey(name string) string {
	folded := strings.ToLower(name)
	if !isASCII(folded) {
		folded = foldLetters(folded)
	}
	folded = strings.NewReplacer("'", "", "`", "").Replace(folded)
	parts := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
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

// similar reports whether two keys may be of one person: one has all parts of the
// other, at least two, where an initial stands for any part that begins with it.
func similar(a, b string) bool {
	short, long := strings.Fields(a), strings.Fields(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	for _, p := range short {
		if !slices.ContainsFunc(long, func(q string) bool {
			return p == q || (utf8.RuneCountInString(p) == 1 && strings.HasPrefix(q, p)) || (utf8.RuneCountInString(q) == 1 && strings.HasPrefix(p, q))
		}) {
			return false
		}
	}
	return len(short) >= 2
}

func isTitle(part string) bool {
	switch part {
	case "dr", "mr", "mrs", "ms":
		return true
	}
	return false
}

func isSuffix(part string) bool {
	switch part {
	case "jr", "sr", "ii", "iii", "iv", "md", "do", "dds", "dmd", "rn", "np", "pa", "phd":
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldLetters takes the marks off letters.
func foldLetters(s string) string {
	// Apostrophes that are letters or would become a space.
	s = strings.NewReplacer("’", "", "‘", "", "ʼ", "", "´", "", "′", "").Replace(s)
	folded, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn))), s)
	if err != nil {
		folded = s
	}
	// What Unicode decomposition leaves as it is.
	return strings.NewReplacer("ł", "l", "ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "đ", "d", "ð", "d", "þ", "th",
		"ı", "i").Replace(folded)
}
