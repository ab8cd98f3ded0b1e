package rules

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
)

//go:embed all:core
var embedded embed.FS

// Core returns the rules that are part of the program.
func Core() fs.FS {
	sub, err := fs.Sub(embedded, "core")
	if err != nil { // cannot be: the name is a constant
		return embedded
	}
	return sub
}

// CorePack is the first part of the ids of the rules that are part of the program.
const CorePack = "core"

// LoadOptions say what a set of rules must fit in with.
type LoadOptions struct {
	// Pack is the first part that every id must have; empty means any but [CorePack].
	Pack string
	// Known are ids of other sets that related and covers may name.
	Known []string
}

// Load reads every *.yaml file of a tree in the order of the paths and checks
// all that can be checked without a database. The rules that have no problem of
// their own are returned beside an [*InvalidError] that lists every problem,
// those between rules included. What needs the SQL's syntax tree is the work of
// [Lint].
func Load(fsys fs.FS, o LoadOptions) ([]Rule, error) {
	var all []Rule
	var problems []Problem
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || path.Ext(name) != ".yaml" {
			return nil
		}
		data, err := readLimited(fsys, name)
		if err != nil {
			return err
		}
		rule, wrong := decode(name, data)
		if len(wrong) == 0 {
			wrong = Check(&rule)
			wrong = append(wrong, checkPack(&rule, o.Pack)...)
		}
		problems = append(problems, wrong...)
		all = append(all, rule)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the rules: %w", err)
	}
	dangling := checkSet(all, o.Known)
	good := slices.DeleteFunc(all, func(r Rule) bool {
		return slices.ContainsFunc(problems, func(p Problem) bool { return p.File == r.File })
	})
	return good, asError(append(problems, dangling...))
}

// Parse reads one rule from its text and checks it, without regard to the name
// of its file and to other rules.
func Parse(file string, data []byte) (Rule, error) {
	rule, problems := decode(file, data)
	if len(problems) == 0 {
		problems = Check(&rule)
	}
	return rule, asError(problems)
}

func readLimited(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}
