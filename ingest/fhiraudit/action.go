package fhiraudit

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// evidenceOfAction is what an event says about what was done.
type evidenceOfAction struct {
	codes  []coding // of the event's kind, in any order
	letter string   // the action code: C, R, U, D or E
	media  bool     // an agent is a medium to which data went
	query  bool     // an entity is a query
	failed bool
}

func (v *evidenceOfAction) has(codes ...string) bool {
	for _, c := range v.codes {
		if slices.Contains(codes, c.code) {
			return true
		}
	}
	return false
}

// action finds what was done. The rules stand in order: an export that is also
// a read is an export.
func (v *evidenceOfAction) action() ingest.Action {
	for _, rule := range [...]func() ingest.Action{
		v.authentication, v.transfer, v.interaction, v.dicom, v.transaction, v.lifecycle, v.speaking,
	} {
		if a := rule(); a != "" {
			return a
		}
	}
	if v.query && (v.letter == "" || v.letter == "E") {
		return ingest.ActionSearch
	}
	return v.byLetter(ingest.ActionOther)
}

func (v *evidenceOfAction) authentication() ingest.Action {
	switch {
	case v.has("110122") && v.failed:
		return ingest.ActionLoginFailed
	case v.has("110122"):
		return ingest.ActionLogin
	case v.has("110123"):
		return ingest.ActionLogout
	case v.has("110127"):
		return ingest.ActionBreakGlass
	case v.has("110128", "AuthZ-Consent"):
		return ingest.ActionOther
	}
	return ""
}

// transfer finds data that left or entered the system. A disclosure without a
// type of its own is an export; the receiver's record of one is an import.
func (v *evidenceOfAction) transfer() ingest.Action {
	switch {
	case v.has("110107") && v.has("ITI-43"): // the consumer retrieves a document
		return ingest.ActionView
	case v.has("110106") || v.media:
		return ingest.ActionExport
	case v.has("110107"):
		return ingest.ActionCreate
	case v.has("disclose", "Disclosure") && !v.typed():
		return ingest.ActionExport
	}
	return ""
}

// typed reports whether the event has a DICOM event type.
func (v *evidenceOfAction) typed() bool {
	return slices.ContainsFunc(v.codes, func(c coding) bool {
		return len(c.code) == 6 && strings.HasPrefix(c.code, "1101")
	})
}

func (v *evidenceOfAction) interaction() ingest.Action {
	switch {
	case v.has("read", "vread", "history", "history-instance", "history-type", "history-system"):
		return ingest.ActionView
	case v.has("search", "search-type", "search-system", "110112"):
		return ingest.ActionSearch
	case v.has("create"):
		return ingest.ActionCreate
	case v.has("update", "patch"):
		return ingest.ActionUpdate
	case v.has("delete") || slices.ContainsFunc(v.codes, func(c coding) bool { return strings.HasPrefix(c.code, "delete-conditional") }):
		return ingest.ActionDelete
	case v.has("batch", "transaction", "operation"):
		return v.byLetter(ingest.ActionOther)
	}
	return ""
}

// dicom reads the event identifiers of DICOM PS3.15 that the rules before have
// not decided.
func (v *evidenceOfAction) dicom() ingest.Action {
	switch {
	case v.has("110110") && v.has("ITI-8", "ITI-44"): // a merge of two charts is written as a deletion
		if a := v.byLetter(ingest.ActionView); a != ingest.ActionDelete {
			return a
		}
		return ingest.ActionUpdate
	case v.has("110103", "110109", "110110", "110111"):
		return v.byLetter(ingest.ActionView)
	case v.has("110102", "110104"): // whether it was sent or received, the event does not say
		return ingest.ActionCreate
	case v.has("110101"):
		return ingest.ActionView
	case v.has("110105"):
		return ingest.ActionDelete
	case v.has("110129", "110130", "110131", "110132", "110136", "110137", "110138"):
		return ingest.ActionUpdate
	case v.has("110100", "110108", "110113", "110134", "110135"):
		return ingest.ActionOther
	}
	return ""
}

// transaction reads IHE transactions that stand alone.
func (v *evidenceOfAction) transaction() ingest.Action {
	switch {
	case v.has("ITI-9", "ITI-18", "ITI-21", "ITI-38", "ITI-45", "ITI-47", "ITI-55", "ITI-66", "ITI-67", "ITI-78", "ITI-83"):
		return ingest.ActionSearch
	case v.has("ITI-68"):
		return ingest.ActionView
	case v.has("ITI-105", "ITI-106"):
		return ingest.ActionCreate
	}
	return ""
}

// lifecycle reads the record lifecycle events of ISO 21089.
func (v *evidenceOfAction) lifecycle() ingest.Action {
	switch {
	case v.has("access"):
		return ingest.ActionView
	case v.has("originate", "receive"):
		return ingest.ActionCreate
	case v.has("amend", "attest", "verify", "merge"):
		return ingest.ActionUpdate
	case v.has("disclose", "transmit", "extract"):
		return ingest.ActionExport
	case v.has("destroy"):
		return ingest.ActionDelete
	}
	return ""
}

// speaking reads the codes of national and product profiles that say in words
// what was done, such as "DOC_READ".
func (v *evidenceOfAction) speaking() ingest.Action {
	for _, c := range v.codes {
		i := strings.LastIndexAny(c.code, "_-.")
		if i < 0 {
			continue
		}
		switch strings.ToUpper(c.code[i+1:]) {
		case "CREATE":
			return ingest.ActionCreate
		case "READ", "VIEW":
			return ingest.ActionView
		case "UPDATE":
			return ingest.ActionUpdate
		case "DELETE":
			return ingest.ActionDelete
		case "SEARCH", "QUERY":
			return ingest.ActionSearch
		case "PRINT":
			return ingest.ActionPrint
		case "EXPORT", "DOWNLOAD":
			return ingest.ActionExport
		}
	}
	return ""
}

// byLetter reads the action code. What an execution (E) is depends on the kind
// of event.
func (v *evidenceOfAction) byLetter(execution ingest.Action) ingest.Action {
	switch v.letter {
	case "C":
		return ingest.ActionCreate
	case "R":
		return ingest.ActionView
	case "U":
		return ingest.ActionUpdate
	case "D":
		return ingest.ActionDelete
	case "E":
		return execution
	}
	return ingest.ActionOther
}
