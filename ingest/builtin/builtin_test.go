package builtin_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest/builtin"
)

func TestPluginsAreInOrder(t *testing.T) {
	want := []string{
		"fhiraudit", "atna", "openemr", "opendental", "oscar", "openmrs", "bahmni", "azurefhir", "healthlake", "gcphealthcare", "epic", "touchworks", "delimited", "normalized", "roster", "patients", "appointments", "fhircontext",
	}
	var got []string
	for _, p := range builtin.Plugins() {
		got = append(got, p.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestRegistryHasEveryPlugin(t *testing.T) {
	r, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range builtin.Plugins() {
		got, err := r.ByName(want.Name)
		if err != nil || got.Summary != want.Summary {
			t.Errorf("ByName(%q) = %q, %v; want %q", want.Name, got.Summary, err, want.Summary)
		}
		if want.Summary == "" {
			t.Errorf("parser %q has no summary", want.Name)
		}
	}
}

// TestEveryParserIsListed reads the folders beside this one: one that has a
// function Plugin must be called in builtin.go.
func TestEveryParserIsListed(t *testing.T) {
	listed := calledPlugins(t, "builtin.go")
	folders, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, folder := range folders {
		if !folder.IsDir() || !declaresPlugin(t, filepath.Join("..", folder.Name())) {
			continue
		}
		found++
		if !slices.Contains(listed, folder.Name()) {
			t.Errorf("package ingest/%s has a Plugin, but ingest/builtin/builtin.go does not list it", folder.Name())
		}
	}
	if found != len(listed) {
		t.Errorf("%d folders have a Plugin, builtin.go lists %d", found, len(listed))
	}
}

// calledPlugins returns the packages of which a file calls Plugin.
func calledPlugins(t *testing.T, file string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Plugin" {
			if pkg, ok := s.X.(*ast.Ident); ok {
				names = append(names, pkg.Name)
			}
		}
		return true
	})
	return names
}

// declaresPlugin reports whether a folder's package has a function Plugin.
func declaresPlugin(t *testing.T, folder string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "Plugin" {
				return true
			}
		}
	}
	return false
}
