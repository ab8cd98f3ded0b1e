package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A name that a file for one system alone declares twice is found there only, in the
// package and in its tests.
func TestPlanted(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                  "module example.org/planted\n\ngo 1.24\n",
		"planted.go":              "package planted\n\nfunc errors() {}\n",
		"planted_darwin.go":       "package planted\n\nimport \"errors\"\n\nvar _ = errors.New\n",
		"planted_test.go":         "package planted\n\nimport \"net\"\n\nvar _ net.Conn\n",
		"planted_solaris_test.go": "package planted\n\nvar _ = absent\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for system, want := range map[string]string{
		"darwin/arm64":  "errors already declared",
		"solaris/amd64": "undefined: absent",
		"windows/amd64": "",
	} {
		var out strings.Builder
		err := run(t.Context(), []string{dir, system}, &out)
		if (err == nil) != (want == "") || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v, want %q\n%s", system, err, want, &out)
		}
		if !strings.HasSuffix(out.String(), ": 2 packages, with tests\n") {
			t.Errorf("%s ends otherwise:\n%s", system, &out)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"."}, {".", "windows"}, {t.TempDir(), "windows/amd64"}} {
		if err := run(t.Context(), args, &strings.Builder{}); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
