package models_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/rules/models"
)

// The page for authors of rules says what the code says.
func TestReadme(t *testing.T) {
	golden.Compare(t, "README.md", models.Markdown())
}

func TestModelsAreSound(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, m := range models.All() {
		if seen[m.Name] || !name.MatchString(m.Name) || m.Grain == "" || m.Doc == "" || m.Columns[0].Name != "site" {
			t.Errorf("model %s is not described, or is there twice", m.Name)
		}
		seen[m.Name] = true
		columns := map[string]bool{}
		for _, c := range m.Columns {
			if columns[c.Name] || !name.MatchString(c.Name) || c.Doc == "" {
				t.Errorf("%s.%s is not described, or is there twice", m.Name, c.Name)
			}
			columns[c.Name] = true
			fits := false
			switch c.Default.(type) {
			case nil:
				fits = c.Nullable
			case int64:
				fits = c.Type == models.Integer
			case float64:
				fits = c.Type == models.Real
			case string:
				fits = c.Type == models.Text
			}
			if !fits {
				t.Errorf("%s.%s has the default %v, which is no %s", m.Name, c.Name, c.Default, c.Type)
			}
		}
	}
}

func TestVocabulary(t *testing.T) {
	for action, want := range map[string][3]bool{
		"view": {true, false, false}, "print": {true, false, true}, "export": {true, false, true}, "search": {true, false, false},
		"create": {false, true, false}, "update": {false, true, false}, "delete": {false, true, false}, "login": {}, "other": {},
	} {
		if got := [3]bool{models.IsRead(action), models.IsWrite(action), models.IsTaking(action)}; got != want {
			t.Errorf("%s: read, write, taking are %v, want %v", action, got, want)
		}
	}
	var not []string
	for _, r := range models.RecordTypes() {
		if !models.IsClinical(r, "view") {
			not = append(not, r)
		}
	}
	want := []string{"demographics", "appointment", "insurance", "billing", "report", "audit_log", "user_admin", "configuration", "session"}
	if diff := cmp.Diff(want, not); diff != "" {
		t.Errorf("record types that are not clinical (-want +got):\n%s", diff)
	}
	if models.IsClinical("", "login") || !models.IsClinical("", "update") || !models.IsClinical("message", "search") {
		t.Error("what has no known type is clinical unless it is a login, a log-off or a search")
	}
	if len(models.Actions()) != 12 {
		t.Errorf("%d actions", len(models.Actions()))
	}
}
