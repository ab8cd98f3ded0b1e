package atna

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// DICOM's codes for kinds of events, as far as something hangs on them.
const (
	codeLogUsed       = "110101"
	codeBegins        = "110102"
	codeAccessed      = "110103"
	codeTransferred   = "110104"
	codeStudyDeleted  = "110105"
	codeExport        = "110106"
	codeImport        = "110107"
	codeOrder         = "110109"
	codePatient       = "110110"
	codeProcedure     = "110111"
	codeQuery         = "110112"
	codeSecurity      = "110113"
	codeLogin         = "110122"
	codeLogout        = "110123"
	codeOverride      = "110127"
	codeOverrideEnded = "110128"
)

// dialectOpenEMR is what OpenEMR writes as the code of every kind of event.
const dialectOpenEMR = "eventIDcode"

// codeOf returns the code of a kind of event. Where a writer has no code of
// DICOM or IHE, the label may name the kind.
func codeOf(c coded) string {
	if len(c.code) == 6 && strings.HasPrefix(c.code, "110") {
		return c.code
	}
	if strings.Contains(c.code, "-") {
		return c.code
	}
	switch strings.ToLower(c.label) {
	case "audit log used":
		return codeLogUsed
	case "begin transferring dicom instances":
		return codeBegins
	case "dicom instances accessed":
		return codeAccessed
	case "dicom instances transferred":
		return codeTransferred
	case "dicom study deleted":
		return codeStudyDeleted
	case "export":
		return codeExport
	case "import":
		return codeImport
	case "order record":
		return codeOrder
	case "patient record":
		return codePatient
	case "procedure record":
		return codeProcedure
	case "query":
		return codeQuery
	case "security alert":
		return codeSecurity
	case "login":
		return codeLogin
	case "logout":
		return codeLogout
	}
	return c.code
}

// evidence is what a message says about what was done.
type evidence struct {
	codes    []string
	letter   string // the action code: C, R, U, D or E
	failed   bool
	media    bool // data went to a medium
	query    bool // an object is a query
	sent     bool // the writer of the message is the source of a transfer
	fetched  bool // the user is a person and the destination of a transfer
	feed     bool // an HL7 application asked for it
	openEMR  bool
	openName string // OpenEMR's own name of the event
}

func (v *evidence) has(codes ...string) bool {
	for _, c := range v.codes {
		if slices.Contains(codes, c) {
			return true
		}
	}
	return false
}

// action finds what was done. The rules stand in order: an export that is also
// a read is an export.
func (v *evidence) action() ingest.Action {
	for _, rule := range [...]func() ingest.Action{
		v.authentication, v.transfer, v.interaction, v.dicom, v.transaction, v.speaking,
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

func (v *evidence) authentication() ingest.Action {
	switch {
	case v.has(codeLogin) && v.failed:
		return ingest.ActionLoginFailed
	case v.has(codeLogin):
		return ingest.ActionLogin
	case v.has(codeLogout):
		return ingest.ActionLogout
	case v.has(codeOverride):
		return ingest.ActionBreakGlass
	case v.has(codeOverrideEnded):
		return ingest.ActionOther
	}
	return ""
}

// transfer finds data that left or entered the system. Retrieving a document is
// an export at the repository and an import at the consumer, where somebody
// looked at it.
func (v *evidence) transfer() ingest.Action {
	switch {
	case v.has(codeImport) && v.has("ITI-43", "ITI-39", "ITI-68"):
		return ingest.ActionView
	case v.has("ITI-57", "ITI-92") && v.letter == "U":
		return ingest.ActionUpdate // of a document's description, which is written as an export or import
	case v.has(codeExport) || v.media:
		return ingest.ActionExport
	case v.has(codeImport):
		return ingest.ActionCreate
	}
	return ""
}

// interaction reads the interactions of FHIR, which stand beside transactions
// that use it.
func (v *evidence) interaction() ingest.Action {
	switch {
	case v.has("read", "vread", "history", "history-instance", "history-type", "history-system"):
		return ingest.ActionView
	case v.has(codeQuery, "search", "search-type", "search-system"):
		return ingest.ActionSearch
	case v.has("create"):
		return ingest.ActionCreate
	case v.has("update", "patch"):
		return ingest.ActionUpdate
	case v.has("delete"):
		return ingest.ActionDelete
	}
	return ""
}

// dicom reads the kinds of events that the rules before have not decided.
func (v *evidence) dicom() ingest.Action {
	switch {
	case v.has(codePatient) && (v.has("ITI-8", "ITI-44") || v.feed) && v.letter == "D":
		return ingest.ActionUpdate // a merge of two charts is written as a deletion
	case v.has(codeAccessed, codeOrder, codePatient, codeProcedure):
		return v.byLetter(ingest.ActionView)
	case v.has(codeBegins, codeTransferred):
		switch {
		case v.fetched:
			return ingest.ActionView
		case v.sent:
			return ingest.ActionExport
		}
		return ingest.ActionCreate
	case v.has(codeLogUsed):
		return ingest.ActionView
	case v.has(codeStudyDeleted):
		return ingest.ActionDelete
	case v.isConfiguration(), v.isUserAdmin():
		return ingest.ActionUpdate
	case v.has("110100", "110108", codeSecurity, "110134", "110135"):
		return ingest.ActionOther
	}
	return ""
}

func (v *evidence) isConfiguration() bool { return v.has("110129", "110130", "110131", "110132") }

func (v *evidence) isUserAdmin() bool { return v.has("110136", "110137", "110138") }

// transaction reads IHE transactions that stand alone.
func (v *evidence) transaction() ingest.Action {
	switch {
	case v.demographicsQuery(), v.has("ITI-18", "ITI-38", "ITI-66", "ITI-67"):
		return ingest.ActionSearch
	case v.has("ITI-43", "ITI-39", "ITI-68"):
		return ingest.ActionView
	case v.has("ITI-41", "ITI-42", "ITI-61", "ITI-65", "ITI-105", "ITI-106"):
		return ingest.ActionCreate
	}
	return ""
}

// demographicsQuery reports a query for patients or their identifiers.
func (v *evidence) demographicsQuery() bool {
	return v.has("ITI-9", "ITI-21", "ITI-22", "ITI-45", "ITI-47", "ITI-55", "ITI-78", "ITI-83", "ITI-119")
}

// identityFeed reports a message between systems about the patients they know.
func (v *evidence) identityFeed() bool {
	return v.has("ITI-8", "ITI-10", "ITI-30", "ITI-44", "ITI-46", "ITI-64", "ITI-93", "ITI-104")
}

// speaking reads names that say in words what was done: the events of OpenEMR
// ("lab-results-select") and the codes of national profiles ("DOC_READ").
func (v *evidence) speaking() ingest.Action {
	for _, c := range append([]string{v.openName}, v.codes...) {
		i := strings.LastIndexAny(c, "_-.")
		if i < 0 {
			continue
		}
		switch strings.ToUpper(c[i+1:]) {
		case "CREATE", "INSERT", "REPLACE":
			return ingest.ActionCreate
		case "READ", "VIEW", "SELECT":
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
func (v *evidence) byLetter(execution ingest.Action) ingest.Action {
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

// impliedRecord is the category of data of a message that names no record, as
// far as its kind tells.
func (v *evidence) impliedRecord(a ingest.Action, patients int) (record ingest.RecordType, raw string) {
	switch a {
	case ingest.ActionLogin, ingest.ActionLogout, ingest.ActionLoginFailed:
		return ingest.RecordSession, ""
	case ingest.ActionBreakGlass:
		return "", ""
	default:
	}
	switch {
	case v.openEMR:
		return openEMRRecord(v.openName), v.openName
	case v.has(codeLogUsed):
		return ingest.RecordAuditLog, ""
	case v.isConfiguration():
		return ingest.RecordConfiguration, ""
	case v.isUserAdmin():
		return ingest.RecordUserAdmin, ""
	case v.has(codeBegins, codeAccessed, codeTransferred, codeStudyDeleted):
		return ingest.RecordImaging, ""
	case v.has(codeOrder):
		return ingest.RecordOrder, ""
	case v.has("ITI-18", "ITI-38", "ITI-39", "ITI-41", "ITI-42", "ITI-43", "ITI-57", "ITI-62", "ITI-65", "ITI-68", "ITI-86", "ITI-92"):
		return ingest.RecordDocument, ""
	case v.demographicsQuery(), v.identityFeed(), v.has(codePatient) && patients > 0:
		return ingest.RecordDemographics, ""
	}
	return "", ""
}

// openEMRRecord maps OpenEMR's own names of events. A patient's record may be
// any part of the chart there.
func openEMRRecord(name string) ingest.RecordType {
	switch strings.ToLower(name) {
	case "patient record":
		return ingest.RecordOther
	case "patient care assignment":
		return ingest.RecordAppointment
	case "security administration":
		return ingest.RecordUserAdmin
	}
	switch subject, _, _ := strings.Cut(name, "-"); subject {
	case "order":
		return ingest.RecordOrder
	case "lab":
		if strings.HasPrefix(name, "lab-results") {
			return ingest.RecordLabResult
		}
		return ingest.RecordOrder
	case "":
		return ""
	}
	return ingest.RecordOther
}
