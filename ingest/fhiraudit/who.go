package fhiraudit

import (
	"net/netip"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// agent is one participant of an event.
type agent struct {
	n         ref
	who       party
	name      string
	requestor bool
	machine   bool // coded as a machine
	person    bool // coded as a person
	provider  bool // coded as a provider, which may be an organisation
	patient   bool // coded as a patient or a representative
	delegator bool // the one for whom somebody else acted
	skilled   bool // has a professional role
	wordsOnly bool // has a role in words only
	other     bool // is a medium, a device or an organisation
	client    clientCode
}

// clientCode is the DICOM code that tells which side of an exchange it was.
type clientCode uint8

const (
	clientNone clientCode = iota
	clientApplication
	clientDestination
	clientSource
)

// readAgents reads the participants of an event.
func (r *reader) readAgents(event ref) {
	r.agents = r.agents[:0]
	for a := r.either(event, fAgent, fParticipant); a != 0; a = r.more(a) {
		r.agents = append(r.agents, r.agent(a))
	}
}

func (r *reader) agent(n ref) agent {
	a := agent{n: n, name: r.str(n, fName), requestor: r.str(n, fRequestor) == "true"}
	// In STU3 and before, the reference and the user id stand side by side.
	a.who = r.party(r.either(n, fWho, fReference), r.get(n, fUserID))
	r.codes = r.allCodings(r.codes[:0], n, fType)
	types := len(r.codes)
	r.codes = r.allCodings(r.codes, n, fRole)
	for i, c := range r.codes {
		a.classify(c, i >= types)
	}
	a.machine = a.machine && !a.person
	a.other = a.who.ref.typ != "" && !isPersonType(a.who.ref.typ) || r.get(n, fMedia) != 0 ||
		strings.HasSuffix(a.id(), "$") // a Windows machine account
	return a
}

// classify notes what one code of the agent's type or role says.
func (a *agent) classify(c coding, role bool) {
	switch c.code {
	case "110150":
		a.machine, a.client = true, clientApplication
	case "110152":
		a.machine, a.client = true, clientDestination
	case "110153":
		a.machine, a.client = true, clientSource
	case "110154", "110155", "authserver", "dataprocessor", "homeCommunityId":
		a.machine = true
	case "humanuser", "IRCP", "INF", "AUT", "CST", "UserOauthAgent", "UserSamlAgent":
		a.person = true
	case "PROV":
		a.provider = true
	case "PAT", "CAREGIVER", "429577009": // the last is SNOMED CT's patient advocate
		a.person, a.patient = true, true
	case "DELEGATOR":
		a.delegator = true
	case "":
		a.wordsOnly = a.wordsOnly || role
	case "HCP":
		a.skilled = true
	default:
		a.skilled = a.skilled || isProfession(c.system, role)
	}
}

// isProfession reports whether a code system lists occupations and roles of
// people.
func isProfession(system string, role bool) bool {
	switch system {
	case "http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96", "http://nucc.org/provider-taxonomy":
		return true
	}
	return role && (strings.HasSuffix(system, "v3-RoleClass") || strings.HasSuffix(system, "practitioner-role") ||
		strings.HasSuffix(system, "v3-RoleCode"))
}

// isPersonType reports whether resources of a type are people.
func isPersonType(typ string) bool {
	switch typ {
	case "Practitioner", "PractitionerRole", typePatient, "RelatedPerson", "Person", "User":
		return true
	}
	return false
}

func (a *agent) pointsAtPerson() bool { return isPersonType(a.who.ref.typ) }

// id is the account that the agent names. Where a name is all there is, the
// name is the account.
func (a *agent) id() string {
	return firstOf(identity(a.who.idValue), identity(a.who.ref.id))
}

// personalName reports whether an agent that is coded as a machine carries the
// name of a person: in R4 and before a name, in R5 a label of several words
// beside an identifier.
func (a *agent) personalName() bool {
	return a.name != "" || a.who.idValue != "" && strings.Contains(a.who.display, " ")
}

// evidence ranks the reasons to take an agent for the user, best first.
type evidence uint8

const (
	evidenceNone evidence = iota
	evidenceRoleText
	evidenceMachinePointing
	evidenceNamed
	evidenceMachineRequestor
	evidenceProfession
	evidencePersonCode
	evidenceRequestor
)

func (a *agent) evidence() evidence {
	human := !a.machine && !a.other && !a.delegator
	switch {
	case human && a.requestor:
		return evidenceRequestor
	case human && (a.person || a.provider && (a.pointsAtPerson() || a.name != "")):
		return evidencePersonCode
	case human && a.skilled:
		return evidenceProfession
	case a.machine && a.requestor && !a.other && (a.personalName() || a.pointsAtPerson()):
		return evidenceMachineRequestor
	case human && (a.name != "" || a.pointsAtPerson()):
		return evidenceNamed
	case a.machine && !a.other && a.pointsAtPerson():
		return evidenceMachinePointing
	case human && a.wordsOnly && a.id() != "":
		return evidenceRoleText
	}
	return evidenceNone
}

// user returns the position of the agent that is the user, or -1.
func (r *reader) user() (int, evidence) {
	best, at := evidenceNone, -1
	for i := range r.agents {
		if e := r.agents[i].evidence(); e > best {
			best, at = e, i
		}
	}
	return at, best
}

// setUser fills in who acted.
func (r *reader) setUser(e *ingest.Event) int {
	at, why := r.user()
	if at < 0 {
		if len(r.agents) > 0 && r.onlyMachines() {
			e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
		}
		return at
	}
	a := &r.agents[at]
	name := firstOf(identity(a.name), identity(a.who.display))
	alt := firstOf(r.str(a.n, fAltID), r.otherID(a.n))
	if a.who.idValue != "" && alt == "" {
		alt = identity(a.who.ref.id)
	}
	e.UserID = firstOf(a.id(), identity(alt), name)
	if alt != e.UserID {
		e.UserAltID = identity(alt)
	}
	e.UserName = name
	e.UserRole = r.roles(a.n)
	e.SessionID = r.token(a.n)
	if why != evidenceRoleText {
		e.Interactive = ingest.InteractiveYes
	}
	switch {
	case a.patient || a.who.ref.typ == typePatient || a.who.ref.typ == "RelatedPerson":
		e.UserType = ingest.UserPatient
	case e.UserID != "" && why != evidenceRoleText:
		e.UserType = ingest.UserStaff
	}
	for i := range r.agents {
		if d := &r.agents[i]; d.delegator && i != at {
			e.OnBehalfOf = firstOf(d.id(), identity(d.name), identity(d.who.display))
		}
	}
	return at
}

func (r *reader) onlyMachines() bool {
	for i := range r.agents {
		if a := &r.agents[i]; !a.machine && !a.other {
			return false
		}
	}
	return true
}

// otherID returns a second identifier from the extensions that R5 and IHE have
// for it.
func (r *reader) otherID(n ref) string {
	for x := r.get(n, fExtension); x != 0; x = r.more(x) {
		url := r.str(x, fURL)
		if strings.HasSuffix(url, "AlternativeUserID") || strings.HasSuffix(url, "/ihe-otherId") {
			if v := r.str(x, fValueIdentifier, fValue); v != "" {
				return v
			}
		}
	}
	return ""
}

// roles lists the agent's roles by their labels and its types by their codes.
// The codes for the sides of an exchange say nothing about a person.
func (r *reader) roles(n ref) string {
	r.codes = r.allCodings(r.codes[:0], n, fRole)
	roles := len(r.codes)
	r.codes = r.allCodings(r.codes, n, fType)
	kept := r.codes[:0]
	for i, c := range r.codes {
		if isSide(c.code) {
			continue
		}
		if i < roles && c.display != "" {
			c.code = c.display
		}
		kept = append(kept, c)
	}
	return joinDistinct(kept, coding.label)
}

// isSide reports whether a DICOM code names a side of an exchange: the
// application, the source, the destination or a medium.
func isSide(code string) bool {
	switch code {
	case "110150", "110152", "110153", "110154", "110155":
		return true
	}
	return false
}

// token returns the id of the token under which the agent acted. A policy that
// is a web address is a policy and no token.
func (r *reader) token(n ref) string {
	for p := r.get(n, fPolicy); p != 0; p = r.more(p) {
		if s := r.str(p); s != "" && !strings.Contains(s, "://") {
			return s
		}
	}
	return ""
}

// setDevice fills in from where the user acted: from the user's own entry, else
// from the other requestors', else from the client's. The client is the
// application, and otherwise the destination of what is read and the source of
// everything else.
func (r *reader) setDevice(e *ingest.Event, user int) {
	if user >= 0 {
		r.network(e, r.agents[user].n)
	}
	for i := range r.agents {
		if a := &r.agents[i]; i != user && a.requestor {
			r.network(e, a.n)
		}
	}
	side := clientSource
	if e.Action == ingest.ActionView {
		side = clientDestination
	}
	for _, want := range [...]clientCode{clientApplication, side} {
		for i := range r.agents {
			if r.agents[i].client == want {
				r.network(e, r.agents[i].n)
			}
		}
	}
	for i := range r.agents {
		if e.IP == "" && e.Workstation == "" {
			r.network(e, r.agents[i].n)
		}
	}
}

// network reads an agent's network address where the event has none of its
// kind yet. A web address is neither a workstation nor an IP address.
func (r *reader) network(e *ingest.Event, n ref) {
	ip, host := r.address(n)
	if e.IP == "" {
		e.IP = ip
	}
	if e.Workstation == "" {
		e.Workstation = host
	}
}

func (r *reader) address(n ref) (ip, host string) {
	if device := r.get(n, fNetworkReference); device != 0 {
		p := r.party(device, 0)
		return "", firstOf(p.display, p.idValue, p.ref.id)
	}
	kind := r.str(n, fNetwork, fType)
	s := identity(firstOf(r.str(n, fNetwork, fAddress), r.str(n, fNetworkString), r.str(n, fNetworkURI)))
	if bare, ok := strings.CutPrefix(s, "urn:ipv6:"); ok {
		return bare, ""
	}
	if bare, ok := strings.CutPrefix(s, "urn:ipv4:"); ok {
		return bare, ""
	}
	switch {
	case s == "" || strings.Contains(s, "://") || strings.HasPrefix(s, "urn:") || kind == "3" || kind == "4":
		return "", ""
	case kind == "2" || isAddress(s):
		return s, ""
	case kind == "5":
		return "", ""
	}
	return "", s
}

// isAddress reports whether s is an IP address, perhaps with a port.
func isAddress(s string) bool {
	if c := s[0]; c != '[' && c != ':' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
		return false
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(s)
	return err == nil
}
