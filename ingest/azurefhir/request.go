package azurefhir

import (
	"encoding/json"
	"net/url"
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
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, p := range parts {
		if !isType(p) {
			continue
		}
		id := ""
		if i+1 < len(parts) && parts[i+1] != "" && !strings.HasPrefix(parts[i+1], "_") && !strings.HasPrefix(parts[i+1], "$") {
			id = parts[i+1]
		}
		if e.RecordRaw == "" {
			e.RecordRaw = p
		}
		if p == "Patient" {
			e.PatientID = id
			if i+2 < len(parts) && isType(parts[i+2]) { // the compartment of a patient
				e.RecordRaw = parts[i+2]
			}
		} else {
			e.RecordID = id
		}
		break
	}
	if e.PatientID != "" {
		return
	}
	query := u.Query()
	for _, name := range []string{"patient", "subject", "patient:Patient", "subject:Patient"} {
		if id := patientOf(query.Get(name), strings.HasPrefix(name, "patient") || strings.HasSuffix(name, ":Patient")); id != "" {
			e.PatientID = id
			return
		}
	}
	if e.RecordRaw == "Patient" {
		e.PatientID = patientOf(query.Get("_id"), true)
	}
}

// patientOf reads a reference to one patient; several are none.
func patientOf(ref string, bare bool) string {
	if strings.ContainsAny(ref, ",|") {
		return ""
	}
	if _, id, found := strings.Cut(ref, "Patient/"); found {
		id, _, _ = strings.Cut(id, "/")
		return id
	}
	if bare && !strings.Contains(ref, "/") {
		return ref
	}
	return ""
}

// isType reports whether a part of a path has the form of a resource type.
func isType(s string) bool {
	if len(s) < 4 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// claims are what is known of a caller. Names of claims differ by the version of the token.
type claims map[string]any

func (c claims) text(names ...string) string {
	for _, name := range names {
		for k, v := range c {
			if s, ok := v.(string); ok && s != "" && (strings.EqualFold(k, name) || strings.HasSuffix(strings.ToLower(k), "/"+name)) {
				return s
			}
		}
	}
	return ""
}

// rest writes an object back as text, for a column that holds JSON in either form.
func rest(o map[string]any) string {
	b, err := json.Marshal(o)
	if err != nil {
		return ""
	}
	return string(b)
}

// readCaller tells a person from an application.
func readCaller(e *ingest.Event, identity, object string) {
	var c claims
	if json.Unmarshal([]byte(identity), &c) != nil {
		c = nil
	}
	e.UserID = object
	if e.UserID == "" {
		e.UserID = c.text("oid", "objectidentifier", "objectid")
	}
	e.UserAltID = c.text("preferred_username", "upn", "unique_name", "email", "emailaddress")
	e.UserName = c.text("name")
	app := c.text("appid", "azp", "clientid")
	if c.text("idtyp") == "app" || e.UserID == "" && app != "" {
		e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
		if e.UserID == "" {
			e.UserID = app
		}
	}
	if e.UserID == "" {
		e.UserID, e.UserAltID = e.UserAltID, ""
	}
}
