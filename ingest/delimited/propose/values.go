package propose

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// facts are what the values of a column have in common. Shares are of the cells
// that are not empty.
type facts struct {
	n, all   int // cells that are not empty, and all cells
	values   []Value
	distinct int
	time     timing

	numbers, ips, emails, hosts, logins, codes float64
	names, idNames, nameIDs, nameLogins        float64
	sentences, organisations                   float64
	actions, records, outcomes, truths         float64
	comma                                      float64 // "Last, First"
	divider                                    string  // of ids and names
	unique, rising                             bool
	letters                                    map[string]string // actions by single letters
}

// closed reports whether the values are a small set that repeats.
func (f *facts) closed() bool {
	const most, fewest = 80, 2
	return f.n > 0 && f.distinct <= most && f.n >= fewest*f.distinct
}

// look counts what the values of a column have in common.
func (d *draft) look(cells []string) *facts {
	f := &facts{all: len(cells), time: timesOf(cells)}
	counts := map[string]int{}
	last, rises, steps := 0.0, 0, 0
	for _, c := range cells {
		if c == "" {
			continue
		}
		f.n++
		counts[c]++
		if v, ok := wholeNumber(c); ok {
			if steps > 0 && v > last {
				rises++
			}
			steps++
			last = v
		}
	}
	f.distinct = len(counts)
	f.unique = f.n > 1 && f.distinct == f.n
	f.rising = f.unique && steps == f.n && (rises == steps-1 || rises == 0)
	for text, n := range counts {
		f.values = append(f.values, Value{Text: text, Count: n})
	}
	slices.SortFunc(f.values, func(a, b Value) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Text, b.Text)
	})
	f.letters = lettersOf(f.values)
	dividers := map[string]int{}
	for _, v := range f.values {
		d.lookAt(f, v, dividers)
	}
	best := 0
	for _, sep := range []string{" - ", "-", ": ", ":", " ", "/", "|"} {
		if dividers[sep] > best {
			f.divider, best = sep, dividers[sep]
		}
	}
	f.idNames = float64(best)
	if f.n > 0 {
		for _, share := range []*float64{
			&f.numbers, &f.ips, &f.emails, &f.hosts, &f.logins, &f.codes, &f.names, &f.idNames, &f.nameIDs, &f.nameLogins,
			&f.sentences, &f.organisations, &f.actions, &f.records, &f.outcomes, &f.truths, &f.comma,
		} {
			*share /= float64(f.n)
		}
	}
	return f
}

// lookAt adds one value to the counts.
func (d *draft) lookAt(f *facts, v Value, dividers map[string]int) {
	n := float64(v.Count)
	add := func(to *float64, is bool) {
		if is {
			*to += n
		}
	}
	action, sure := d.verbs.action(v.Text)
	add(&f.actions, action != "" && sure >= likely)
	_, record := d.verbs.record(v.Text)
	add(&f.records, record >= likely)
	_, outcome := d.outcome.Meaning(v.Text)
	add(&f.outcomes, outcome)
	add(&f.truths, isTruth(v.Text))
	add(&f.numbers, isNumber(v.Text))
	add(&f.ips, isIP(v.Text))
	add(&f.emails, isEmail(v.Text))
	add(&f.hosts, isHost(v.Text))
	add(&f.organisations, isOrganisation(v.Text))
	add(&f.codes, isCode(v.Text))
	add(&f.logins, d.isLogin(v.Text))
	name, comma := d.isName(v.Text)
	add(&f.names, name)
	add(&f.comma, comma)
	add(&f.sentences, len(strings.Fields(v.Text)) > 4 || len(v.Text) > 60)
	if sep := d.idAndName(v.Text); sep != "" {
		dividers[sep] += v.Count
	}
	before, inside, ok := bracketed(v.Text)
	if ok {
		name, _ := d.isName(before)
		add(&f.nameIDs, name && isCode(inside) && strings.ContainsAny(inside, "0123456789") && !d.isLogin(inside))
		add(&f.nameLogins, name && d.isLogin(inside))
	}
}

// likely is the confidence from which on something is taken.
const likely = 0.7

func wholeNumber(s string) (float64, bool) {
	if len(s) > 15 {
		return 0, false
	}
	v := 0.0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		v = v*10 + float64(r-'0')
	}
	return v, s != ""
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	if err == nil {
		return true
	}
	_, err = netip.ParseAddrPort(s)
	return err == nil
}

func isEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && strings.IndexByte(s[at:], '.') > 1 && !strings.ContainsAny(s, " ,;")
}

func isTruth(s string) bool {
	return slices.Contains([]string{"y", "n", "yes", "no", "true", "false", "0", "1", "t", "f", "x", "ja", "nein", "si", "sí", "oui", "non"}, strings.ToLower(s))
}

// isHost reports whether a value is written like the name of a computer.
func isHost(s string) bool {
	if strings.ContainsAny(s, " ,@") || len(s) < 3 || len(s) > 40 {
		return false
	}
	upper := strings.ToUpper(s)
	for _, word := range []string{"PC", "WS", "DESKTOP", "LAPTOP", "WKS", "TERM", "SRV", "KIOSK", "NB", "MAC", "SURFACE", "IPAD", "CLIENT", "STATION", "FRONTDESK", "RECEPTION", "LT", "DT", "VDI", "CTX"} {
		if rest, ok := strings.CutPrefix(upper, word); ok && (rest == "" || rest[0] == '-' || rest[0] == '_' || unicode.IsDigit(rune(rest[0]))) {
			return true
		}
		if strings.HasSuffix(upper, "-"+word) || strings.Contains(upper, "-"+word+"-") || strings.Contains(upper, "-"+word+"0") {
			return true
		}
	}
	return strings.HasSuffix(upper, ".LOCAL") || strings.HasSuffix(upper, ".LAN") || s == upper && strings.ContainsRune(s, '-') && strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s[:1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && hasLetters(s, 4)
}

func hasLetters(s string, least int) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n >= least
}

// isOrganisation reports whether a value names a firm and no person.
func isOrganisation(s string) bool {
	return slices.ContainsFunc(fields(s), func(w string) bool {
		return slices.Contains([]string{
			"inc", "llc", "ltd", "corp", "company", "insurance", "medicare", "medicaid", "aetna", "cigna", "humana", "health", "plan", "payer", "group",
			"clinic", "hospital", "associates", "laboratory", "labs", "pharmacy", "united", "bluecross", "tricare", "bcbs", "anthem", "mutual", "claim", "provider", "gmbh", "ppo", "hmo", "dental", "assurance", "center",
		}, w)
	})
}

// isCode reports whether a value is one word of letters, digits and signs.
func isCode(s string) bool {
	return s != "" && len(s) <= 40 && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./\\:#", r)
	})
}

// isLogin reports whether a value is written like the name of an account.
func (d *draft) isLogin(s string) bool {
	if isEmail(s) {
		return true
	}
	if !isCode(s) || !hasLetters(s, 2) || len(s) > 32 || isHost(s) || strings.ContainsAny(s, "/#:") {
		return false
	}
	return !d.verbs.knows(s)
}

// fields splits into lower-case words.
func fields(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
}

// isName reports whether a value is written like a person's name, and whether
// the family name comes first, before a comma.
func (d *draft) isName(s string) (name, comma bool) {
	s = withoutDegrees(s)
	_, first, comma := strings.Cut(s, ",")
	if comma && (strings.Contains(first, ",") || strings.TrimSpace(first) == "") {
		return false, false
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) < 2 || len(words) > 5 {
		return false, false
	}
	for _, w := range words {
		letters := []rune(strings.Trim(w, ".'’"))
		if len(letters) == 0 || !unicode.IsUpper(letters[0]) {
			if !slices.Contains([]string{"de", "van", "von", "der", "la", "del", "da", "di", "bin", "al", "den", "le"}, w) {
				return false, false
			}
			continue
		}
		for _, r := range letters {
			if !unicode.IsLetter(r) && !strings.ContainsRune("-'’.", r) {
				return false, false
			}
		}
	}
	for _, w := range words {
		if d.verbs.knows(w) && !comma {
			return false, false
		}
	}
	return true, comma
}

// withoutDegrees takes degrees off the end of a name: "Doe, Jane, MD".
func withoutDegrees(s string) string {
	for {
		i := strings.LastIndexByte(s, ',')
		if i < 0 {
			return s
		}
		degree := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s[i+1:]), ".", ""))
		if !slices.Contains([]string{"md", "do", "rn", "lpn", "np", "pa", "pa-c", "dds", "dmd", "ma", "cma", "phd", "lcsw", "jr", "sr", "ii", "iii", "fnp", "aprn", "rdh", "psyd"}, degree) {
			return s
		}
		s = strings.TrimSpace(s[:i])
	}
}

// idAndName returns what stands between the number and the name in a cell such
// as "123-Smith, Ann", or nothing.
func (d *draft) idAndName(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 1 {
		return ""
	}
	for _, sep := range []string{" - ", ": ", "-", ":", "/", "|", " "} {
		rest, ok := strings.CutPrefix(s[i:], sep)
		if !ok {
			continue
		}
		if name, _ := d.isName(strings.TrimSpace(rest)); name {
			return sep
		}
	}
	return ""
}

// bracketed takes "Smith, Ann (123)" apart.
func bracketed(s string) (before, inside string, ok bool) {
	open := strings.LastIndexAny(s, "([")
	if open < 1 || !strings.HasSuffix(s, ")") && !strings.HasSuffix(s, "]") {
		return "", "", false
	}
	inside = strings.TrimPrefix(strings.TrimPrefix(s[open+1:len(s)-1], "MRN"), "#")
	return strings.TrimSpace(s[:open]), strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(inside), ":")), true
}

// outcomeWords is the vocabulary of outcomes.
func outcomeWords() delimited.Words { return delimited.CommonWords(ingest.ColOutcome) }

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
