package rulestest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/rules"
)

// TestExamples checks rules that are there for the tests only.
func TestExamples(t *testing.T) {
	all, err := rules.Load(os.DirFS("testdata/rules"), rules.LoadOptions{Pack: rules.CorePack})
	if err != nil {
		t.Fatal(err)
	}
	testAll(t, all)
}

// The rule that the README shows passes all that is asked of a rule.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), "```yaml\n")
	example, _, _ := strings.Cut(after, "```")
	rule, err := rules.Parse("night-export.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	rule.Status = rules.Testing
	testAll(t, []rules.Rule{rule})
}
