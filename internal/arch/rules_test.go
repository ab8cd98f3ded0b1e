package arch_test

import (
	"slices"
	"strings"
)

const module = "github.com/chartwatch/chartwatch"

// anything stands for every package.
const anything = "*"

// rooms says for each folder of internal which others it may import. Besides,
// every room may import fault, and the public packages ingest and rules. A
// folder that is not here is a mistake: the layout is part of the design.
func rooms() map[string][]string {
	return map[string][]string{
		"cli":         {anything},
		"serve":       {"site", "web", "metrics", "notify", "report", "review", "engine", "practice", "access", "coverage", "intake", "archive", "evidence", "store", "seal", "config"},
		"web":         {"report", "review", "engine", "access", "coverage", "evidence", "store", "seal"},
		"metrics":     {},
		"notify":      {},
		"service":     {},
		"site":        {"review", "engine", "practice", "coverage", "evidence", "intake", "store", "seal", "config"},
		"report":      {"review", "access", "coverage", "store", "sufficiency"}, // not engine: a report never runs a rule
		"review":      {"engine", "practice", "coverage", "evidence", "store", "seal"},
		"engine":      {"practice", "coverage", "store", "seal"},
		"practice":    {"coverage", "evidence"},
		"access":      {"coverage", "store", "seal"},
		"coverage":    {"store"},
		"intake":      {"archive", "evidence", "store", "seal", "sufficiency"},
		"archive":     {"seal"},
		"evidence":    {"store", "seal"},
		"sufficiency": {},
		"store":       {},
		"seal":        {},
		"config":      {},
		"scrub":       {},
		"synth":       {},
		"bench":       {"synth", "intake", "review", "engine", "practice", "evidence", "access", "coverage", "archive", "store", "seal"},
	}
}

// leaves are folders of internal that import nothing of ours.
func leaves() []string { return []string{"fault", "golden", "arch"} }

// support says what the test support packages may import of ours.
func support() map[string][]string {
	return map[string][]string{
		"ingest/ingesttest": {"ingest", "ingest/normalized", "internal/golden"},
		"rules/rulestest":   {anything},
	}
}

// drivers are libraries that one package alone may know. The harness bench is
// no part of the product and measures DuckDB by itself as its yardstick.
func drivers() map[string][]string {
	return map[string][]string{
		"github.com/duckdb":                   {"internal/store", "internal/bench"},
		"github.com/spf13/viper":              {"internal/config"},
		"github.com/spf13/cobra":              {"internal/cli"},
		"github.com/prometheus/client_golang": {"internal/metrics"},
		"github.com/kardianos/service":        {"internal/service"},
		"github.com/wneessen/go-mail":         {"internal/notify"},
	}
}

// lists are the packages that know every parser.
func lists() []string { return []string{"ingest/builtin", "ingest/builtin/readme"} }

// platforms are the words that a build constraint may use.
func platforms() []string {
	return []string{"unix", "linux", "darwin", "windows", "freebsd", "amd64", "arm64"}
}

// judge returns the rules that a file breaks.
func judge(f file) []string {
	var list []string
	for _, tag := range f.tags {
		if !slices.Contains(platforms(), tag) {
			list = append(list, "has the build tag "+tag+", but every feature belongs to every build")
		}
	}
	if f.hasInit {
		list = append(list, "declares init, but nothing registers itself")
	}
	if room := folder(f.pkg); within(f.pkg, "internal") && rooms()[room] == nil && !slices.Contains(leaves(), room) {
		return append(list, "lies in internal/"+room+", which is not in the layout")
	}
	if f.test {
		return list
	}
	for _, path := range f.imports {
		if why := judgeImport(f.pkg, path); why != "" {
			list = append(list, "imports "+strings.TrimPrefix(path, module+"/")+", but "+why)
		}
	}
	return list
}

// judgeImport says why a package may not import a path, or nothing.
func judgeImport(pkg, path string) string {
	for library, may := range drivers() {
		if within(path, library) && !slices.ContainsFunc(may, func(owner string) bool { return within(pkg, owner) }) {
			return "only " + may[0] + " knows " + library
		}
	}
	target, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	if may, ok := support()[pkg]; ok {
		return unless(slices.Contains(may, target) || slices.Contains(may, anything), "test support leans on nothing else")
	}
	switch first, _, _ := strings.Cut(pkg, "/"); first {
	case "ingest":
		return judgeIngest(pkg, target)
	case "rules":
		return unless(target == "ingest" || within(target, "rules") && target != "rules/rulestest",
			"rules lean on the row types of ingest and nothing else")
	case "internal":
		return judgeRoom(pkg, target)
	default:
		return unless(target == "internal/cli", "a command only calls internal/cli")
	}
}

// judgeIngest is about the public contract and the parsers.
func judgeIngest(pkg, target string) string {
	if !within(target, "ingest") {
		return "the contract and its parsers lean on nothing private, and not on rules"
	}
	if target == "ingest/ingesttest" {
		return "test support is for tests"
	}
	if pkg == "ingest" {
		return "the contract knows no parser"
	}
	if slices.Contains(lists(), pkg) || target == "ingest" {
		return ""
	}
	// Of other folders a parser may use what is made to be shared.
	if within(target, "ingest/internal") || strings.HasPrefix(target, "ingest/builtin/") {
		return ""
	}
	return unless(folder(pkg) == folder(target), "parsers never import each other")
}

// judgeRoom is about the packages of internal.
func judgeRoom(pkg, target string) string {
	room := folder(pkg)
	if folder(target) == room && within(target, "internal") {
		return ""
	}
	if slices.Contains(leaves(), room) {
		return room + " imports nothing of ours"
	}
	may := rooms()[room]
	switch {
	case target == "rules/rulestest" && room == "cli":
		return "" // `chartwatch rules test`
	case target == "ingest/ingesttest" || target == "rules/rulestest" || target == "internal/golden":
		return "test support is for tests"
	case target == "ingest/builtin":
		return unless(slices.Contains([]string{"cli", "serve", "intake", "bench"}, room), "only cli, serve and intake know the list of parsers")
	case target == "ingest" || target == "rules":
		return ""
	case target == "rules/models" && (room == "engine" || room == "practice"):
		return ""
	case within(target, "ingest") || within(target, "rules"):
		return unless(room == "cli" || target == "ingest/normalized", "parsers are reached through the registry")
	case target == "internal/fault" || slices.Contains(may, anything) || slices.Contains(may, folder(target)):
		return ""
	default:
		return room + " does not stand above " + folder(target)
	}
}

// within reports whether a path is the folder or lies in it.
func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// folder is the second part of a path: the room, or the parser.
func folder(path string) string {
	_, rest, _ := strings.Cut(path, "/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func unless(fine bool, why string) string {
	if fine {
		return ""
	}
	return why
}
