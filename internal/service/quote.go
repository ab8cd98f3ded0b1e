package service

import "strings"

// unitArg quotes an argument for ExecStart=, where "$" starts a variable.
func unitArg(s string) string { return unitWord(strings.ReplaceAll(s, "$", "$$")) }

// unitWord quotes a word of a unit, where backslashes escape and "%" starts a
// specifier. It serves for paths and for the first word of ExecStart=, in which
// systemd replaces no variables.
func unitWord(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`).Replace(s) + `"`
}

// unitText writes a value that systemd takes as it is, but for specifiers.
func unitText(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// commandLine joins arguments the way Windows programs take them apart.
func commandLine(args ...string) string {
	list := make([]string, 0, len(args))
	for _, a := range args {
		list = append(list, windowsArg(a))
	}
	return strings.Join(list, " ")
}

// windowsArg quotes an argument for Windows. Backslashes are special only before
// a quotation mark, and there they are doubled.
func windowsArg(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, r := range s {
		switch r {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat(`\`, slashes) + `"`)
	return b.String()
}
