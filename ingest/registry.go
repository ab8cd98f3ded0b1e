package ingest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Registry is an immutable set of plug-ins.
type Registry struct {
	plugins []Plugin
}

// NewRegistry returns a registry of ps. A malformed or repeated name, a missing
// constructor, an unknown dataset or a version below one is an error.
func NewRegistry(ps ...Plugin) (*Registry, error) {
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	seen := make(map[string]bool, len(ps))
	for _, p := range ps {
		switch {
		case !name.MatchString(p.Name):
			return nil, fmt.Errorf("parser name %q: want lower-case words joined by hyphens", p.Name)
		case seen[p.Name]:
			return nil, fmt.Errorf("parser %q is listed twice", p.Name)
		case p.New == nil:
			return nil, fmt.Errorf("parser %q has no constructor", p.Name)
		case p.Version < 1:
			return nil, fmt.Errorf("parser %q: version %d is below 1", p.Name, p.Version)
		case len(p.Produces) == 0:
			return nil, fmt.Errorf("parser %q produces no dataset", p.Name)
		}
		for _, d := range p.Produces {
			if !slices.Contains(Datasets(), d) {
				return nil, fmt.Errorf("parser %q: unknown dataset %q", p.Name, d)
			}
		}
		seen[p.Name] = true
	}
	return &Registry{plugins: slices.Clone(ps)}, nil
}

// Plugins returns the plug-ins in the order in which they were listed. The
// caller owns the slice.
func (r *Registry) Plugins() []Plugin { return slices.Clone(r.plugins) }

// ByName returns the plug-in called name. The error for an unknown name lists
// the known ones.
func (r *Registry) ByName(name string) (Plugin, error) {
	known := make([]string, 0, len(r.plugins))
	for _, p := range r.plugins {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	slices.Sort(known)
	return Plugin{}, fmt.Errorf("unknown parser %q; known parsers are %s", name, strings.Join(known, ", "))
}

// Refusal is one parser's reason not to read a file.
type Refusal struct {
	Parser string
	Reason error
}

// DetectError is returned by [Registry.Detect] when not exactly one parser
// accepts a file.
type DetectError struct {
	// Accepted names the parsers that accept the file: none, or several.
	Accepted []string
	// Refusals are the reasons of the others.
	Refusals []Refusal
}

// Error lists every parser's reason, one a line.
func (e *DetectError) Error() string {
	var b strings.Builder
	if len(e.Accepted) > 1 {
		fmt.Fprintf(&b, "several parsers accept the file: %s", strings.Join(e.Accepted, ", "))
		return b.String()
	}
	b.WriteString("no parser recognises the file")
	for _, r := range e.Refusals {
		fmt.Fprintf(&b, "\n  %s: %v", r.Parser, r.Reason)
	}
	return b.String()
}

// Detect returns the one plug-in that accepts h, with a parser made for s. If
// none or several do, the error is a [*DetectError].
func (r *Registry) Detect(h Head, s Settings) (Plugin, Parser, error) {
	var (
		found  Plugin
		parser Parser
		refuse DetectError
	)
	for _, p := range r.plugins {
		candidate, err := p.New(s)
		if err != nil {
			return Plugin{}, nil, fmt.Errorf("setting up parser %s: %w", p.Name, err)
		}
		if err := candidate.Detect(h); err != nil {
			refuse.Refusals = append(refuse.Refusals, Refusal{Parser: p.Name, Reason: err})
			continue
		}
		refuse.Accepted = append(refuse.Accepted, p.Name)
		found, parser = p, candidate
	}
	if len(refuse.Accepted) != 1 {
		return Plugin{}, nil, &refuse
	}
	return found, parser, nil
}

// errEmpty is every parser's answer to a file without content.
var errEmpty = errors.New("the file is empty")

// CheckHead returns an error for a head that no parser can accept: an empty
// one. Parsers call it first.
func CheckHead(h Head) error {
	if strings.TrimSpace(string(h.Bytes[:min(len(h.Bytes), 512)])) == "" && len(h.Bytes) < 512 {
		return errEmpty
	}
	return nil
}
