package model

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules/models"
)

// unknownRole is the role of whom the roster does not say.
const unknownRole = "unknown"

// roleWords returns the words by which rosters call a role, folded, as phrases.
func roleWords(role string) []string {
	switch role {
	case "clinician":
		return []string{
			"dentist", "dds", "dmd", "md", "do", "mbbs", "np", "pa", "pa c", "arnp", "aprn", "crnp", "fnp", "cnm", "od", "dpm", "dc", "dvm",
			"physician", "doctor", "dr", "provider", "clinician", "practitioner", "nurse practitioner", "physician assistant",
			"physician associate", "orthodontist", "endodontist", "periodontist", "prosthodontist", "surgeon", "oral surgeon",
			"pediatrician", "paediatrician", "internist", "psychiatrist", "dermatologist", "optometrist", "ophthalmologist", "podiatrist",
			"chiropractor", "cardiologist", "radiologist", "pathologist", "anesthesiologist", "gynecologist", "hospitalist", "midwife", "pmhnp", "dnp", "agnp", "fnp c", "np c", "associate dentist",
			"pharmacist", "resident physician", "medical director", "family medicine", "internal medicine", "general practice",
		}
	case "nurse":
		return []string{
			"nurse", "rn", "lpn", "lvn", "bsn", "msn", "nursing", "registered nurse", "licensed practical nurse", "charge nurse",
			"triage nurse", "nurse manager", "case manager", "care coordinator", "nurse coordinator",
		}
	case "assistant":
		return []string{
			"assistant", "ma", "cma", "rma", "ccma", "cna", "medical assistant", "dental assistant", "nursing assistant", "nurse assistant",
			"hygienist", "dental hygienist", "rdh", "rda", "cda", "efda", "scribe", "optician", "surgical tech", "ophthalmic technician",
			"patient care technician", "physical therapy assistant", "pta", "cota", "pharmacy tech", "pharmacy technician",
			"med assistant", "clinical assistant", "hyg", "sterilization tech", "surgical technologist", "dental tech",
		}
	case "therapist":
		return []string{
			"therapist", "lcsw", "lmsw", "msw", "lmft", "mft", "lpc", "lmhc", "psyd", "psychologist", "psychotherapist", "counselor",
			"counsellor", "social worker", "physical therapist", "pt", "dpt", "occupational therapist", "ot", "otr", "slp",
			"speech therapist", "speech pathologist", "speech language pathologist", "bcba", "behavior analyst", "dietitian", "lsw", "lcpc", "lcmhc", "lpcc", "amft", "lmhca",
			"nutritionist", "acupuncturist", "licensed clinical social worker",
		}
	case "front_desk":
		return []string{
			"front desk", "front office", "receptionist", "reception", "scheduler", "scheduling", "registrar", "registration", "secretary",
			"clerk", "unit clerk", "psr", "patient service representative", "patient services", "patient coordinator", "patient access",
			"treatment coordinator", "check in", "call center", "appointments", "administrative assistant", "admin assistant",
			"office assistant", "referral coordinator",
			"virtual assistant", "virtual receptionist", "intake", "intake coordinator", "intake specialist", "referrals", "referrals coordinator",
			"check out", "checkout", "checkin", "call centre", "phone operator", "operator", "greeter", "patient navigator", "patient care coordinator",
			"tx coordinator", "new patient coordinator", "scheduling coordinator", "foc", "front",
		}
	case "billing":
		return []string{
			"billing", "biller", "coder", "coding", "claims", "insurance coordinator", "insurance", "collections", "revenue cycle",
			"accounts receivable", "accountant", "accounting", "bookkeeper", "finance", "billing manager", "billing specialist",
			"ar specialist", "ar", "rcm", "revenue", "payments", "payment posting", "payment poster", "claims specialist", "credentialing",
		}
	case "records":
		return []string{
			"records", "medical records", "him", "roi", "health information", "release of information", "records clerk",
			"medical records clerk", "records manager",
		}
	case "manager":
		return []string{
			"manager", "office manager", "practice manager", "administrator", "practice administrator", "office administrator", "owner",
			"director", "supervisor", "ceo", "coo", "cfo", "executive", "president", "compliance", "compliance officer",
			"privacy officer", "quality", "management", "clinic manager", "admin",
			"office lead", "team lead", "practice director", "operations",
		}
	case "lab":
		return []string{
			"lab", "laboratory", "lab tech", "lab technician", "laboratory technician", "phlebotomist", "x ray", "x ray tech", "xray",
			"xray tech", "radiology tech", "radiology technician", "radiologic technologist", "sonographer", "ultrasound", "imaging",
			"imaging tech", "technologist", "mlt", "radiology",
		}
	case "student":
		return []string{"student", "intern", "extern", "trainee", "volunteer", "observer", "nursing student", "medical student", "dental student"}
	case "it":
		return []string{
			"it", "information technology", "system administrator", "systems administrator", "sysadmin", "it support", "it manager",
			"it administrator", "it director", "help desk", "helpdesk", "technical support", "network administrator", "informatics", "developer",
		}
	case "vendor":
		return []string{
			"vendor", "contractor", "consultant", "business associate", "external", "msp", "vendor support", "ehr support", "third party",
			"it vendor", "it contractor",
		}
	case "interface":
		return []string{"interface", "system", "service account", "service", "api", "integration", "hl7", "fhir", "bot", "robot", "batch", "job"}
	case "security":
		return []string{"security", "guard", "security guard", "security officer"}
	case "housekeeping":
		return []string{"housekeeping", "janitor", "custodian", "cleaner", "cleaning", "janitorial", "custodial", "cleaning crew", "porter", "maintenance", "facilities", "environmental services", "evs"}
	case "other":
		return []string{"other", "staff", "employee", "member"}
	}
	return nil
}

// breadth orders roles by how much they may see, the broadest first.
func breadth(role string) int {
	return slices.Index([]string{
		"clinician", "nurse", "therapist", "assistant", "manager", "records", "lab", "billing", "front_desk", "student", "it", "vendor",
		"interface", "other", "security", "housekeeping", unknownRole,
	}, role)
}

// broadest returns the broadest of several roles.
func broadest(roles []string) string {
	best := unknownRole
	for _, r := range roles {
		if breadth(r) < breadth(best) {
			best = r
		}
	}
	return best
}

// roleBook maps the words of a roster to roles.
type roleBook struct {
	phrases map[string]string
}

// newRoleBook makes a book in which the practice's own words come first.
func newRoleBook(own []practice.RoleName) roleBook {
	b := roleBook{phrases: map[string]string{}}
	for _, role := range models.RoleNames() {
		b.phrases[phrase(role)] = role
		for _, w := range roleWords(role) {
			b.phrases[w] = role
		}
	}
	for _, r := range own {
		if slices.Contains(models.RoleNames(), r.Role) {
			b.phrases[phrase(r.Name)] = r.Role
		}
	}
	return b
}

func phrase(s string) string { return strings.Join(roleParts(s), " ") }

// roleParts returns the words of a role, with the usual short forms written out.
func roleParts(s string) []string {
	list := words(s)
	for i, w := range list {
		switch w {
		case "mgr", "mngr":
			list[i] = "manager"
		case "asst":
			list[i] = "assistant"
		case "coord":
			list[i] = "coordinator"
		case "rep":
			list[i] = "representative"
		case "spec":
			list[i] = "specialist"
		case "supv", "supvr":
			list[i] = "supervisor"
		}
	}
	return list
}

// roles returns the roles that a cell of a roster names, and whether all of it
// was understood. A cell that is not understood is the role other.
func (b roleBook) roles(text string) (list []string, understood bool) {
	whole := phrase(text)
	if whole == "" {
		return nil, true
	}
	if r, ok := b.phrases[whole]; ok {
		return []string{r}, true
	}
	understood = true
	split := strings.FieldsFunc(strings.ReplaceAll(" "+fold(text)+" ", " and ", ";"), func(r rune) bool { return strings.ContainsRune(";,/&+|", r) })
	for _, piece := range split {
		if phrase(piece) == "" {
			continue
		}
		r, ok := b.longest(roleParts(piece))
		if !ok {
			understood = false
			continue
		}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return []string{"other"}, false
	}
	return list, understood
}

// longest finds the longest known phrase in a run of words, and of equally long
// ones the last: a "dental office receptionist" is a receptionist.
func (b roleBook) longest(run []string) (string, bool) {
	for n := len(run); n > 0; n-- {
		for i := len(run) - n; i >= 0; i-- {
			if r, ok := b.phrases[strings.Join(run[i:i+n], " ")]; ok {
				return r, true
			}
		}
	}
	return "", false
}
