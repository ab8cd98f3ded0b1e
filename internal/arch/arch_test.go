package arch_test

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestArrows judges every Go file of the repository, whatever system it is for.
func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	root := os.DirFS(repository(t))
	for _, name := range goFiles(t, root) {
		source, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		f := parse(t, name, string(source))
		seen[f.pkg] = true
		for _, problem := range judge(f) {
			t.Errorf("%s %s", name, problem)
		}
	}
	for _, pkg := range []string{"cmd/chartwatch", "ingest", "ingest/builtin", "ingest/ingesttest", "internal/intake", "internal/store"} {
		if !seen[pkg] {
			t.Errorf("no file of %s was judged", pkg)
		}
	}
}

// TestPlanted shows that the judge notices: each case is a file that somebody
// might write.
func TestPlanted(t *testing.T) {
	for _, tc := range []struct {
		name   string
		file   string
		source string
		want   []string
	}{
		{
			"parser-imports-store", "ingest/acme/acme.go", imports("ingest", "internal/store"),
			[]string{"imports internal/store, but the contract and its parsers lean on nothing private, and not on rules"},
		},
		{
			"parser-imports-parser", "ingest/acme/acme.go", imports("ingest/delimited"),
			[]string{"imports ingest/delimited, but parsers never import each other"},
		},
		{
			"parser-imports-test-support", "ingest/acme/acme.go", imports("ingest/ingesttest"),
			[]string{"imports ingest/ingesttest, but test support is for tests"},
		},
		{"parser-and-its-parts", "ingest/acme/acme.go", imports("ingest", "ingest/acme/words", "ingest/internal/text", "ingest/internal/contextdata"), nil},
		{"parser-test", "ingest/acme/acme_test.go", imports("ingest/acme", "ingest/ingesttest"), nil},
		{"contract-imports-parser", "ingest/open.go", imports("ingest/delimited"), []string{"imports ingest/delimited, but the contract knows no parser"}},
		{
			"contract-imports-rules", "ingest/rows.go", imports("rules"),
			[]string{"imports rules, but the contract and its parsers lean on nothing private, and not on rules"},
		},
		{"rules-and-rows", "rules/load.go", imports("ingest", "rules/models"), nil},
		{
			"rules-import-engine", "rules/load.go", imports("internal/engine"),
			[]string{"imports internal/engine, but rules lean on the row types of ingest and nothing else"},
		},
		{"rule-tests", "rules/rulestest/run.go", imports("internal/engine", "internal/store"), nil},
		{
			"suite-imports-store", "ingest/ingesttest/run.go", imports("ingest", "internal/golden", "internal/store"),
			[]string{"imports internal/store, but test support leans on nothing else"},
		},
		{"upwards", "internal/coverage/coverage.go", imports("internal/engine"), []string{"imports internal/engine, but coverage does not stand above engine"}},
		{"report-runs-rules", "internal/report/html.go", imports("internal/engine"), []string{"imports internal/engine, but report does not stand above engine"}},
		{"report-reads", "internal/report/who.go", imports("internal/access", "internal/coverage", "internal/fault"), nil},
		{"intake", "internal/intake/file.go", imports("ingest", "ingest/builtin", "internal/archive", "internal/store", "internal/seal"), nil},
		{"store-lists-parsers", "internal/store/load.go", imports("ingest/builtin"), []string{"imports ingest/builtin, but only cli, serve and intake know the list of parsers"}},
		{"leaf", "internal/fault/fault.go", imports("ingest"), []string{"imports ingest, but fault imports nothing of ours"}},
		{"unknown-room", "internal/helpers/helpers.go", imports("internal/store"), []string{"lies in internal/helpers, which is not in the layout"}},
		{"golden-in-product", "internal/cli/who.go", imports("internal/golden"), []string{"imports internal/golden, but test support is for tests"}},
		{"same-room", "internal/seal/locate.go", imports("internal/seal/durable"), nil},
		{"command", "cmd/chartwatch/main.go", imports("internal/cli"), nil},
		{"command-imports-store", "cmd/chartwatch/main.go", imports("internal/store"), []string{"imports internal/store, but a command only calls internal/cli"}},
		{
			"driver", "internal/engine/engine.go", "package engine\n\nimport _ \"github.com/duckdb/duckdb-go/v2\"\n",
			[]string{"imports github.com/duckdb/duckdb-go/v2, but only internal/store knows github.com/duckdb"},
		},
		{
			"viper", "internal/cli/main.go", "package cli\n\nimport (\n\t_ \"github.com/spf13/cobra\"\n\t_ \"github.com/spf13/viper\"\n)\n",
			[]string{"imports github.com/spf13/viper, but only internal/config knows github.com/spf13/viper"},
		},
		{"shared-reader-knows-a-parser", "ingest/internal/contextdata/reader.go", imports("ingest/roster"), []string{"imports ingest/roster, but parsers never import each other"}},
		{"list-of-parsers", "ingest/builtin/builtin.go", imports("ingest", "ingest/roster"), nil},
		{"driver-in-its-place", "internal/store/store.go", "package store\n\nimport _ \"github.com/duckdb/duckdb-go/v2\"\n", nil},
		{"init", "internal/store/store.go", "package store\n\nfunc init() {}\n", []string{"declares init, but nothing registers itself"}},
		{"method-called-init", "internal/store/store.go", "package store\n\ntype t struct{}\n\nfunc (t) init() {}\n", nil},
		{
			"build-tag", "internal/store/arrow.go", "//go:build duckdb_arrow && linux\n\npackage store\n",
			[]string{"has the build tag duckdb_arrow, but every feature belongs to every build"},
		},
		{"platform", "internal/seal/key_unix.go", "//go:build !windows\n\npackage seal\n", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := judge(parse(t, tc.file, tc.source))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// imports is a file that imports packages of ours.
func imports(packages ...string) string {
	var b strings.Builder
	b.WriteString("package p\n\nimport (\n")
	for _, p := range packages {
		b.WriteString("\t_ " + strconv.Quote(module+"/"+p) + "\n")
	}
	b.WriteString(")\n")
	return b.String()
}

// file is what the rules look at.
type file struct {
	pkg     string // its folder, from the root of the repository
	test    bool
	imports []string
	tags    []string // words of its build constraint
	hasInit bool
}

func parse(t *testing.T, name, source string) file {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	f := file{pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go")}
	for _, i := range tree.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f.imports = append(f.imports, imported)
	}
	for _, d := range tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			f.hasInit = true
		}
	}
	for _, group := range tree.Comments {
		for _, c := range group.List {
			if c.Pos() > tree.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			expr.Eval(func(tag string) bool { f.tags = append(f.tags, tag); return true })
		}
	}
	return f
}

// goFiles returns the Go files of this module, those for other systems too.
func goFiles(t *testing.T, root fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "." {
				return nil
			}
			if _, err := fs.Stat(root, name+"/go.mod"); err == nil || d.Name()[0] == '.' || d.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// repository returns the folder that holds go.mod.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
}
