package epic

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// meaning is what a phrase of the log says was done.
type meaning struct {
	action     ingest.Action
	outcome    ingest.Outcome
	breakGlass bool
	record     ingest.RecordType
}

// place says where in a phrase the words of a rule must stand.
type place int

const (
	anywhere place = iota
	whole          // the words are the phrase
	end            // nothing follows but a preposition, punctuation or the end of the phrase
	start          // the phrase begins with the words, and no noun makes them part of its name
)

// rule maps phrases that have certain words in a certain place. Words are
// compared whole: "unsigned" is not "signed".
type rule struct {
	at    place
	any   []string // one of these
	with  []string // and, if there are any, one of these anywhere
	means ingest.Action
	fails bool
}

// rules returns the rules in their order; the first that fits decides. Metrics
// are written in two ways, "Note signed" and "Sign note". What stands at the end
// is therefore asked before what stands at the start, and a word in the middle,
// which may belong to the object ("Deleted notes list"), only at last.
func rules() []rule {
	const glass = "break the glass"
	return []rule{
		{at: anywhere, any: []string{glass, "break glass", "btg"}, with: []string{"canceled", "cancelled", "declined", "denied", "failed"}, means: ingest.ActionBreakGlass, fails: true},
		{at: anywhere, any: []string{glass, "break glass", "btg"}, means: ingest.ActionBreakGlass},

		{at: whole, any: []string{"signed in", "user signed in", "sign in"}, means: ingest.ActionLogin},
		{at: whole, any: []string{"signed out", "user signed out"}, means: ingest.ActionLogout},
		{at: end, any: failedLogin(), means: ingest.ActionLoginFailed, fails: true},
		{at: end, any: []string{"logged in", "logged into", "logged on", "login", "logon", "login successful"}, means: ingest.ActionLogin},
		{at: end, any: []string{"logged out", "logged off", "logout", "logoff", "log out", "log off"}, means: ingest.ActionLogout},
		{at: end, any: []string{"print failed", "printing failed"}, means: ingest.ActionPrint, fails: true},
		{at: end, any: []string{"export failed"}, means: ingest.ActionExport, fails: true},
		{at: end, any: []string{"access denied"}, means: ingest.ActionOther, fails: true},

		{at: end, any: []string{"sent"}, with: []string{"care everywhere"}, means: ingest.ActionExport},
		{at: end, any: []string{"released"}, with: []string{"order", "orders"}, means: ingest.ActionUpdate}, // an order is released to be carried out
		{at: end, any: viewed(), means: ingest.ActionView},
		{at: end, any: []string{"read"}, means: ingest.ActionView},
		{at: end, any: printed(), means: ingest.ActionPrint},
		{at: end, any: exported(), means: ingest.ActionExport},
		{at: end, any: deleted(), means: ingest.ActionDelete},
		{at: end, any: created(), means: ingest.ActionCreate},
		{at: end, any: append(updated(), "saved"), means: ingest.ActionUpdate},
		{at: end, any: searched(), means: ingest.ActionSearch},

		{at: anywhere, any: []string{"signed out", "sign out", "signed in", "sign in"}, means: ingest.ActionOther}, // a hand-over, a sheet
		{at: start, any: []string{"released", "release"}, with: []string{"order", "orders"}, means: ingest.ActionUpdate},
		{at: start, any: failedLogin(), means: ingest.ActionLoginFailed, fails: true},
		{at: start, any: []string{"logged in", "logged into", "logged on", "user logged in", "log in", "log into"}, means: ingest.ActionLogin},
		{at: start, any: []string{"logged out", "logged off", "user logged out", "log out", "log off"}, means: ingest.ActionLogout},
		{at: start, any: append(viewed(), "view", "view history", "view log", "view activity", "select", "display", "open chart", "open encounter", "open note", "open patient"), means: ingest.ActionView},
		{at: start, any: append(printed(), "print", "reprint"), means: ingest.ActionPrint},
		{at: start, any: append(exported(), "export", "download", "release"), means: ingest.ActionExport},
		{at: start, any: append(deleted(), "delete", "remove"), means: ingest.ActionDelete},
		{at: start, any: append(created(), "create", "add", "enter", "insert"), means: ingest.ActionCreate},
		{at: start, any: append(updated(), "sign", "modify", "edit", "update", "change", "amend", "cosign", "attest", "verify"), means: ingest.ActionUpdate},
		{at: start, any: append(searched(), "search", "query", "lookup", "look up"), means: ingest.ActionSearch},

		{at: anywhere, any: viewed(), means: ingest.ActionView},
		{at: anywhere, any: printed(), means: ingest.ActionPrint},
		{at: anywhere, any: exported(), means: ingest.ActionExport},
		{at: anywhere, any: deleted(), means: ingest.ActionDelete},
		{at: anywhere, any: created(), means: ingest.ActionCreate},
		{at: anywhere, any: updated(), means: ingest.ActionUpdate},
		{at: anywhere, any: searched(), means: ingest.ActionSearch},
	}
}

func viewed() []string {
	return []string{"viewed", "accessed", "loaded", "selected", "opened", "displayed"}
}
func printed() []string  { return []string{"printed", "reprinted"} }
func exported() []string { return []string{"exported", "released", "downloaded"} }
func deleted() []string  { return []string{"deleted", "removed"} }
func created() []string  { return []string{"created", "added", "entered", "inserted"} }
func searched() []string { return []string{"searched", "looked up", "queried"} }

func updated() []string {
	return []string{
		"pend", "pended", "signed", "filed", "modified", "modify", "edited", "updated", "changed", "amended",
		"cosigned", "attested", "verified", "inactivated", "archived",
	}
}

func failedLogin() []string {
	return []string{"login failed", "failed login", "login failure", "logon failed", "failed to log in"}
}

// names returns words that look like verbs and are part of a name or of a state.
// They are taken out before the rules are asked.
func names() []string {
	return []string{
		"entered in error", "search results", "search result", "print group", "print groups", "print preview", "lookup list",
		"signed and held",
		"break the glass report", "break the glass log", "break the glass history", "break the glass settings",
	}
}

// nouns returns words that turn a verb before them into a noun: "View settings",
// "Lookup table".
func nouns() []string {
	return []string{
		"activity", "audit", "button", "count", "definition", "failed", "field", "form", "group", "history", "log", "menu", "mode", "on",
		"only", "options", "out", "preview", "queue", "settings", "table", "tables", "tool", "type", "types", "value", "values",
		"window", "workspace",
	}
}

// prepositions returns words that begin what only says where or how.
func prepositions() []string {
	return []string{
		"after", "as", "at", "before", "by", "during", "for", "from", "in", "into", "of", "on", "through", "to", "using", "via",
		"with", "within", "without",
	}
}

// gap stands where a phrase is interrupted. No word of a rule matches it.
const gap = "|"

// words cuts a phrase into lower-case words, with gaps for punctuation that
// interrupts it. Hyphens inside words and underscores separate words only.
func words(phrase string) []string {
	var out []string
	for _, field := range strings.FieldsFunc(strings.ToLower(phrase), func(r rune) bool {
		return unicode.IsSpace(r) || r == '_' || r == '/'
	}) {
		for field != "" {
			i := strings.IndexFunc(field, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			switch {
			case i < 0:
				out = append(out, field)
				field = ""
			case i > 0:
				out = append(out, field[:i])
				field = field[i:]
			default:
				r, size := utf8.DecodeRuneInString(field)
				field = field[size:]
				if inside := r == '-' && field != "" && len(out) > 0; !inside && r != '\'' {
					out = append(out, gap)
				}
			}
		}
	}
	return withoutNames(out)
}

// withoutNames puts gaps where words are no verbs, and where they are denied.
func withoutNames(all []string) []string {
	for _, name := range names() {
		part := strings.Fields(name)
		for {
			i := indexOf(all, part)
			if i < 0 {
				break
			}
			all = slices.Replace(all, i, i+len(part), gap)
		}
	}
	for i := 1; i < len(all); i++ {
		denied := all[i-1] == "not" || all[i-1] == "never" || i > 1 && all[i-1] == "be" && all[i-2] == "to"
		if denied {
			all[i] = gap
		}
	}
	return all
}

// indexOf returns where part stands in all as consecutive words, or -1.
func indexOf(all, part []string) int {
	for i := 0; i+len(part) <= len(all); i++ {
		if slices.Equal(all[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

// vocabulary knows what phrases mean. It remembers its answers, because a log
// has millions of rows and some hundred phrases.
type vocabulary struct {
	rules []parsedRule
	known map[string]meaning
}

type parsedRule struct {
	rule
	any  [][]string
	with [][]string
}

// maxKnown bounds the memory for phrases.
const maxKnown = 4 << 10

func newVocabulary() *vocabulary {
	v := &vocabulary{known: map[string]meaning{}}
	for _, r := range rules() {
		v.rules = append(v.rules, parsedRule{rule: r, any: fields(r.any), with: fields(r.with)})
	}
	return v
}

func fields(phrases []string) [][]string {
	out := make([][]string, 0, len(phrases))
	for _, p := range phrases {
		out = append(out, strings.Fields(p))
	}
	return out
}

// of returns the meaning of a phrase.
func (v *vocabulary) of(phrase string) meaning {
	m, ok := v.known[phrase]
	if !ok {
		m = v.find(words(phrase))
		if len(v.known) < maxKnown {
			v.known[strings.Clone(phrase)] = m
		}
	}
	return m
}

func (v *vocabulary) find(all []string) meaning {
	m := meaning{action: ingest.ActionOther, outcome: ingest.OutcomeSuccess, record: recordOf(all)}
	i := slices.IndexFunc(v.rules, func(r parsedRule) bool { return r.fits(all) })
	if i < 0 {
		return m
	}
	m.action = v.rules[i].means
	if v.rules[i].fails {
		m.outcome = ingest.OutcomeFailure
	}
	m.breakGlass = m.action == ingest.ActionBreakGlass && m.outcome == ingest.OutcomeSuccess
	if isSession(m.action) {
		m.record = ingest.RecordSession
	}
	return m
}

func isSession(a ingest.Action) bool {
	return a == ingest.ActionLogin || a == ingest.ActionLogout || a == ingest.ActionLoginFailed
}

func (r *parsedRule) fits(all []string) bool {
	has := func(part []string) bool { return indexOf(all, part) >= 0 }
	if len(r.with) > 0 && !slices.ContainsFunc(r.with, has) {
		return false
	}
	return slices.ContainsFunc(r.any, func(part []string) bool {
		switch r.at {
		case whole:
			return slices.Equal(all, part)
		case start:
			return startsWith(all, part)
		case end:
			return endsWith(all, part)
		default:
			return has(part)
		}
	})
}

func startsWith(all, part []string) bool {
	if len(all) < len(part) || !slices.Equal(all[:len(part)], part) {
		return false
	}
	rest := all[len(part):]
	return len(rest) == 0 || !slices.Contains(nouns(), rest[0])
}

// endsWith reports whether part stands at the end of the phrase or of a part of
// it that a preposition or punctuation ends.
func endsWith(all, part []string) bool {
	for from := 0; ; {
		i := indexOf(all[from:], part)
		if i < 0 {
			return false
		}
		from += i + 1
		rest := all[from-1+len(part):]
		if len(rest) == 0 || rest[0] == gap || slices.Contains(prepositions(), rest[0]) {
			return true
		}
	}
}
