package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// listed is a package as `go list` tells of it.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	CgoFiles   []string
	ImportMap  map[string]string
	DepOnly    bool // it is not asked for, but needed
}

// checker checks types for one system.
type checker struct {
	goos, goarch string
	files        *token.FileSet
	done         map[string]*types.Package
}

func newChecker(goos, goarch string) *checker {
	return &checker{goos: goos, goarch: goarch, files: token.NewFileSet(), done: map[string]*types.Package{}}
}

// list returns the packages of a module with their tests, and before each what it
// needs.
func (c *checker) list(ctx context.Context, dir string) ([]listed, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap,DepOnly", "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOOS="+c.goos, "GOARCH="+c.goarch, "CGO_ENABLED=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &said)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := d.Decode(&p); { //nolint:musttag // the names of go list are those of the fields
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("what go list says: %w", err)
		case !strings.HasSuffix(p.ImportPath, ".test"): // the program that go test makes
			all = append(all, p)
		}
	}
}

// check returns what is wrong with a package. What others wrote is taken as it is,
// without looking into functions.
func (c *checker) check(p listed) []error {
	if p.ImportPath == "unsafe" {
		c.done[p.ImportPath] = types.Unsafe
		return nil
	}
	var problems []error
	note := func(err error) {
		if !p.DepOnly {
			problems = append(problems, err)
		}
	}
	var files []*ast.File
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		f, err := parser.ParseFile(c.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			note(err)
			continue
		}
		files = append(files, f)
	}
	path, _, _ := strings.Cut(p.ImportPath, " ") // "a [a.test]" is a with its tests
	conf := types.Config{Importer: c.importer(p), FakeImportC: true, IgnoreFuncBodies: p.DepOnly, Error: note, Sizes: types.SizesFor("gc", c.goarch)}
	c.done[p.ImportPath], _ = conf.Check(path, c.files, files, nil) // its error went to note
	return problems
}

type importer func(path string) (*types.Package, error)

// Import implements [types.Importer].
func (i importer) Import(path string) (*types.Package, error) { return i(path) }

func (c *checker) importer(p listed) types.Importer {
	return importer(func(path string) (*types.Package, error) {
		if mapped, ok := p.ImportMap[path]; ok {
			path = mapped
		}
		if pkg := c.done[path]; pkg != nil {
			return pkg, nil
		}
		return nil, fmt.Errorf("%s was not listed", path)
	})
}
