package atna

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// coded is a coded value, in either spelling.
type coded struct {
	code, system, label string
}

// name returns the code, or the label where there is none or where free text
// stands in its place.
func (c coded) name() string {
	const longest = 128
	if c.code != "" && len(c.code) <= longest && !strings.ContainsAny(c.code, " \t\r\n") {
		return c.code
	}
	return firstOf(label(c.code), label(c.label))
}

// participant is an ActiveParticipant.
type participant struct {
	id, altID, name string
	userType        string // 1 is a person, 2 a system (dcm4chee)
	idType          coded
	roles           []coded
	requestor       bool
	network         string
	networkType     string
	media           bool // it is a medium to which data went
}

// object is a ParticipantObjectIdentification without its query and its
// details, which are never looked at.
type object struct {
	id, typ, role string
	idType        coded
	name          string
	query         bool
}

// message is an AuditMessage. Its slices are used again for the next one.
type message struct {
	identified bool // it has an EventIdentification
	action     string
	when       string
	outcome    string
	reason     string
	event      coded
	types      []coded
	purposes   []coded
	sourceID   string
	site       string

	participants []participant
	objects      []object
}

// status says how reading a message ended.
type status uint8

const (
	statusOK status = iota
	statusSyntax
	statusEnd  // the text ends too early
	statusDeep // nested too deep
)

// maxDepth is how deep a message may be nested.
const maxDepth = 32

// The elements of a message.
const (
	elementEvent       = "EventIdentification"
	elementParticipant = "ActiveParticipant"
	elementSource      = "AuditSourceIdentification"
	elementObject      = "ParticipantObjectIdentification"
)

func (m *message) reset() {
	*m = message{
		types: m.types[:0], purposes: m.purposes[:0], participants: m.participants[:0], objects: m.objects[:0],
	}
}

// read reads one AuditMessage element. It has been cut out of its document, so
// a prefix may be undeclared, and only the entities of XML itself are known.
func (m *message) read(s string) status {
	m.reset()
	d := xml.NewDecoder(strings.NewReader(s))
	open := make([]string, 0, maxDepth) // the elements around the next token
	text := false                       // the characters of an element are wanted
	var chars []byte
	for {
		tok, err := d.RawToken()
		if err != nil {
			return statusOf(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if len(open) == maxDepth {
				return statusDeep
			}
			open = append(open, e.Name.Local)
			m.start(open, e.Attr)
			chars, text = chars[:0], len(open) == 3 && wantsText(e.Name.Local)
		case xml.CharData:
			if text {
				chars = append(chars, e...)
			}
		case xml.EndElement:
			last := len(open) - 1
			if last < 0 || open[last] != e.Name.Local {
				return statusSyntax
			}
			if text {
				m.characters(open[1:], strings.TrimSpace(string(chars)))
				text = false
			}
			open = open[:last]
			if last == 0 {
				return statusOK
			}
		case xml.Directive:
			return statusSyntax
		}
	}
}

func statusOf(err error) status {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF") {
		return statusEnd
	}
	return statusSyntax
}

func wantsText(element string) bool {
	return element == "ParticipantObjectName" || element == "EventOutcomeDescription"
}

// characters takes the text of an element within one of the message's parts.
func (m *message) characters(path []string, text string) {
	switch path[0] + "/" + path[1] {
	case elementEvent + "/EventOutcomeDescription":
		m.reason = text
	case elementObject + "/ParticipantObjectName":
		m.objects[len(m.objects)-1].name = text
	}
}

// start takes a start tag; the path leads to it from the message.
func (m *message) start(path []string, attrs []xml.Attr) {
	switch {
	case len(path) == 2:
		m.part(path[1], attrs)
	case len(path) < 3:
	case path[1] == elementEvent && len(path) == 3:
		m.eventChild(path[2], attrs)
	case path[1] == elementParticipant:
		m.participantChild(path[2:], attrs)
	case path[1] == elementObject && len(path) == 3:
		m.objectChild(path[2], attrs)
	}
}

// part takes the start of one of the message's parts.
func (m *message) part(element string, attrs []xml.Attr) {
	switch element {
	case elementEvent:
		m.identified = true
		for _, a := range attrs {
			switch a.Name.Local {
			case "EventActionCode":
				m.action = strings.ToUpper(strings.TrimSpace(a.Value))
			case "EventDateTime":
				m.when = strings.TrimSpace(a.Value)
			case "EventOutcomeIndicator":
				m.outcome = strings.TrimSpace(a.Value)
			}
		}
	case elementParticipant:
		m.participants = append(m.participants, readParticipant(attrs))
	case elementSource:
		for _, a := range attrs {
			switch a.Name.Local {
			case "AuditSourceID":
				m.sourceID = firstOf(m.sourceID, identity(a.Value))
			case "AuditEnterpriseSiteID":
				m.site = firstOf(m.site, identity(a.Value))
			}
		}
	case elementObject:
		m.objects = append(m.objects, readObject(attrs))
	}
}

func readParticipant(attrs []xml.Attr) participant {
	p := participant{requestor: true} // the default of RFC 3881
	for _, a := range attrs {
		v := strings.TrimSpace(a.Value)
		switch a.Name.Local {
		case "UserID":
			p.id = v
		case "AlternativeUserID":
			p.altID = v
		case "UserName":
			p.name = v
		case "UserTypeCode":
			p.userType = v
		case "UserIsRequestor":
			p.requestor = !strings.EqualFold(v, "false") && v != "0" // .NET writes False
		case "NetworkAccessPointID":
			p.network = v
		case "NetworkAccessPointTypeCode":
			p.networkType = v
		}
	}
	return p
}

func readObject(attrs []xml.Attr) object {
	var o object
	for _, a := range attrs {
		v := strings.TrimSpace(a.Value)
		switch a.Name.Local {
		case "ParticipantObjectID":
			o.id = v
		case "ParticipantObjectTypeCode":
			o.typ = v
		case "ParticipantObjectTypeCodeRole":
			o.role = v
		}
	}
	return o
}

func (m *message) eventChild(element string, attrs []xml.Attr) {
	switch element {
	case "EventID":
		m.event = readCoded(attrs)
	case "EventTypeCode":
		m.types = append(m.types, readCoded(attrs))
	case "PurposeOfUse":
		m.purposes = append(m.purposes, readCoded(attrs))
	}
}

func (m *message) participantChild(path []string, attrs []xml.Attr) {
	p := &m.participants[len(m.participants)-1]
	switch path[len(path)-1] {
	case "RoleIDCode":
		p.roles = append(p.roles, readCoded(attrs))
	case "UserIDTypeCode":
		p.idType = readCoded(attrs)
	case "MediaIdentifier", "MediaType":
		p.media = true
	}
}

func (m *message) objectChild(element string, attrs []xml.Attr) {
	o := &m.objects[len(m.objects)-1]
	switch element {
	case "ParticipantObjectIDTypeCode":
		o.idType = readCoded(attrs)
	case "ParticipantObjectQuery":
		o.query = true
	}
}

// readCoded reads a coded value: code and displayName in RFC 3881, csd-code and
// originalText in DICOM.
func readCoded(attrs []xml.Attr) coded {
	var c coded
	var original string
	for _, a := range attrs {
		v := strings.TrimSpace(a.Value)
		switch a.Name.Local {
		case "csd-code", "code":
			c.code = firstOf(c.code, v)
		case "codeSystemName":
			c.system = v
		case "codeSystem":
			c.system = firstOf(c.system, v)
		case "displayName":
			c.label = v
		case "originalText":
			original = v
		}
	}
	c.label = firstOf(c.label, original)
	return c
}
