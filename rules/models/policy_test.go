package models_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/rules/models"
)

type cell struct{ role, record, action string }

func policy(t *testing.T) map[cell]string {
	t.Helper()
	cells := map[cell]string{}
	for _, r := range models.DefaultPolicy() {
		c := cell{r.Role, r.RecordType, r.Action}
		if _, twice := cells[c]; twice {
			t.Errorf("%v is there twice", c)
		}
		cells[c] = r.Verdict
	}
	return cells
}

func TestDefaultPolicyIsOfClosedSets(t *testing.T) {
	for _, r := range models.DefaultPolicy() {
		if !slices.Contains(models.RoleNames(), r.Role) {
			t.Errorf("%q is not a role", r.Role)
		}
		if !slices.Contains(models.RecordTypes(), r.RecordType) {
			t.Errorf("%q is not a record type", r.RecordType)
		}
		if !slices.Contains(models.Actions(), r.Action) {
			t.Errorf("%q is not an action", r.Action)
		}
		if !slices.Contains([]string{models.Allow, models.Review, models.Deny}, r.Verdict) {
			t.Errorf("%q is not a verdict", r.Verdict)
		}
		if r.Why == "" {
			t.Errorf("%+v has no reason", r)
		}
	}
}

func TestDefaultPolicyCells(t *testing.T) {
	want := map[cell]string{
		{"front_desk", "clinical_note", "view"}:        models.Review,
		{"front_desk", "clinical_note", "delete"}:      models.Deny,
		{"front_desk", "medication", "view"}:           "", // refill requests come in by telephone
		{"front_desk", "vitals", "create"}:             "", // small practices
		{"front_desk", "demographics", "update"}:       "",
		{"front_desk", "psychotherapy_note", "view"}:   models.Deny,
		{"billing", "clinical_note", "view"}:           models.Allow,
		{"billing", "clinical_note", "update"}:         models.Deny,
		{"billing", "medication", "create"}:            models.Deny,
		{"billing", "psychotherapy_note", "view"}:      models.Deny,
		{"records", "clinical_note", "export"}:         models.Allow,
		{"records", "psychotherapy_note", "print"}:     models.Review,
		{"records", "psychotherapy_note", "update"}:    models.Deny,
		{"manager", "clinical_note", "view"}:           models.Allow,
		{"manager", "clinical_note", "update"}:         models.Review,
		{"manager", "user_admin", "create"}:            models.Allow,
		{"manager", "audit_log", "delete"}:             models.Review,
		{"student", "order", "create"}:                 models.Review,
		{"student", "clinical_note", "view"}:           "",
		{"lab", "lab_result", "update"}:                "",
		{"lab", "clinical_note", "update"}:             models.Review,
		{"security", "demographics", "view"}:           models.Deny,
		{"housekeeping", "appointment", "search"}:      models.Deny,
		{"security", "audit_log", "view"}:              "", // a security officer reads it
		{"nurse", "user_admin", "update"}:              models.Review,
		{"clinician", "clinical_note", "update"}:       "",
		{"clinician", "psychotherapy_note", "view"}:    "",
		{"therapist", "psychotherapy_note", "update"}:  "",
		{"assistant", "psychotherapy_note", "view"}:    models.Review,
		{"clinician", "configuration", "update"}:       models.Review,
		{"clinician", "audit_log", "delete"}:           models.Deny,
		{"assistant", "appointment", "create"}:         "",
		{"other", "clinical_note", "view"}:             "",
		{"assistant", "clinical_note", "create"}:       "",
		{"student", "clinical_note", "export"}:         models.Review,
		{"front_desk", "lab_result", "print"}:          "",
		{"billing", "problem", "update"}:               models.Review,
		{"billing", "problem", "delete"}:               models.Deny,
		{"front_desk", "order", "create"}:              models.Review,
		{"housekeeping", "psychotherapy_note", "view"}: models.Deny,
	}
	cells := policy(t)
	got := map[cell]string{}
	for c := range want {
		got[c] = cells[c]
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cell{})); diff != "" {
		t.Errorf("the default policy differs (-want +got):\n%s", diff)
	}
}

func TestDefaultPolicyLeavesTechnicalAndUnknownRolesAlone(t *testing.T) {
	for _, r := range models.DefaultPolicy() {
		if slices.Contains([]string{"it", "vendor", "interface", "unknown"}, r.Role) {
			t.Errorf("there is a row for %s: %+v", r.Role, r)
		}
	}
}

// Nobody who treats patients is ever denied a record of a patient by default.
func TestDefaultPolicyNeverDeniesCare(t *testing.T) {
	for _, r := range models.DefaultPolicy() {
		if r.Verdict == models.Deny && slices.Contains([]string{"clinician", "nurse", "assistant", "therapist", "student"}, r.Role) && r.RecordType != "audit_log" {
			t.Errorf("%+v", r)
		}
	}
}
