package propose

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// verbs knows the words of actions and of records in the values of a log.
type verbs struct {
	common, records delimited.Words
	byVerb, byNoun  map[string]string
	others          map[string]bool // words that are no names of people
}

func newVerbs() *verbs {
	v := &verbs{
		common: delimited.CommonWords(ingest.ColAction), records: delimited.CommonWords(ingest.ColRecordType),
		byVerb: map[string]string{}, byNoun: map[string]string{}, others: map[string]bool{},
	}
	for _, x := range verbWords() {
		for w := range strings.FieldsSeq(x[1]) {
			v.byVerb[w] = x[0]
		}
	}
	for _, x := range nounWords() {
		for w := range strings.FieldsSeq(x[1]) {
			v.byNoun[w] = x[0]
		}
	}
	for w := range strings.FieldsSeq(otherWords()) {
		v.others[w] = true
	}
	return v
}

func verbWords() [][2]string {
	return [][2]string{
		{string(ingest.ActionView), "view viewed viewing views read reads reading open opened opening opens access accessed accessing display displayed browse browsed load loaded show shown retrieve retrieved look looked inspect inspected preview previewed visit visited select selected stream streamed expand expanded ansehen angesehen geöffnet ver consulta consultar consulté consulter lecture lesen gelesen vu ouvert"},
		{string(ingest.ActionSearch), "search searched searching query queried lookup find found filter filtered suche suchen gesucht buscar recherche"},
		{string(ingest.ActionCreate), "create created creating creates add added adding adds insert inserted inserting new enter entered register registered upload uploaded import imported write wrote written book booked attach attached start started initiate initiated erstellt angelegt crear crea creado créé ajout ajouter"},
		{string(ingest.ActionUpdate), "update updated updating updates change changed changing changes edit edited editing modify modified modifying amend amended amending sign signed signing cosign cosigned save saved saving correct corrected inactivate inactivated archive archived merge merged attest attested verify verified complete completed cancel cancelled canceled reschedule rescheduled approve approved lock locked unlock unlocked reassign reassigned rename renamed pend pended discontinue discontinued acknowledge acknowledged renew renewed refill refilled replace replaced review reviewed assign assigned bearbeitet geändert ändern modificar modifica modificado modifié modification actualizar"},
		{string(ingest.ActionDelete), "delete deleted deleting deletes remove removed removing erase erased purge purged void voided destroy destroyed unlink unlinked gelöscht löschen eliminar eliminado borrar supprimé suppression supprimer"},
		{string(ingest.ActionPrint), "print printed printing prints reprint reprinted drucken gedruckt imprimir impreso imprimé imprimer impression"},
		{string(ingest.ActionExport), "export exported exporting download downloaded downloading share shared sharing send sent transmit transmitted fax faxed email emailed e-mailed release released copy copied extract extracted exportiert exportar exporté exporter"},
		{string(ingest.ActionLogin), "login logon signin signon anmelden anmeldung angemeldet connexion"},
		{string(ingest.ActionLogout), "logout logoff signout signoff abmelden abmeldung abgemeldet déconnexion timeout"},
	}
}

func nounWords() [][2]string {
	return [][2]string{
		{string(ingest.RecordDemographics), "demographics demographic facesheet stammdaten"},
		{string(ingest.RecordAppointment), "appointment appointments schedule scheduler scheduling calendar visits termin termine cita citas"},
		{string(ingest.RecordInsurance), "insurance insurances eligibility coverage"},
		{string(ingest.RecordBilling), "billing claim claims invoice invoices payment payments ledger charge charges statement statements superbill rechnung factura"},
		{string(ingest.RecordClinicalNote), "note notes encounter encounters soap progress"},
		{string(ingest.RecordPsychotherapy), "psychotherapy"},
		{string(ingest.RecordMedication), "medication medications meds rx prescription prescriptions erx mar"},
		{string(ingest.RecordAllergy), "allergy allergies"},
		{string(ingest.RecordProblem), "problem problems diagnosis diagnoses"},
		{string(ingest.RecordLabResult), "lab labs laboratory results labor"},
		{string(ingest.RecordImaging), "imaging image images radiology xray xrays radiograph radiographs"},
		{string(ingest.RecordVitals), "vitals vital"},
		{string(ingest.RecordImmunization), "immunization immunizations vaccine vaccines vaccination vaccinations"},
		{string(ingest.RecordDocument), "document documents letter letters scan scans attachment attachments file files dokument documento"},
		{string(ingest.RecordOrder), "order orders"},
		{string(ingest.RecordReferral), "referral referrals"},
		{string(ingest.RecordMessage), "message messages inbox messaging"},
		{string(ingest.RecordReport), "report reports reporting"},
		{string(ingest.RecordAuditLog), "audit"},
		{string(ingest.RecordUserAdmin), "user users permissions roles"},
		{string(ingest.RecordConfiguration), "settings preferences setup configuration config"},
		{string(ingest.RecordSession), "session login logout"},
	}
}

// otherWords are further words of clinical software that begin with a capital
// there and yet are no names.
func otherWords() string {
	return `chart charts patient patients client clients list record records history summary medical clinical care plan plans treatment treatments family social
immunisation immunisations treatment perio tooth recall tasks task template templates consent consents form forms intake assessment assessments registration check
in out off on failed failure success successful denied refused attempt attempts password reset emergency break glass the of and for to from by with tab page screen
growth flowsheet flow sheet pharmacy portal health home dashboard admin administration system all other contact contacts account accounts balance fee procedure procedures
consultation consult discharge admission nurse doctor provider front desk reception receptionist office manager dental dentist hygienist billing biller assistant
operator staff therapist physician clinician coder practice clinic north south east west main branch street centre center building floor site facility downtown uptown
room ward exam lobby suite sheet face data center surgical surgery review log clinical transfer request requests result test tests unknown none active inactive read only full access`
}

// knows reports whether a word belongs to the language of logs.
func (v *verbs) knows(word string) bool {
	if _, ok := v.common.Meaning(word); ok {
		return true
	}
	if _, ok := v.records.Meaning(word); ok {
		return true
	}
	parts := fields(word)
	return len(parts) > 0 && !slices.ContainsFunc(parts, func(w string) bool {
		return v.byVerb[w] == "" && v.byNoun[w] == "" && !v.others[w]
	})
}

// refusedAction stands for an action that was tried and refused.
const refusedAction = "refused"

// action returns what a value means as an action, and how sure that is.
func (v *verbs) action(value string) (action string, confidence float64) {
	if a, ok := v.common.Meaning(value); ok {
		return a, 1
	}
	parts := valueWords(value)
	joined := " " + strings.Join(parts, " ") + " "
	has := func(phrases ...string) bool {
		return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(joined, " "+p+" ") })
	}
	failed := has("failed", "failure", "unsuccessful", "invalid", "denied", "rejected", "incorrect", "fehlgeschlagen", "fallido", "bad")
	login := has("login", "logon", "log in", "log on", "logged in", "logged on", "sign in", "sign on", "signed in", "signin", "signon", "authentication", "anmeldung", "logins")
	switch {
	case has("break glass", "break the glass", "broke glass", "broke the glass", "emergency access", "glass broken", "btg"):
		return string(ingest.ActionBreakGlass), 0.9
	case login && failed:
		return string(ingest.ActionLoginFailed), 0.9
	case has("logout", "log out", "log off", "logged out", "logged off", "sign out", "signed out", "logoff", "timed out", "session timeout", "session expired", "abmeldung"):
		return string(ingest.ActionLogout), 0.9
	case login:
		return string(ingest.ActionLogin), 0.85
	case has("denied", "refused", "not authorized", "unauthorized", "no right", "forbidden"):
		return refusedAction, 0.85
	}
	found := map[string]bool{}
	for _, w := range parts {
		if a := v.byVerb[w]; a != "" {
			found[a] = true
		}
	}
	first, last := "", ""
	if len(parts) > 0 {
		first, last = v.byVerb[parts[0]], v.byVerb[parts[len(parts)-1]]
	}
	switch {
	case len(found) == 1:
		for a := range found {
			return a, 0.85
		}
	case len(found) > 1 && strings.HasSuffix(parts[len(parts)-1], "ed"):
		return last, 0.75
	case first != "" && len(found) > 1:
		return first, 0.72
	}
	return "", 0
}

// valueWords splits a value such as "CHART_OPENED" or "ChartOpened" into words.
func valueWords(value string) []string {
	if strings.ContainsAny(value, " _-./|") || strings.ToUpper(value) == value {
		return fields(strings.NewReplacer("_", " ", "-", " ").Replace(value))
	}
	return tokens(value)
}

// record returns what a value means as a kind of record, and how sure that is.
func (v *verbs) record(value string) (record string, confidence float64) {
	if r, ok := v.records.Meaning(value); ok && r != string(ingest.RecordOther) {
		return r, 1
	}
	found := map[string]bool{}
	for _, w := range valueWords(value) {
		if r := v.byNoun[w]; r != "" {
			found[r] = true
		}
	}
	if len(found) == 1 {
		for r := range found {
			return r, 0.8
		}
	}
	return "", 0
}
