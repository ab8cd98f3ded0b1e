// Package fhirtype maps the names of FHIR resource types, of DSTU2 to R6, to the
// categories of data that events have. Parsers of logs about FHIR servers share it.
// It refuses to look at anything but the name.
package fhirtype

import "github.com/chartwatch/chartwatch/ingest"

// Record maps a resource type to a category of data.
func Record(resource string) ingest.RecordType {
	switch resource {
	case "Patient", "RelatedPerson", "Person":
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
	return administrative(resource)
}

// administrative maps the resource types that are no clinical data.
func administrative(resource string) ingest.RecordType {
	switch resource {
	case "Communication", "CommunicationRequest":
		return ingest.RecordMessage
	case "MeasureReport":
		return ingest.RecordReport
	case "AuditEvent", "Provenance":
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
