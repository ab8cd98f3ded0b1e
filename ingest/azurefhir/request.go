package azurefhir

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// actionOf maps the interactions of FHIR and the operations of the service.
func actionOf(operation string) ingest.Action {
	s := strings.ToLower(operation)
	switch {
	case strings.Contains(s, "export"):
		return ingest.ActionExport
	case strings.HasPrefix(s, "search"):
		return ingest.ActionSearch
	case s == "read", s == "vread", strings.HasPrefix(s, "history"), strings.Contains(s, "everything"):
		return ingest.ActionView
	case strings.HasPrefix(s, "create"), strings.HasPrefix(s, "import"), strings.HasPrefix(s, "conditional-create"):
		return ingest.ActionCreate
	case strings.HasPrefix(s, "update"), strings.HasPrefix(s, "patch"), strings.HasPrefix(s, "conditional-update"), strings.HasPrefix(s, "conditional-patch"):
		return ingest.ActionUpdate
	case strings.Contains(s, "delete"), strings.HasPrefix(s, "purge"):
		return ingest.ActionDelete
	}
	return ingest.ActionOther
}

// readURI takes the type and number of the resource and the patient from the address
// of a request, and nothing else of it.
func readURI(e *ingest.Event, uri string) {
	u, err := url.Parse(uri)
	if err != nil {
		return
	}
	readPath(e, strings.Split(strings.Trim(u.Path, "/"), "/"))
	if e.PatientID != "" {
		return
	}
	query := u.Query()
	for _, name := range [...]string{"patient", "patient:Patient", "subject:Patient", "subject"} {
		if len(query[name]) != 1 {
			continue
		}
		if e.PatientID = patientOf(query.Get(name), name != "subject"); e.PatientID != "" {
			return
		}
	}
	if e.RecordRaw == typePatient && len(query["_id"]) == 1 {
		e.PatientID = patientOf(query.Get("_id"), true)
	}
}

const typePatient = "Patient"

// readPath reads [type]/[id] and what follows, behind any prefix of the server.
func readPath(e *ingest.Event, parts []string) {
	at := slices.Index(parts, typePatient)
	if at < 0 && e.RecordRaw != "" {
		at = slices.Index(parts, e.RecordRaw)
	}
	if at < 0 {
		at = slices.IndexFunc(parts, isType)
	}
	if at < 0 {
		return
	}
	typ, parts := parts[at], parts[at+1:]
	if e.RecordRaw == "" {
		e.RecordRaw = strings.Clone(typ)
	}
	id := ""
	if len(parts) > 0 && !strings.HasPrefix(parts[0], "_") && !strings.HasPrefix(parts[0], "$") {
		id = strings.Clone(parts[0])
	}
	if typ != typePatient {
		e.RecordID = id
		return
	}
	e.PatientID = id
	if len(parts) > 1 && isType(parts[1]) { // the compartment of a patient
		e.RecordRaw = strings.Clone(parts[1])
	}
}

// patientOf reads a reference to one patient; several are none.
func patientOf(ref string, bare bool) string {
	_, id, found := strings.Cut(ref, typePatient+"/")
	if found {
		id, _, _ = strings.Cut(id, "/")
	} else if bare {
		id = ref
	}
	// Lists, identifiers and references that search for somebody have other signs.
	if len(id) > 64 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") != "" {
		return ""
	}
	return strings.Clone(id)
}

// isType reports whether a part of a path has the form of a resource type.
func isType(s string) bool {
	if len(s) < 4 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// claims are what is known of a caller, by short names in small letters.
type claims map[string]string

// claimsOf reads the column of the caller. Names of claims differ by the version of the
// token: a short one, or a web address that ends in one; the short one comes first.
func claimsOf(identity string) claims {
	c := claims{}
	var all map[string]any
	if json.Unmarshal([]byte(identity), &all) != nil {
		if !strings.ContainsAny(identity, `{["`) {
			c["oid"] = identity
		}
		return c
	}
	var long []string
	for name, v := range all {
		s, ok := v.(string)
		switch {
		case !ok || s == "":
		case strings.Contains(name, "/"):
			long = append(long, name)
		default:
			c[strings.ToLower(name)] = s
		}
	}
	slices.Sort(long)
	for _, name := range long {
		if short := strings.ToLower(name[strings.LastIndexByte(name, '/')+1:]); c[short] == "" {
			c[short], _ = all[name].(string)
		}
	}
	return c
}

// text returns the first claim that is there.
func (c claims) text(names ...string) string {
	for _, name := range names {
		if s := c[name]; s != "" {
			return s
		}
	}
	return ""
}

// rest writes an object back as text, for a column that holds JSON in either form.
func rest(o map[string]any) string {
	if o == nil {
		return ""
	}
	b, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	return string(b)
}

// readCaller tells a person from an application. The token of a person has a name, or
// the permissions that the person granted; that of an application has neither.
func readCaller(e *ingest.Event, identity, object string) {
	c := claimsOf(identity)
	e.UserID = object
	if e.UserID == "" {
		e.UserID = c.text("oid", "objectidentifier", "objectid")
	}
	e.UserAltID = c.text("preferred_username", "upn", "unique_name", "email", "emailaddress")
	e.UserName = c.text("name")
	app := c.text("appid", "azp", "clientid")
	person := e.UserAltID != "" || e.UserName != "" || c.text("scp", "scope") != ""
	if c.text("idtyp") == "app" || app != "" && !person {
		e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
		if e.UserID == "" {
			e.UserID = app
		}
	}
	if e.UserID == "" {
		e.UserID, e.UserAltID = e.UserAltID, ""
	}
}
