package delimited

import "github.com/chartwatch/chartwatch/ingest"

// common lists words of one meaning, whatever the product.
type common struct {
	value   string
	outcome string
	words   []string
}

// commonWords returns the words that mean the same in every product. Single
// letters and numbers are not among them: they mean different things in
// different products, and a mapping has to say which.
func commonWords(field string) []common {
	switch field {
	case ingest.ColAction:
		return commonActions()
	case ingest.ColOutcome:
		return []common{
			{value: string(ingest.OutcomeSuccess), words: []string{"successful", "succeeded", "ok", "allowed", "granted", "permitted"}},
			{value: string(ingest.OutcomeFailure), words: []string{
				"failed", "fail", "failure", "unsuccessful", "denied", "refused", "rejected", "blocked", "error",
			}},
		}
	case ingest.ColRecordType:
		return commonRecords()
	case ingest.ColBreakGlass:
		return []common{
			{value: "true", words: []string{"yes", "y", "1", "break glass", "break the glass", "btg"}},
			{value: "false", words: []string{"no", "n", "0", "none"}},
		}
	case ingest.ColUserType:
		return []common{
			{value: string(ingest.UserStaff), words: []string{"employee", "provider", "practitioner", "user"}},
			{value: string(ingest.UserPatient), words: []string{"client", "portal", "patient portal"}},
			{value: string(ingest.UserSystem), words: []string{"service", "service account", "interface"}},
		}
	case ingest.ColInteractive:
		return []common{
			{value: string(ingest.InteractiveYes), words: []string{"y", "true", "interactive"}},
			{value: string(ingest.InteractiveNo), words: []string{"n", "false", "batch", "background"}},
		}
	}
	return nil
}

func commonActions() []common {
	failure := string(ingest.OutcomeFailure)
	return []common{
		{value: string(ingest.ActionView), words: []string{
			"viewed", "viewing", "read", "read / view", "open", "opened", "access", "accessed", "displayed", "loaded", "selected",
		}},
		{value: string(ingest.ActionSearch), words: []string{"searched", "query", "queried", "lookup", "patient lookup"}},
		{value: string(ingest.ActionCreate), words: []string{"created", "creating", "add", "added", "insert", "inserted", "new"}},
		{value: string(ingest.ActionUpdate), words: []string{
			"updated", "change", "changed", "edit", "edited", "editing", "amend", "amended", "modify", "modified",
			"inactivated", "archived", "sign", "signed", "signing", "attest", "attested", "verify", "verified",
		}},
		{value: string(ingest.ActionDelete), words: []string{"deleted", "removed", "remove"}},
		{value: string(ingest.ActionPrint), words: []string{"printed", "reprint", "reprinted"}},
		{value: string(ingest.ActionExport), words: []string{
			"exported", "download", "downloaded", "copy/export", "share", "shared", "sent", "released",
		}},
		{value: string(ingest.ActionLogin), words: []string{
			"log in", "logged in", "log on", "logon", "sign in", "signed in", "successful login", "successful logins", "login successful",
		}},
		{value: string(ingest.ActionLoginFailed), outcome: failure, words: []string{
			"login failed", "failed login", "failed login attempt", "failed login attempts", "login failure", "failed sign-in",
			"failed sign in",
		}},
		{value: string(ingest.ActionLogout), words: []string{
			"log out", "logged out", "log off", "logoff", "logged off", "sign out", "signed out", "session time-out", "session timeout",
		}},
		{value: string(ingest.ActionBreakGlass), words: []string{
			"break the glass", "break-the-glass", "break-glass", "btg", "emergency access",
		}},
		{value: string(ingest.ActionOther), outcome: failure, words: []string{"denied", "access denied", "no right"}},
	}
}

func commonRecords() []common {
	return []common{
		{value: string(ingest.RecordDemographics), words: []string{"patient demographics", "demographic", "face sheet"}},
		{value: string(ingest.RecordAppointment), words: []string{"appointments", "schedule", "scheduling", "calendar"}},
		{value: string(ingest.RecordInsurance), words: []string{"insurances", "insurance information", "eligibility"}},
		{value: string(ingest.RecordBilling), words: []string{"claim", "claims", "payment", "payments", "invoice", "invoices", "statement"}},
		{value: string(ingest.RecordClinicalNote), words: []string{
			"clinical notes", "progress note", "progress notes", "visit note", "note", "notes", "encounter", "encounter note",
		}},
		{value: string(ingest.RecordPsychotherapy), words: []string{"psychotherapy notes"}},
		{value: string(ingest.RecordMedication), words: []string{"medications", "prescription", "prescriptions"}},
		{value: string(ingest.RecordAllergy), words: []string{"allergies"}},
		{value: string(ingest.RecordProblem), words: []string{"problems", "problem list", "diagnosis", "diagnoses"}},
		{value: string(ingest.RecordLabResult), words: []string{"lab", "labs", "lab results", "laboratory"}},
		{value: string(ingest.RecordImaging), words: []string{"image", "images", "radiology", "x-ray", "x-rays"}},
		{value: string(ingest.RecordVitals), words: []string{"vital signs"}},
		{value: string(ingest.RecordImmunization), words: []string{"immunizations", "vaccine", "vaccines"}},
		{value: string(ingest.RecordDocument), words: []string{"documents", "scanned document", "file", "attachment"}},
		{value: string(ingest.RecordOrder), words: []string{"orders"}},
		{value: string(ingest.RecordReferral), words: []string{"referrals"}},
		{value: string(ingest.RecordMessage), words: []string{"messages", "patient message"}},
		{value: string(ingest.RecordReport), words: []string{"reports"}},
		{value: string(ingest.RecordAuditLog), words: []string{"audit trail"}},
		{value: string(ingest.RecordUserAdmin), words: []string{"users", "user account", "user accounts", "permissions", "roles"}},
		{value: string(ingest.RecordConfiguration), words: []string{"settings", "preferences", "setup"}},
		{value: string(ingest.RecordSession), words: []string{"login", "logout", "sessions"}},
	}
}
