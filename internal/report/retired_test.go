package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/report"
)

// Systems that are long gone are named once, together; up to two of them are listed
// like the others, and one with events of these days always is.
func TestRetiredSources(t *testing.T) {
	for _, c := range []struct {
		retired  int
		together bool
	}{{0, false}, {2, false}, {3, true}} {
		a := accessed()
		for i := range c.retired {
			old := source("old-" + string(rune('a'+i)))
			old.InUse, old.Events = false, 0
			a.Coverage = append(a.Coverage, old)
		}
		late := source("late")
		late.InUse = false
		a.Coverage = append(a.Coverage, late)
		for format, write := range map[string]func(*bytes.Buffer, access.Answer) error{
			"table": func(b *bytes.Buffer, a access.Answer) error { return report.WhoTable(b, a, report.TableOptions{}) },
			"html":  func(b *bytes.Buffer, a access.Answer) error { return report.WhoHTML(b, a, report.Letterhead{}) },
		} {
			var b bytes.Buffer
			if err := write(&b, a); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(b.String(), "old-a, old-b, old-c"); got != c.together {
				t.Errorf("%s with %d: named together is %v, want %v", format, c.retired, got, c.together)
			}
			if !strings.Contains(b.String(), "late") {
				t.Errorf("%s with %d: the source with events is missing", format, c.retired)
			}
		}
	}
}
