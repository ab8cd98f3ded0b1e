package propose

// ofPatient finds the patient.
func ofPatient(h header) meaning {
	medical := h.has("medical") && h.has("record", "chart", "number", "id") && !h.has("employee", "staff", "team")
	patient := h.has("patient", "mrn") || medical && (h.isID() || h.has("record"))
	weak := h.has("client", "chart", "resident", "demographic")
	switch {
	case h.only("pid"): // the patient's number, or that of a process
		return is(kindPatientID, 0.65)
	case h.only("sid"): // a session, or an account of the computer
		return is(kindSession, 0.65)
	case !patient && !weak:
		return meaning{}
	}
	switch {
	case h.has("provider", "by", "supervisor"):
		return is(kindOtherPerson, 0.8)
	case h.has("address", "status", "department", "location", "reason", "category", "group", "level", "comment", "notes", "value", "application"):
		return is(kindPersonal, 0.8)
	case h.has("action", "activity", "event", "operation", "access", "verb", "function", "interaction"):
		return meaning{} // "Patient activity" is what was done
	case weak && !patient && h.has("section", "part", "area", "tab", "item", "page", "component", "module", "form", "view", "screen"):
		return is(kindRecord, 0.85)
	case h.has("type", "data", "information", "text", "description", "detail", "narrative", "flag"):
		return is(kindPersonal, 0.7)
	case patient && h.has("document", "encounter", "order") && h.isID() && !h.has("chart", "record"):
		return meaning{}
	}
	strength := 0.95
	if !patient {
		strength = 0.85
	}
	switch {
	case h.wholeName():
		return is(kindPatientName, strength)
	case h.has("first"):
		return is(kindPatientFirst, strength)
	case h.has("surname") || h.has("last") && h.has("name"):
		return is(kindPatientLast, strength)
	case h.has("mrn") || h.isID():
		return is(kindPatientID, strength)
	case h.has("name", "display"):
		return is(kindPatientName, strength)
	}
	return is(kindPatient, strength)
}

// ofUser finds the person who acted.
func ofUser(h header) meaning {
	people := h.has("user", "operator", "employee", "staff", "who", "actor") || h.has("team") && h.has("member")
	switch {
	case h.numberOf("event", "audit", "row", "entered", "transaction", "sequence", "activity"):
		return meaning{} // "User event number" is that of the event
	case h.last() == "by" || h.has("by") && h.has("user", "name", "id", "staff", "employee"):
		return ofAgent(h)
	case h.has("target", "supervisor") && (people || h.has("person", "account", "member")), h.only("supervisor"):
		return is(kindOtherPerson, 0.9)
	case people && h.has("action", "activity", "event", "operation", "verb", "function", "access", "command") && !h.isID() && !h.has("name"):
		return meaning{}
	case people && h.has("provider") || people:
		strength := 0.95
		if h.has("employee", "provider", "created", "modified", "entered") {
			strength = 0.85
		}
		if h.has("signed") {
			return is(kindOtherPerson, 0.8)
		}
		if h.has("system", "network") {
			strength -= 0.1 // an account of the computer
		}
		return userPart(h, strength)
	case h.has("clinician"), h.has("accessing") && h.has("person", "provider", "member", "account"):
		return userPart(h, 0.8)
	case h.has("provider"), h.only("person"), h.just("person", "name"), h.just("person", "id"), h.only("member"), h.only("signed"):
		return is(kindOtherPerson, 0.8)
	case h.has("badge"), h.has("account") && h.has("name", "accessed", "performed"):
		return userPart(h, 0.75)
	}
	return meaning{}
}

// ofAgent reads headers such as "Viewed by": some name the person who acted,
// others one whom the record names.
func ofAgent(h header) meaning {
	switch {
	case h.has("signed", "created", "entered", "order", "patient", "received"):
		return is(kindOtherPerson, 0.8)
	case h.has("performed", "accessed", "opened", "viewed", "initiated", "recorded", "printed", "deleted", "action", "activity", "event", "access", "user", "staff", "employee", "operation", "occurred", "did", "used"), h.only("by"):
		return userPart(h, 0.93)
	case h.has("modified"):
		return userPart(h, 0.8)
	}
	return userPart(h, 0.75)
}

func userPart(h header, strength float64) meaning {
	switch {
	case h.wholeName():
		return is(kindUserName, strength)
	case h.has("first"):
		return is(kindUserFirst, strength)
	case h.has("surname") || h.has("last") && h.has("name"):
		return is(kindUserLast, strength)
	case h.has("name", "display"):
		return is(kindUserName, strength)
	case h.isID():
		return is(kindUserID, strength)
	}
	return is(kindUser, strength)
}
