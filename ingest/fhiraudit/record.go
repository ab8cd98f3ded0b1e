package fhiraudit

import (
	"strings"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// reader turns the pieces of a batch into results. It keeps its buffers from
// batch to batch and belongs to one goroutine.
type reader struct {
	tree
	results []result
	text    string // of the current piece
	line    int64

	kinds, subs, codes, purposes []coding
	agents                       []agent
	patients                     []patient

	inner *reader // reads the messages of a log that are JSON as a text
}

// read reads one batch.
func (r *reader) read(b *batch) {
	r.results = b.results[:0]
	text := string(b.buf)
	for i := range b.items {
		it := &b.items[i]
		r.text, r.line = text[it.start:it.end], it.line
		r.item(it)
	}
	b.results = r.results
}

func (r *reader) item(it *item) {
	switch it.kind {
	case itemSkip:
		r.skip(it.skip)
	case itemTooLong:
		r.fail(ingest.ReasonTooLong)
	case itemBroken:
		r.fail(ingest.ReasonBadSyntax)
	case itemCut:
		r.cut(resultCut)
	case itemDamaged:
		r.cut(resultNought)
	case itemXML:
		if r.encoded() {
			r.visitRead(r.readXML(r.text), false)
		}
	case itemValue, itemEntry:
		if r.encoded() {
			_, st := r.readJSON(r.text)
			r.visitRead(st, it.kind == itemEntry)
		}
	case itemLine:
		if r.encoded() {
			r.readLine(it.final)
		}
	}
}

// encoded reports whether the piece is UTF-8 text, and rejects it if not.
func (r *reader) encoded() bool {
	if utf8.ValidString(r.text) {
		return true
	}
	r.fail(ingest.ReasonBadEncoding)
	return false
}

// visitRead handles the resources of a piece that has been read.
func (r *reader) visitRead(st status, entry bool) {
	switch st {
	case statusDeep:
		r.fail(ingest.ReasonTooDeep)
	case statusEnd, statusSyntax:
		r.fail(ingest.ReasonBadSyntax)
	case statusOK:
		before := len(r.results)
		for n := r.get(1, fResource); n != 0; n = r.more(n) {
			// An entry may do without a resource, such as the answer to a deletion.
			if !r.visit(n) && (!entry || r.get(n, fResource) != 0) {
				r.fail(ingest.ReasonWrongType)
			}
		}
		if len(r.results) == before && !entry && r.get(1, fResource) == 0 {
			r.fail(ingest.ReasonWrongType)
		}
	}
}

// visit handles one resource, and what is in it if it is a Bundle. It reports
// false for something that is no resource.
func (r *reader) visit(n ref) bool {
	inner := r.get(n, fResource)
	switch typ := r.str(n, fResourceType); {
	case typ == auditEvent:
		r.event(n)
	case typ == bundle:
		for e := r.get(n, fEntry); e != 0; e = r.more(e) {
			if c := r.get(e, fResource); c != 0 && !r.visit(c) {
				r.reject(c, "resourceType", ingest.ReasonWrongType)
			}
		}
	case typ != "":
		r.skip(ingest.SkipOtherResource)
	case r.get(n, fMessage) != 0:
		r.logRecord(n)
	case inner != 0:
		return r.visit(inner)
	default:
		return false
	}
	return true
}

// readLine handles one line of a log: one object, several, a prefix and an object,
// or an envelope.
func (r *reader) readLine(final bool) {
	line := r.text
	mention, quoted := strings.Index(line, auditEventQuoted), strings.Contains(line, auditEventEscaped)
	if mention < 0 && !quoted {
		r.otherLine(final)
		return
	}
	found, seen := false, false
	broken, envelope := statusOK, statusOK // how reading an AuditEvent failed, or what holds one
	for i := nextObject(line, 0); i >= 0; {
		r.text = line[i:]
		end, st := r.readJSON(r.text)
		n := r.get(1, fResource)
		switch {
		case st != statusOK:
			if r.isEvent(n) {
				broken = st
			} else if quoted && strings.Contains(line[i:], auditEventEscaped) {
				envelope = st
			}
			i = nextObject(line, i+1)
		case r.isEnvelope(n):
			seen = seen || i < mention && mention < i+end
			found = r.messages(n) || found
			i = nextObject(line, i+1)
		default:
			r.text = r.text[:end]
			found = r.visit(n) || found
			i = nextObject(line, i+end)
		}
	}
	r.text = line
	if broken == statusOK && !found {
		broken = envelope
		if !seen && mention >= 0 && strings.HasSuffix(strings.TrimRight(line[:mention], ": "), `Type"`) {
			broken = statusSyntax // the second half of an event
		}
	}
	switch {
	case broken == statusDeep:
		r.fail(ingest.ReasonTooDeep)
	case broken == statusEnd && final:
		r.cut(resultCut)
	case broken != statusOK:
		r.fail(ingest.ReasonBadSyntax)
	case !found:
		r.skip(ingest.SkipOtherLine)
	}
}

// otherLine counts a line without an AuditEvent.
func (r *reader) otherLine(final bool) {
	if nextObject(r.text, 0) != 0 {
		r.skip(ingest.SkipOtherLine)
		return
	}
	_, st := r.readJSON(r.text)
	switch {
	case st == statusDeep:
		r.fail(ingest.ReasonTooDeep)
	case st == statusEnd && final:
		r.cut(resultCut)
	case st != statusOK:
		r.fail(ingest.ReasonBadSyntax)
	case r.str(1, fResource, fResourceType) != "":
		r.skip(ingest.SkipOtherResource)
	default:
		r.skip(ingest.SkipOtherLine)
	}
}

// auditEventEscaped is how the type looks in JSON that is a text in JSON.
const auditEventEscaped = `"AuditEvent\`

// isEnvelope reports whether an object is what a logger puts around a message.
func (r *reader) isEnvelope(n ref) bool {
	return r.str(n, fResourceType) == "" && (r.get(n, fResource) == 0 || r.get(n, fMessage) != 0)
}

// messages handles the messages of an envelope that hold an event as a text, and
// reports whether there was one.
func (r *reader) messages(n ref) bool {
	found := false
	for m := r.get(n, fMessage); m != 0; m = r.more(m) {
		if text := r.nodes[m].text; strings.Contains(text, `"`+auditEvent) {
			found = true
			r.readInner(text)
		}
	}
	return found
}

// logRecord handles a record of a log that stands in an array and not on a line.
func (r *reader) logRecord(n ref) {
	piece := r.source[r.nodes[n].pos:r.nodes[n].end]
	if !strings.Contains(piece, auditEventQuoted) && !strings.Contains(piece, auditEventEscaped) {
		r.skip(ingest.SkipOtherLine)
		return
	}
	line := r.line
	r.line = r.lineOf(n)
	r.readInner(piece)
	r.line = line
}

// readInner reads a text as a line of a log. All that is in it stands on the line
// of its record.
func (r *reader) readInner(text string) {
	if r.inner == nil {
		r.inner = &reader{}
	}
	in := r.inner
	in.results, in.line = in.results[:0], r.line
	in.text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "\r", " "))
	in.readLine(false)
	r.results = append(r.results, in.results...)
}

// nextObject returns where the next JSON object of a line may begin: at a brace
// before a quote.
func nextObject(s string, from int) int {
	for i := from; i < len(s); i++ {
		j := strings.IndexByte(s[i:], '{')
		if j < 0 {
			return -1
		}
		i += j
		if rest := strings.TrimLeft(s[i+1:], " \t"); rest != "" && rest[0] == '"' {
			return i
		}
	}
	return -1
}

// mentions reports whether a piece is an AuditEvent or holds one. It also
// serves for a piece that is cut off.
func (r *reader) mentions(text string, k itemKind) bool {
	from := 0
	if k == itemLine {
		if !strings.Contains(text, auditEventQuoted) && !strings.Contains(text, auditEventEscaped) {
			return false
		}
		from = nextObject(text, 0)
	}
	for from >= 0 {
		r.readJSON(text[from:])
		for n := r.get(1, fResource); n != 0; n = r.more(n) {
			if r.isEvent(n) || r.carries(n) {
				return true
			}
		}
		if k != itemLine {
			return false
		}
		from = nextObject(text, from+1)
	}
	return false
}

// carries reports whether a record of a log has an event for its message.
func (r *reader) carries(n ref) bool {
	if n == 0 || !r.isEnvelope(n) {
		return false
	}
	var in reader
	for m := r.get(n, fMessage); m != 0; m = r.more(m) {
		if text := r.nodes[m].text; strings.Contains(text, `"`+auditEvent) && in.mentions(text, itemLine) {
			return true
		}
	}
	return r.get(n, fMessage) != 0 && r.isEvent(r.get(n, fMessage))
}

func (r *reader) isEvent(n ref) bool {
	if n == 0 {
		return false
	}
	if r.str(n, fResourceType) == auditEvent || r.isEvent(r.get(n, fResource)) {
		return true
	}
	for e := r.get(n, fEntry); e != 0; e = r.more(e) {
		if r.isEvent(r.get(e, fResource)) {
			return true
		}
	}
	return false
}

func (r *reader) skip(k ingest.SkipKind) {
	r.results = append(r.results, result{kind: resultSkip, skip: k})
}

// fail rejects the whole piece.
func (r *reader) fail(reason ingest.Reason) {
	r.results = append(r.results, result{
		kind: resultReject, reject: ingest.Reject{Line: r.line, Reason: reason, Raw: raw(r.text)},
	})
}

// cut records the end of a file that is cut off.
func (r *reader) cut(k resultKind) {
	r.results = append(r.results, result{
		kind: k, reject: ingest.Reject{Line: r.line, Reason: ingest.ReasonTruncated, Raw: raw(r.text)},
	})
}

// reject rejects one resource of the piece.
func (r *reader) reject(n ref, column string, reason ingest.Reason) *result {
	e := &r.nodes[n]
	r.results = append(r.results, result{kind: resultReject, reject: ingest.Reject{
		Line: r.lineOf(n), Column: column, Reason: reason, Raw: raw(r.source[e.pos:e.end]),
	}})
	return &r.results[len(r.results)-1]
}

// lineOf returns the line on which a resource starts.
func (r *reader) lineOf(n ref) int64 {
	return r.line + int64(strings.Count(r.source[:r.nodes[n].pos], "\n"))
}

func raw(s string) []byte { return []byte(s[:min(len(s), ingest.MaxRaw)]) }
