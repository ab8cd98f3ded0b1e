package epic

import "github.com/chartwatch/chartwatch/ingest"

// Meaning returns what the rules make of a phrase.
func Meaning(phrase string) (ingest.Action, ingest.Outcome, bool, ingest.RecordType) {
	m := newVocabulary().of(phrase)
	return m.action, m.outcome, m.breakGlass, m.record
}
