package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest/delimited/propose"
	"github.com/chartwatch/chartwatch/internal/cli"
)

func TestAsk(t *testing.T) {
	q := propose.Question{What: "Which column names the person who acted?", Choices: []propose.Choice{
		{Text: `"Doctor"`, Answer: propose.Answer{Columns: []int{2}}},
		{Text: `"Nurse"`, Answer: propose.Answer{Columns: []int{5}}},
	}}
	for _, tt := range []struct {
		name, typed string
		want        propose.Answer
		answered    bool
	}{
		{"second", "2\n", propose.Answer{Columns: []int{5}}, true},
		{"without_line_end", "1", propose.Answer{Columns: []int{2}}, true},
		{"after_a_wrong_one", "7\nx\n1\n", propose.Answer{Columns: []int{2}}, true},
		{"left_open", "\n", propose.Answer{}, false},
		{"end_of_input", "", propose.Answer{}, false},
		{"end_after_a_wrong_one", "9", propose.Answer{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			got, answered := cli.Ask(strings.NewReader(tt.typed), &out, q)
			if diff := cmp.Diff(tt.want, got); diff != "" || answered != tt.answered {
				t.Errorf("answered %t, want %t; answer (-want +got):\n%s", answered, tt.answered, diff)
			}
			if want := "Which column names the person who acted?\n  1  \"Doctor\"\n  2  \"Nurse\"\n"; !strings.Contains(out.String(), want) {
				t.Errorf("asked %q, want it to have %q", out.String(), want)
			}
		})
	}
}
