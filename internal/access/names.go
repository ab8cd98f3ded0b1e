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
// the parts does not count, suffixes and titles do not either.
func nameKey(name string) string {
	folded := strings.ToLower(name)
	if !isASCII(folded) {
		folded = foldLetters(folded)
	}
	folded = strings.ReplaceAll(folded, "'", "")
	parts := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	kept := parts[:0]
	for _, p := range parts {
		switch p {
		case "jr", "sr", "ii", "iii", "iv", "md", "do", "dds", "dmd", "rn", "np", "pa", "phd", "dr", "mr", "mrs", "ms":
		default:
			kept = append(kept, p)
		}
	}
	slices.Sort(kept)
	return strings.Join(kept, " ")
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
	folded, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn))), s)
	if err != nil {
		folded = s
	}
	// What Unicode decomposition leaves as it is.
	return strings.NewReplacer("ł", "l", "ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "đ", "d", "ð", "d", "þ", "th",
		"ı", "i", "’", "", "`", "").Replace(folded)
}
