package fault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
)

func TestExitCodes(t *testing.T) {
	got := map[string]int{}
	for k := fault.Internal; k <= fault.Findings; k++ {
		got[k.String()] = k.ExitCode()
	}
	want := map[string]int{
		"internal": 1, "not_found": 1, "conflict": 1, "incomplete": 3, "invalid": 4, "usage": 64, "findings": 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exit codes (-want +got):\n%s", diff)
	}
}

func TestError(t *testing.T) {
	cause := fmt.Errorf("opening %q: %w", "a.csv", fs.ErrNotExist)
	tests := []struct {
		name string
		err  error
		text string
		kind fault.Kind
		hint string
	}{
		{"plain", errors.New("plain"), "plain", fault.Internal, ""},
		{"nothing", nil, "<nil>", fault.Internal, ""},
		{"new", fault.New(fault.Usage, "no path given", "name a file"), "no path given", fault.Usage, "name a file"},
		{"wrap", fault.Wrap(fault.NotFound, "no such export", "", cause), "no such export: " + cause.Error(), fault.NotFound, ""},
		{"no_message", fault.Wrap(fault.Invalid, "", "h", cause), cause.Error(), fault.Invalid, "h"},
		{
			"wrapped_further",
			fmt.Errorf("reviewing: %w", fault.New(fault.Incomplete, "a source is missing", "see coverage")),
			"reviewing: a source is missing", fault.Incomplete, "see coverage",
		},
		{
			"outer_kind_inner_hint",
			fault.Wrap(fault.Conflict, "outer", "", fault.New(fault.Invalid, "inner", "inner hint")),
			"outer: inner", fault.Conflict, "inner hint",
		},
		{
			"joined",
			errors.Join(errors.New("first"), fault.New(fault.Findings, "second", "look")),
			"first\nsecond", fault.Findings, "look",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(tt.err); got != tt.text {
				t.Errorf("text = %q, want %q", got, tt.text)
			}
			if got := fault.KindOf(tt.err); got != tt.kind {
				t.Errorf("kind = %v, want %v", got, tt.kind)
			}
			if got := fault.HintOf(tt.err); got != tt.hint {
				t.Errorf("hint = %q, want %q", got, tt.hint)
			}
		})
	}
}

func TestUnwrap(t *testing.T) {
	err := fault.Wrap(fault.Internal, "reading", "", fs.ErrPermission)
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("errors.Is(%v, fs.ErrPermission) = false", err)
	}
}
