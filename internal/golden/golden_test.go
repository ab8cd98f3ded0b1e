package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/golden"
)

// fakeT keeps the failure of a test that is expected to fail.
type fakeT struct {
	testing.TB
	failure string
}

func (f *fakeT) Helper()      {}
func (f *fakeT) Name() string { return "TestReport/empty" }
func (f *fakeT) Fatalf(format string, args ...any) {
	f.failure = fmt.Sprintf(format, args...)
	panic(f)
}

// compare returns the failure of a comparison, or nothing.
func compare(path string, got []byte) (failure string) {
	f := &fakeT{}
	defer func() {
		if recover() != nil {
			failure = f.failure
		}
	}()
	golden.Compare(f, path, got)
	return ""
}

func TestCompare(t *testing.T) {
	if golden.Update() {
		return // the cases below are failures that an update would hide
	}
	path := filepath.Join(t.TempDir(), "report.txt")
	hint := "go test ./internal/golden/ -run '^TestReport$' -update"
	if failure := compare(path, []byte("a\n")); !strings.Contains(failure, hint) || !strings.Contains(failure, "reading the expected result") {
		t.Errorf("a missing file gives %q", failure)
	}
	if err := os.WriteFile(path, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if failure := compare(path, []byte("a\nb\n")); failure != "" {
		t.Errorf("equal text gives %q", failure)
	}
	failure := compare(path, []byte("a\nc\n"))
	for _, want := range []string{"report.txt (-want +got)", "-b\n", "+c\n", hint} {
		if !strings.Contains(failure, want) {
			t.Errorf("different text gives no %q: %s", want, failure)
		}
	}
	if failure := compare(path, []byte("a\xff\n")); !strings.Contains(failure, "3 bytes differ from the expected 4 bytes from byte 1 on") {
		t.Errorf("different bytes give %q", failure)
	}
}

func TestUpdate(t *testing.T) {
	t.Setenv("UPDATE_GOLDEN", "1")
	if !golden.Update() {
		t.Fatal("UPDATE_GOLDEN=1 does not ask for an update")
	}
	path := filepath.Join(t.TempDir(), "new", "report.txt")
	golden.Compare(t, path, "text\n")
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "text\n" {
		t.Errorf("the update wrote %q, %v", got, err)
	}
}
