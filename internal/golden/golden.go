// Package golden compares what a test produced with a file that a person has
// read and accepted.
//
// It is for tests only. It refuses to create an expectation in silence: a file
// that does not exist is a failure until the test is run with -update.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

// flagName is the test flag that asks for expectations to be rewritten.
const flagName = "update"

// The flag has to exist before the test binary parses its command line.
var _ = register()

func register() bool {
	if !testing.Testing() || flag.Lookup(flagName) != nil {
		return false
	}
	flag.Bool(flagName, false, "rewrite the expected results of the tests that run")
	return true
}

// Update reports whether expectations are to be rewritten: the test was run
// with -update, or UPDATE_GOLDEN=1 is set for a run over several packages.
func Update() bool {
	if f := flag.Lookup(flagName); f != nil && f.Value.String() == "true" {
		return true
	}
	return os.Getenv("UPDATE_GOLDEN") == "1" //nolint:forbidigo // a switch of the test binary, like its flags
}

// Compare fails the test unless the file at path holds exactly got. With
// [Update] it writes the file instead, and says so in the test's log.
func Compare[T ~string | ~[]byte](tb testing.TB, path string, got T) {
	tb.Helper()
	text := []byte(got)
	if Update() {
		write(tb, path, text)
		return
	}
	want, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		tb.Fatalf("reading the expected result: %v\n%s", err, Hint(tb))
	}
	if bytes.Equal(want, text) {
		return
	}
	if !utf8.Valid(want) || !utf8.Valid(text) {
		tb.Fatalf("%s: %d bytes differ from the expected %d bytes from byte %d on\n%s",
			path, len(text), len(want), commonPrefix(want, text), Hint(tb))
	}
	tb.Fatalf("%s (-want +got):\n%s%s", path, diff.Diff("want", want, "got", text), Hint(tb))
}

// Hint says how to accept the result of the running test.
func Hint(tb testing.TB) string {
	tb.Helper()
	name, _, _ := strings.Cut(tb.Name(), "/")
	return "if the new result is right: go test " + folder() + " -run '^" + name + "$' -update"
}

func write(tb testing.TB, path string, text []byte) {
	tb.Helper()
	if old, err := os.ReadFile(filepath.Clean(path)); err == nil && bytes.Equal(old, text) {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Logf("wrote %s", path)
}

// folder names the package under test as it is written on the command line at
// the root of the module.
func folder() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	for root := dir; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			rel, err := filepath.Rel(root, dir)
			if err != nil {
				return "."
			}
			return "./" + filepath.ToSlash(rel) + "/"
		}
		if root == filepath.Dir(root) {
			return "."
		}
	}
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
