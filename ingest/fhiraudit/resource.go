package fhiraudit

import "github.com/chartwatch/chartwatch/ingest"

// recordOf is what an entity says about the record that was accessed.
type recordOf struct {
	typ            ingest.RecordType
	raw, id, label string
	rank           int
}

// The ranks of a record: the first entity whose resource type is known counts
// for more than an earlier one without.
const (
	rankNone = iota
	rankUntyped
	rankTyped
)

// recordOf reads an entity that is neither a patient nor an identifier of the
// request. Its description is left alone, because writers put the URL of a
// query into it.
func (r *reader) recordOf(n ref, what *party) recordOf {
	rec := recordOf{label: firstOf(r.str(n, fName), what.display), id: firstOf(what.ref.id, what.idValue)}
	typ := what.ref.typ
	if code := r.codeOf(n, fType); typ == "" && isTypeName(code) {
		typ = code
	}
	if typ != "" {
		rec.raw, rec.typ, rec.rank = typ, recordType(typ), rankTyped
		return rec
	}
	role := r.get(n, fRole)
	rec.raw = firstOf(what.labelType, r.str(role, fDisplay), r.str(role, fCoding, fDisplay), r.codeOf(n, fRole))
	if rec.id == "" && rec.label == "" {
		return recordOf{} // nothing but a remark
	}
	rec.typ, rec.rank = ingest.RecordOther, rankUntyped
	if r.codeOf(n, fRole) == "3" {
		rec.typ = ingest.RecordReport
	}
	if rec.raw == "" {
		rec.raw = r.codeOf(n, fType)
	}
	return rec
}

// recordType maps a FHIR resource type to a category of data.
func recordType(resource string) ingest.RecordType {
	switch resource {
	case typePatient, "RelatedPerson", "Person":
		return ingest.RecordDemographics
	case "Appointment", "AppointmentResponse", "Schedule", "Slot", "Encounter", "EpisodeOfCare":
		return ingest.RecordAppointment
	case "Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse", "EligibilityRequest",
		"EligibilityResponse", "EnrollmentRequest", "EnrollmentResponse", "InsurancePlan":
		return ingest.RecordInsurance
	case "Claim", "ClaimResponse", "ExplanationOfBenefit", "Account", "ChargeItem", "Invoice", "PaymentNotice",
		"PaymentReconciliation":
		return ingest.RecordBilling
	case "Composition", "ClinicalImpression":
		return ingest.RecordClinicalNote
	case "Medication", "MedicationRequest", "MedicationOrder", "MedicationPrescription", "MedicationStatement",
		"MedicationUsage", "MedicationAdministration", "MedicationDispense":
		return ingest.RecordMedication
	case "AllergyIntolerance", "AdverseEvent":
		return ingest.RecordAllergy
	case "Condition":
		return ingest.RecordProblem
	case "Observation", "DiagnosticReport", "Specimen":
		return ingest.RecordLabResult
	case "ImagingStudy", "ImagingSelection", "ImagingObjectSelection", "ImagingManifest":
		return ingest.RecordImaging
	case "Immunization", "ImmunizationRecommendation", "ImmunizationEvaluation":
		return ingest.RecordImmunization
	case "DocumentReference", "DocumentManifest", "Binary", "Media", "Consent":
		return ingest.RecordDocument
	case "ServiceRequest", "ProcedureRequest", "DiagnosticOrder", "DiagnosticRequest", "DeviceRequest",
		"NutritionOrder", "VisionPrescription", "RequestGroup", "RequestOrchestration", "Order":
		return ingest.RecordOrder
	case "ReferralRequest":
		return ingest.RecordReferral
	}
	return administrativeType(resource)
}

// administrativeType maps the resource types that are no clinical data.
func administrativeType(resource string) ingest.RecordType {
	switch resource {
	case "Communication", "CommunicationRequest":
		return ingest.RecordMessage
	case "MeasureReport":
		return ingest.RecordReport
	case auditEvent, "Provenance":
		return ingest.RecordAuditLog
	case "Practitioner", "PractitionerRole", "User", "AccessPolicy", "Permission", "ProjectMembership":
		return ingest.RecordUserAdmin
	case "Organization", "Location", "HealthcareService", "Endpoint", "Device", "Subscription",
		"CapabilityStatement", "Conformance", "StructureDefinition", "SearchParameter", "OperationDefinition",
		"ValueSet", "CodeSystem", "ConceptMap", "NamingSystem":
		return ingest.RecordConfiguration
	}
	return ingest.RecordOther
}
