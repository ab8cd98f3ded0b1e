package synth

import (
	"io"
	"time"
)

// SampleSeed is the seed of the practice in sample_logs.
const SampleSeed = 20250333

// Sample is one file of sample_logs.
type Sample struct {
	// Path is below sample_logs, with slashes.
	Path string
	// Write writes the file.
	Write func(io.Writer) error
}

// SamplePractice plays the practice of sample_logs, from October 2024 to March
// 2025, and plants what a review should show. Its zone must be America/New_York.
func SamplePractice(zone *time.Location) (*Practice, error) {
	p, err := Simulate(Options{
		Seed: SampleSeed, Start: time.Date(2024, time.October, 21, 0, 0, 0, 0, time.UTC), Days: 160, Zone: zone,
	})
	if err != nil {
		return nil, err
	}
	// The week from 17 March 2025.
	p.incidents(147)
	p.order()
	return p, nil
}

// Samples returns the files of sample_logs, in the order of their paths. Each
// log shows another system or another period of one practice, so that all of
// them can be read together without an access being there twice.
func Samples(zone *time.Location) ([]Sample, error) {
	p, err := SamplePractice(zone)
	if err != nil {
		return nil, err
	}
	// The practice left OpenEMR at the turn of the year. This export of two weeks holds
	// the night in which the clocks went back.
	autumn := Window{From: p.Midnight(2024, time.October, 28), To: p.Midnight(2024, time.November, 11)}
	// Four weeks in the new EHR and on the imaging server, with the night in
	// which the clocks went forward.
	spring := Window{From: p.Midnight(2025, time.February, 24), To: p.Midnight(2025, time.March, 24)}
	week := Window{From: p.Midnight(2025, time.March, 10), To: p.Midnight(2025, time.March, 17)}
	// The imaging server was upgraded in the night to this Monday.
	upgraded := Window{From: spring.To, To: p.Midnight(2025, time.March, 25)}
	booked := Window{From: upgraded.To, To: p.Midnight(2025, time.March, 27)}
	return []Sample{
		{"appointments/appointments.csv", func(w io.Writer) error { return p.WriteAppointments(w, autumn, spring, upgraded) }},
		{"atna/atna_audit.log", func(w io.Writer) error { return p.WriteATNALog(w, p.atnaMorning()) }},
		{"atna/atna_audit.xml", func(w io.Writer) error { return p.WriteATNADocument(w, p.atnaAfternoon()) }},
		{"azurefhir/audit_logs.json", func(w io.Writer) error { return p.WriteAzure(w, p.triedEarly(11)) }},
		{"bahmni/bahmni_audit_log.csv", func(w io.Writer) error { return p.WriteBahmni(w, p.triedOn(6)) }},
		{"delimited/access_log.csv", func(w io.Writer) error { return p.WriteAccessCSV(w, spring) }},
		{"epic/epic_access_log.csv", func(w io.Writer) error { return p.WriteEpic(w, p.epicDay()) }},
		{"fhiraudit/audit.ndjson", func(w io.Writer) error { return p.WriteAuditEvents(w, spring) }},
		{"fhiraudit/bundle_r5.json", func(w io.Writer) error { return p.WriteAuditBundle(w, upgraded) }},
		{"fhiraudit/medplum_stdout.log", func(w io.Writer) error { return p.WriteMedplum(w, p.triedEarly(16)) }},
		{"fhircontext/context_bundle.json", func(w io.Writer) error { return p.WriteContextBundle(w, booked) }},
		{"gcphealthcare/audit_log.json", func(w io.Writer) error { return p.WriteCloudAudit(w, p.triedEarly(13)) }},
		{"healthlake/cloudtrail.json", func(w io.Writer) error { return p.WriteCloudTrail(w, p.triedEarly(12)) }},
		{"normalized/events.ndjson", func(w io.Writer) error { return p.WriteNormalized(w, week) }},
		{"opendental/opendental_audit.sql", func(w io.Writer) error { return p.WriteOpenDental(w, p.openDentalDay()) }},
		{"openemr/openemr_log.sql", func(w io.Writer) error { return p.WriteOpenEMR(w, autumn) }},
		{"openmrs/auditlog_audit_log.csv", func(w io.Writer) error { return p.WriteOpenMRS(w, p.triedOn(5)) }},
		{"oscar/oscar_log.csv", func(w io.Writer) error { return p.WriteOSCAR(w, p.triedOn(4)) }},
		{"patients/patients.csv", p.WritePatients},
		{"roster/staff.csv", p.WriteStaff},
		{"touchworks/AUDIT_LOG.csv", func(w io.Writer) error { return p.WriteTouchWorksActions(w, p.touchWorksDay()) }},
		{"touchworks/PatientAccessLog.csv", func(w io.Writer) error { return p.WriteTouchWorksCharts(w, p.touchWorksDay()) }},
	}, nil
}
