package atna

import (
	"net/netip"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// DICOM's codes for the part that somebody or something had in an event.
const (
	roleApplication = "110150"
	roleDestination = "110152"
	roleSource      = "110153"

	roleMedia            = "110154"
	roleDestinationMedia = "110155"
)

// codeHL7 is dcm4chee's kind of identifier for an HL7 application.
const codeHL7 = "HL7APP"

// isSide reports whether a code names a side of an exchange, which says nothing
// about a person.
func isSide(code string) bool {
	switch code {
	case roleApplication, roleDestination, roleSource, roleMedia, roleDestinationMedia:
		return true
	}
	return false
}

// agent is a participant with what it is taken for.
type agent struct {
	*participant
	account string // the account, if the participant may be a person
	alias   string // the second name in a name of the form alias<user@issuer>
	label   string // the name of a person
	side    string // the code for its side of an exchange
	machine bool   // it is a machine, by a code or by its identifier
	coded   bool   // it has a machine's code
	person  bool   // it is coded as a person
	patient bool   // it is coded as a patient or a representative
	skilled bool   // it has a professional role
}

// readAgents looks at the participants of a message.
func (r *reader) readAgents(m *message) {
	r.agents = r.agents[:0]
	for i := range m.participants {
		r.agents = append(r.agents, readAgent(&m.participants[i]))
	}
}

func readAgent(p *participant) agent {
	a := agent{participant: p}
	a.readCodes()
	for _, role := range p.roles {
		a.readRole(role.code)
	}
	a.machine = a.coded || isMachineName(p.id)
	if !isMachineName(p.id) {
		a.account = identity(p.id)
	}
	if alias, user, ok := splitXUA(a.account); ok {
		a.account, a.alias, a.person = user, alias, true
	}
	if alias, user, ok := splitXUA(p.name); ok {
		// The user of the assertion, beside the address of the machine that sent it.
		a.alias, a.person = alias, true
		if a.account == "" || a.coded {
			a.account = user
		}
	} else {
		a.label = identity(p.name)
	}
	return a
}

// readCodes reads the kinds that dcm4chee and DICOM have for identifiers of
// users.
func (a *agent) readCodes() {
	switch a.idType.code {
	case "113871": // Person ID
		a.person = true
	case "110119", "110182", "113877", "12", codeHL7: // AE title, node, device, URI, application and facility
		a.coded = true
	case "":
		a.coded = a.userType == "2"
		a.person = a.userType == "1"
	}
}

func (a *agent) readRole(code string) {
	switch code {
	case roleApplication, roleDestination, roleSource:
		a.side, a.coded = code, true
	case roleMedia, roleDestinationMedia, "TCU": // the last is the technical user of national profiles
		a.coded = true
	case "PAT", "REP", "CAREGIVER", "429577009":
		a.patient = true
	case "110151": // Application Launcher
	case "":
	default:
		a.skilled = true
	}
}

// isMachineName reports whether an identifier has a form that only machines
// have: a web address, a path, facility|application, an IP address with or
// without a port, an AE title, or the account of a Windows computer or service.
func isMachineName(s string) bool {
	switch {
	case s == "":
		return false
	case strings.Contains(s, "|"), strings.HasSuffix(s, "$"), s[0] == '/', strings.HasPrefix(s, "AETITLE"):
		return true
	case strings.Contains(s, "://"):
		return !strings.Contains(s, "<") // a user's issuer is a web address too
	}
	domain, _, _ := strings.Cut(s, `\`)
	return isAddress(s) || strings.EqualFold(domain, "NT AUTHORITY") || strings.EqualFold(domain, "NT SERVICE")
}

// splitXUA splits the name that IHE has for a user of a SAML assertion,
// "alias<user@issuer>"; the alias may be empty.
func splitXUA(s string) (alias, user string, ok bool) {
	alias, rest, ok := strings.Cut(s, "<")
	if !ok || !strings.HasSuffix(rest, ">") {
		return "", "", false
	}
	rest = strings.TrimSuffix(rest, ">")
	i := strings.LastIndexByte(rest, '@')
	if i < 0 {
		return "", "", false
	}
	user = identity(rest[:i])
	return identity(alias), user, user != ""
}

// weight ranks the reasons to take a participant for the user, best first.
type weight uint8

const (
	weightNone  weight = iota
	weightNamed        // a person who did not ask, or a name beside a role of people
	weightMachineNamed
	weightRequestor
	weightPerson
)

func (a *agent) weight() weight {
	switch {
	case a.account == "":
		return weightNone
	case a.person && a.requestor:
		return weightPerson
	case !a.machine && a.requestor:
		return weightRequestor
	case a.requestor && a.idType.code == "" && a.label != "" && !isMachineName(a.label) && !a.isProcess():
		return weightMachineNamed // a person who stands on a machine's side of the exchange
	case a.person, !a.machine && (a.label != "" || a.skilled || a.patient):
		return weightNamed
	}
	return weightNone
}

// isProcess reports whether a machine's entry is that of a process, whose name
// is that of a program: an application, or whoever gives the number of its
// process as the second identifier.
func (a *agent) isProcess() bool {
	return a.side == roleApplication || a.altID != "" && isCount([]byte(a.altID))
}

// user returns the position of the participant that is the user, or -1.
func (r *reader) user() int {
	best, at := weightNone, -1
	for i := range r.agents {
		if w := r.agents[i].weight(); w > best {
			best, at = w, i
		}
	}
	return at
}

// setUser fills in who acted.
func (r *reader) setUser(m *message, e *ingest.Event) int {
	at := r.user()
	if at < 0 {
		r.setUserOfObject(m, e)
		return at
	}
	a := &r.agents[at]
	e.UserID = a.account
	e.Interactive, e.UserType = ingest.InteractiveYes, ingest.UserStaff
	alt := a.altID
	if alt == "" || a.coded && isCount([]byte(alt)) { // a machine's second identifier is its process
		alt = a.alias
	}
	if alt = identity(alt); alt != a.account {
		e.UserAltID = alt
	}
	var roles joiner
	for i := range r.agents {
		b := &r.agents[i]
		if b.account != a.account {
			continue
		}
		e.UserName = firstOf(e.UserName, b.label)
		if b.patient {
			e.UserType = ingest.UserPatient
		}
		for _, role := range b.roles {
			if !isSide(role.code) {
				roles.add(firstOf(role.label, role.code))
			}
		}
	}
	e.UserName = firstOf(a.label, e.UserName)
	e.UserRole = roles.String()
	r.setPrincipal(a, e)
	return at
}

// setPrincipal fills in for whom an assistant acted.
func (r *reader) setPrincipal(user *agent, e *ingest.Event) {
	if !hasRole(user, "ASS") {
		return
	}
	for i := range r.agents {
		if b := &r.agents[i]; b.account != user.account && hasRole(b, "HCP") {
			e.OnBehalfOf = b.account
			return
		}
	}
}

func hasRole(a *agent, code string) bool {
	for _, role := range a.roles {
		if role.code == code {
			return true
		}
	}
	return false
}

// setUserOfObject looks for the user where OpenEMR writes it: its participants
// are servers, and the user is an object. In an alert about an account that
// object is the account.
func (r *reader) setUserOfObject(m *message, e *ingest.Event) {
	for i := range m.objects {
		o := &m.objects[i]
		if !o.isUser() || codeOf(m.event) == codeSecurity {
			continue
		}
		if e.UserID = identity(o.id); e.UserID != "" {
			e.UserName = identity(o.name)
			e.UserType, e.Interactive = ingest.UserStaff, ingest.InteractiveYes
			return
		}
	}
	machines := len(r.agents) > 0
	for i := range r.agents {
		machines = machines && r.agents[i].machine
	}
	if machines && m.event.code != dialectOpenEMR {
		e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
	}
}

// isUser reports whether an object is a user by role and kind of identifier.
func (o *object) isUser() bool { return o.typ == "1" && o.role == "6" && o.idType.code == "11" }

// setDevice fills in from where the user acted: from the user's own entry, else
// from the other requestors', else from the client's. The client is the
// application, and otherwise the destination of what is read and the source of
// everything else.
func (r *reader) setDevice(e *ingest.Event, user int) {
	if user >= 0 {
		r.agents[user].device(e)
	}
	for i := range r.agents {
		if a := &r.agents[i]; a.requestor {
			a.device(e)
		}
	}
	side := roleSource
	if e.Action == ingest.ActionView {
		side = roleDestination
	}
	for _, want := range [...]string{roleApplication, side} {
		for i := range r.agents {
			if r.agents[i].side == want {
				r.agents[i].device(e)
			}
		}
	}
	for i := range r.agents {
		if e.IP == "" && e.Workstation == "" {
			r.agents[i].device(e)
		}
	}
}

// device reads an address where the event has none of its kind yet. A telephone
// number, a mail address and a web address are neither workstation nor address.
func (a *agent) device(e *ingest.Event) {
	s := identity(a.network)
	switch {
	case s == "" || a.networkType == "3" || a.networkType == "4" || a.networkType == "5" || strings.Contains(s, "://"):
	case a.networkType == "2" || isAddress(s):
		e.IP = firstOf(e.IP, s)
	default:
		e.Workstation = firstOf(e.Workstation, s)
	}
}

// isAddress reports whether s is an IP address, perhaps with a port.
func isAddress(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(s)
	return err == nil
}
