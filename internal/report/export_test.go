package report

// HasLetter reports whether the embedded letters are said to have a character.
func HasLetter(r rune) bool { return hasLetter(r) }
