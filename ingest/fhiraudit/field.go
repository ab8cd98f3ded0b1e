package fhiraudit

// field is an element name that the parser knows. Elements with any other name
// are passed over unread, among them the narrative, the contained resources
// and the query, which is never looked at.
type field uint8

const (
	fNone field = iota
	fResource
	fResourceType
	fEntry
	fID
	fEvent
	fType
	fSubtype
	fCategory
	fCode
	fAction
	fRecorded
	fDateTime
	fPeriod
	fStart
	fEnd
	fOccurredDateTime
	fOccurredPeriod
	fOutcome
	fOutcomeDesc
	fDetail
	fText
	fCoding
	fSystem
	fValue
	fDisplay
	fPurposeOfEvent
	fPurposeOfUse
	fAuthorization
	fAgent
	fParticipant
	fEntity
	fObject
	fWho
	fWhat
	fReference
	fIdentifier
	fUserID
	fAltID
	fName
	fRequestor
	fRole
	fNetwork
	fAddress
	fNetworkString
	fNetworkURI
	fNetworkReference
	fPolicy
	fLocation
	fMedia
	fSource
	fSite
	fObserver
	fPatient
	fExtension
	fURL
	fValueIdentifier
	fValueString
	fValueID
	fMessage
)

// fieldOf returns the field with a name.
func fieldOf(name string) field {
	switch name {
	case "resource":
		return fResource
	case "resourceType":
		return fResourceType
	case "entry":
		return fEntry
	case "id":
		return fID
	case "event":
		return fEvent
	case "type":
		return fType
	case "subtype":
		return fSubtype
	case "category":
		return fCategory
	case "code":
		return fCode
	case "action":
		return fAction
	case "recorded":
		return fRecorded
	case "dateTime":
		return fDateTime
	case "period":
		return fPeriod
	case "start":
		return fStart
	case "end":
		return fEnd
	case "occurredDateTime":
		return fOccurredDateTime
	case "occurredPeriod":
		return fOccurredPeriod
	case "outcome":
		return fOutcome
	case "outcomeDesc":
		return fOutcomeDesc
	case "detail":
		return fDetail
	case "text":
		return fText
	case "coding":
		return fCoding
	case "system":
		return fSystem
	case "value":
		return fValue
	case "display":
		return fDisplay
	case "purposeOfEvent":
		return fPurposeOfEvent
	case "purposeOfUse":
		return fPurposeOfUse
	case "authorization":
		return fAuthorization
	}
	return fieldOfActor(name)
}

// fieldOfActor is the second half of the list: the names below the agents, the
// entities and the source.
func fieldOfActor(name string) field {
	switch name {
	case "agent":
		return fAgent
	case "participant":
		return fParticipant
	case "entity":
		return fEntity
	case "object":
		return fObject
	case "who":
		return fWho
	case "what":
		return fWhat
	case "reference":
		return fReference
	case "identifier":
		return fIdentifier
	case "userId":
		return fUserID
	case "altId":
		return fAltID
	case "name":
		return fName
	case "requestor":
		return fRequestor
	case "role":
		return fRole
	case "network":
		return fNetwork
	case "address":
		return fAddress
	case "networkString":
		return fNetworkString
	case "networkUri":
		return fNetworkURI
	case "networkReference":
		return fNetworkReference
	case "policy":
		return fPolicy
	case "location":
		return fLocation
	case "media":
		return fMedia
	case "source":
		return fSource
	case "site":
		return fSite
	case "observer":
		return fObserver
	case "patient":
		return fPatient
	case "extension":
		return fExtension
	case "url":
		return fURL
	case "valueIdentifier":
		return fValueIdentifier
	case "valueString", "valueUri", "valueUrl":
		return fValueString
	case "valueUuid", "valueId", "valueCode":
		return fValueID
	case "message", "@message", "msg", "log", "MESSAGE", "textPayload", "jsonPayload", "_raw":
		return fMessage
	}
	return fNone
}
