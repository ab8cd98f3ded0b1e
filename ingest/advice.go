package ingest

// Element is something that a log may record of an access.
type Element string

// The closed set of elements. Patient, user, reads, changes, record category and
// changes of privileges are what 45 CFR 170.210(e)(1) asks of a certified EHR
// beside date and time (ASTM E2147-18, sections 7.1.1, 7.1.2 and 7.1.6 to 7.1.9),
// the clock is in 170.210(g); the others are what a review needs as well.
const (
	ElementTime        Element = "time_zone"         // a zone or offset beside the time
	ElementPatient     Element = "patient"           // whose record
	ElementUser        Element = "user"              // who acted
	ElementReads       Element = "reads"             // looking at a chart, not only changing it
	ElementChanges     Element = "changes"           // additions, changes and deletions
	ElementRecord      Element = "record_category"   // which kind of data
	ElementPrivileges  Element = "privilege_changes" // changes to the rights of users
	ElementClock       Element = "synchronised_clock"
	ElementLogins      Element = "logins"
	ElementLoginFailed Element = "failed_logins"
	ElementPlace       Element = "workstation" // a device or an address
	ElementOutcome     Element = "outcome"     // success or refusal
	ElementEventID     Element = "event_ids"   // numbers that show gaps and changed rows
)

// Advice says how the exporting product is made to log or to export what a file
// lacks, as far as its vendor documents it.
type Advice struct {
	// Lacks is what the advice is for.
	Lacks Element `json:"lacks"`
	// Text is one or two sentences to the person who runs the product.
	Text string `json:"text"`
	// Source is where that is documented: a page of the vendor or a specification.
	Source string `json:"source"`
}

// Advisor is implemented by parsers that know such advice. It is asked after
// Parse, when the parser knows which product and which table it has read. The
// caller owns the slice.
type Advisor interface {
	Advice() []Advice
}
