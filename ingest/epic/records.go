package epic

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// category maps words of a phrase to a category of data.
type category struct {
	record ingest.RecordType
	words  string // separated by spaces
}

// categories returns the words in the order in which they are asked: the more
// special ones first. Words that name a screen, such as storyboard or snapshot,
// say nothing about the data on it and are not here.
func categories() []category {
	return []category{
		{ingest.RecordPsychotherapy, "psychotherapy"},
		{ingest.RecordMessage, "message messages inbasket"},
		{ingest.RecordAppointment, "appointment appointments schedule schedules"},
		{ingest.RecordImmunization, "immunization immunizations vaccine vaccines"},
		{ingest.RecordAllergy, "allergy allergies"},
		{ingest.RecordProblem, "problem problems diagnosis diagnoses"},
		{ingest.RecordMedication, "medication medications prescription prescriptions mar"},
		{ingest.RecordVitals, "vitals"},
		{ingest.RecordImaging, "imaging radiology"},
		{ingest.RecordLabResult, "lab labs result results"},
		{ingest.RecordReferral, "referral referrals"},
		{ingest.RecordOrder, "order orders"},
		{ingest.RecordClinicalNote, "note notes"},
		{ingest.RecordDocument, "document documents letter letters media"},
		{ingest.RecordDemographics, "demographics"},
		{ingest.RecordInsurance, "coverage coverages insurance guarantor"},
		{ingest.RecordBilling, "claim claims charge charges billing payment payments"},
		{ingest.RecordReport, "report reports"},
	}
}

// recordOf returns the category that the words of a phrase name.
func recordOf(phrase []string) ingest.RecordType {
	for _, c := range categories() {
		for word := range strings.FieldsSeq(c.words) {
			if slices.Contains(phrase, word) {
				return c.record
			}
		}
	}
	return ingest.RecordOther
}
