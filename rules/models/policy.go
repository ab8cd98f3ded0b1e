package models

import "slices"

// PolicyRow is one cell of a role policy: what a role may do with a type of
// records. What no row names is not judged.
type PolicyRow struct {
	Role       string // one of RoleNames
	RecordType string // one of the closed set
	Action     string // one of the closed set
	Verdict    string // allow, review or deny
	// Why is the reason in a sentence, for whoever edits the policy.
	Why string
}

// The verdicts of a role policy.
const (
	Allow  = "allow"
	Review = "review"
	Deny   = "deny"
)

// DefaultPolicy returns the policy that holds where a practice has not said
// otherwise. No cell is there twice. The caller owns the result.
//
// It is made for small practices, in which people stand in for each other: deny
// is only there where no task of the role can need the access, review where it is
// worth a look in numbers, and what is ordinary in some practices is left out.
// Technical roles, which rules judge by their tickets, and people whose role is
// not known have no rows.
func DefaultPolicy() []PolicyRow {
	var rows []PolicyRow
	for _, g := range defaultGrants() {
		for _, role := range g.roles {
			for _, record := range g.records {
				for _, action := range g.actions {
					rows = append(rows, PolicyRow{Role: role, RecordType: record, Action: action, Verdict: g.verdict, Why: g.why})
				}
			}
		}
	}
	return rows
}

// grant is a block of cells with one verdict.
type grant struct {
	roles, records, actions []string
	verdict, why            string
}

func defaultGrants() []grant {
	return slices.Concat(facilityGrants(), officeGrants(), clinicalGrants(), psychotherapyGrants(), systemGrants())
}

func looking() []string  { return []string{"view", "search"} }
func taking() []string   { return []string{"print", "export"} }
func changing() []string { return []string{"create", "update", "delete"} }
func reading() []string  { return slices.Concat(looking(), taking()) }
func anything() []string { return slices.Concat(looking(), taking(), changing()) }

// chart are the types of records that a clinician keeps, without psychotherapy
// notes and without what the office handles as well.
func chart() []string {
	return []string{"clinical_note", "medication", "allergy", "problem", "lab_result", "imaging", "vitals", "immunization", "order"}
}

// office are the types of records about patients that the office handles.
func office() []string {
	return []string{"demographics", "appointment", "insurance", "billing", "document", "referral", "message"}
}

func psychotherapy() []string { return []string{"psychotherapy_note"} }

// facilityGrants are about people who work in the building and not with patients.
func facilityGrants() []grant {
	roles := []string{"security", "housekeeping"}
	return []grant{
		{roles, slices.Concat(chart(), office(), psychotherapy(), []string{"report"}), anything(), Deny, "no task of the role concerns patients"},
		{roles, []string{"user_admin", "configuration"}, changing(), Deny, "the role does not look after the system"},
	}
}

// officeGrants are about people who work with patients and not on their treatment.
func officeGrants() []grant {
	notes := []string{"clinical_note"}
	findings := []string{"clinical_note", "problem", "lab_result", "imaging"}
	prescribing := []string{"medication", "order"}
	return []grant{
		{[]string{"front_desk"}, notes, reading(), Review, "in small practices the front desk helps out, but seldom needs the notes"},
		{[]string{"front_desk"}, findings, []string{"create", "update"}, Review, "findings are written by those who treat"},
		{[]string{"front_desk"}, prescribing, []string{"create", "update"}, Review, "requests may be prepared, but not ordered"},
		{[]string{"front_desk"}, slices.Concat(findings, prescribing), []string{"delete"}, Deny, "nothing clinical is deleted at the front desk"},

		{[]string{"billing"}, notes, reading(), Allow, "coding is done from the notes, and payers ask for them"},
		{[]string{"billing"}, notes, []string{"create"}, Review, "some systems file a billing remark as a note"},
		{[]string{"billing"}, notes, []string{"update", "delete"}, Deny, "whoever bills a note does not change it"},
		{[]string{"billing"}, []string{"problem"}, []string{"create", "update"}, Review, "diagnoses are corrected by those who treat"},
		{[]string{"billing"}, []string{"problem"}, []string{"delete"}, Deny, "diagnoses are corrected by those who treat"},
		{[]string{"billing"}, []string{"medication", "order", "lab_result", "imaging", "vitals", "allergy"}, changing(), Deny, "no billing task changes findings or orders"},

		{[]string{"records"}, chart(), reading(), Allow, "answering requests for records is the role's work"},
		{[]string{"records"}, chart(), changing(), Review, "amendments and misfiled records are corrected with whoever wrote them"},

		{[]string{"manager"}, notes, reading(), Allow, "complaints, audits and quality work need the notes"},
		{[]string{"manager"}, chart(), changing(), Review, "a manager who also treats has a second role on the roster"},
	}
}

// clinicalGrants are about people who take part in the treatment within limits.
func clinicalGrants() []grant {
	return []grant{
		{[]string{"student"}, chart(), changing(), Review, "what students write is countersigned"},
		{[]string{"student"}, chart(), []string{"export"}, Review, "course work does not need copies of charts"},
		{[]string{"lab"}, []string{"clinical_note", "medication", "problem"}, changing(), Review, "the laboratory writes results and orders"},
	}
}

// psychotherapyGrants are about the notes that a therapist keeps apart. Clinicians
// and therapists have no rows, because it depends on whom they treat.
func psychotherapyGrants() []grant {
	return []grant{
		{[]string{"front_desk", "billing", "lab"}, psychotherapy(), anything(), Deny, "psychotherapy notes are for the therapist who keeps them"},
		{[]string{"records"}, psychotherapy(), reading(), Review, "they are released only with the patient's own permission"},
		{[]string{"records", "manager"}, psychotherapy(), changing(), Deny, "psychotherapy notes are changed by the therapist who keeps them"},
		{[]string{"manager", "nurse", "assistant", "student"}, psychotherapy(), reading(), Review, "psychotherapy notes are for the therapist who keeps them"},
		{[]string{"nurse", "assistant", "student"}, psychotherapy(), changing(), Review, "psychotherapy notes are written by the therapist who keeps them"},
	}
}

// systemGrants are about rights, settings and the log itself.
func systemGrants() []grant {
	clinical := []string{"clinician", "nurse", "assistant", "therapist", "lab", "student"}
	others := slices.Concat(clinical, []string{"front_desk", "billing", "records", "other"})
	return []grant{
		{others, []string{"user_admin", "configuration"}, changing(), Review, "rights and settings belong to the manager or the technician"},
		{slices.Concat(others, []string{"security", "housekeeping"}), []string{"audit_log"}, []string{"update", "delete"}, Deny, "nobody changes the log"},
		{[]string{"manager"}, []string{"audit_log"}, []string{"update", "delete"}, Review, "even who looks after the log does not change it without a reason"},
		{[]string{"manager"}, []string{"user_admin", "configuration"}, changing(), Allow, "rights and settings are the manager's work"},
	}
}
