package model_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/practice"
)

// sampleDesk holds the sample practice.
func sampleDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	for _, file := range []string{
		"delimited/access_log.csv", "roster/staff.csv", "patients/patients.csv", "appointments/appointments.csv", "fhiraudit/audit.ndjson",
		"normalized/events.ndjson", "openemr/openemr_log.sql",
	} {
		d.path(filepath.Dir(file), filepath.Join(rootDir(t), "sample_logs", file))
	}
	d.practice.Hours = []practice.Hours{{Days: []time.Weekday{1, 2, 3, 4, 5}, Open: 450, Close: 1050}}
	d.practice.Holidays = "us-federal"
	return d
}

func TestSamplePractice(t *testing.T) {
	d := sampleDesk(t)
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT source_id, count(*) AS n FROM events GROUP BY 1 ORDER BY 1", "delimited 1685", "fhiraudit 221", "normalized 92")
		b.check("SELECT role, count(DISTINCT person_id) AS n FROM events WHERE user_type = 'staff' AND user_id IS NOT NULL GROUP BY 1 ORDER BY 1",
			"assistant 4", "billing 1", "clinician 2", "front_desk 2", "manager 1", "vendor 1")
		b.check("SELECT ip_class, is_onsite, count(DISTINCT e.workstation) AS n FROM events e JOIN station s ON s.workstation = e.workstation GROUP BY 1, 2 ORDER BY 1, 2",
			"external 0 5", "onsite 1 9")
		b.check("SELECT day_no, sum(off_hours)::BIGINT AS off FROM events WHERE day_no BETWEEN "+dayText("03-10")+" AND "+dayText("03-16")+" GROUP BY 1 ORDER BY 1",
			"25-03-10 0", "25-03-11 11", "25-03-12 10", "25-03-13 0", "25-03-14 0", "25-03-15 0", "25-03-16 0")
		b.check("SELECT person_id, patient_id, kind, second_link FROM relation ORDER BY ALL",
			"bfarrow 1053 self 0", "bfarrow 1054 household 0", "bfarrow 1054 surname 1", "kdelgado 1017 self 0")
		b.check("SELECT source_id, count(*) AS days, sum(expected)::BIGINT AS expected, sum(events)::BIGINT AS events FROM source_day WHERE day_no >= "+dayText("02-24")+" GROUP BY 1 ORDER BY 1",
			"delimited 22 16 1685", "fhiraudit 22 16 221", "normalized 5 5 92")
		b.check("SELECT source_id, after_seq, missing FROM seq_gap ORDER BY ALL")
		b.check("SELECT status, count(*) AS n FROM visit GROUP BY 1 ORDER BY 1", "kept 143", "missed 10")
		if len(b.Notices) > 0 {
			t.Errorf("notices of a practice that is in order: %+v", b.Notices)
		}
		if want := []string{"workstations"}; !slices.Equal(b.Missing, want) {
			t.Errorf("missing %v, want %v", b.Missing, want)
		}
	})
}
