package service_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

// decode reads UTF-16, little endian, with a byte order mark: all that schtasks takes.
func decode(t *testing.T, b []byte) string {
	t.Helper()
	if len(b) < 2 || len(b)%2 != 0 || b[0] != 0xff || b[1] != 0xfe {
		t.Fatal("not UTF-16 in little endian with a byte order mark")
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i < len(b); i += 2 {
		units = append(units, uint16(b[i])|uint16(b[i+1])<<8)
	}
	return string(utf16.Decode(units))
}

// leaf is an element of an XML text without children, or an attribute.
type leaf struct{ Path, Value string }

// leaves takes an XML text apart. All elements must be in Microsoft's namespace.
func leaves(t *testing.T, text string) []leaf {
	t.Helper()
	body, ok := strings.CutPrefix(text, `<?xml version="1.0" encoding="UTF-16"?>`)
	if !ok {
		t.Fatalf("the text does not say that it is UTF-16: %.60q", text)
	}
	var list []leaf
	var path []string
	value, parent := "", false
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Space != "http://schemas.microsoft.com/windows/2004/02/mit/task" {
				t.Errorf("%s is in the namespace %q", e.Name.Local, e.Name.Space)
			}
			path, value, parent = append(path, e.Name.Local), "", false
			for _, a := range e.Attr {
				if a.Name.Local != "xmlns" {
					list = append(list, leaf{strings.Join(path, "/") + "@" + a.Name.Local, a.Value})
				}
			}
		case xml.CharData:
			value += string(e)
		case xml.EndElement:
			if !parent {
				list = append(list, leaf{strings.Join(path, "/"), value})
			}
			path, parent = path[:len(path)-1], true
		}
	}
}

func onWindows() service.Options {
	return service.Options{
		Name: "chartwatch", Executable: `C:\Program Files\Chartwatch\chartwatch.exe`, Config: `C:\c.yaml`, User: `PRAXIS\Jörg`,
	}
}

func TestTask(t *testing.T) {
	o := onWindows()
	o.Config = `D:\Müller & Söhne\50%\ß.yaml`
	text := decode(t, []byte(only(t, service.WindowsTask, o)))
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("not every line ends the way Windows ends lines")
	}
	want := []leaf{
		{"Task@version", "1.2"},
		{"Task/RegistrationInfo/Author", "chartwatch"},
		{"Task/RegistrationInfo/Description", "Reviews the access logs of the practice's health records"},
		{"Task/Triggers/TimeTrigger/Enabled", "true"},
		{"Task/Triggers/TimeTrigger/StartBoundary", "2025-01-01T00:00:00"},
		{"Task/Triggers/TimeTrigger/Repetition/Interval", "PT1H"},
		{"Task/Triggers/TimeTrigger/RandomDelay", "PT5M"},
		{"Task/Settings/AllowStartOnDemand", "true"},
		{"Task/Settings/MultipleInstancesPolicy", "IgnoreNew"},
		{"Task/Settings/DisallowStartIfOnBatteries", "false"},
		{"Task/Settings/StopIfGoingOnBatteries", "false"},
		{"Task/Settings/StartWhenAvailable", "true"},
		{"Task/Settings/RunOnlyIfNetworkAvailable", "false"},
		{"Task/Settings/WakeToRun", "false"},
		{"Task/Settings/Enabled", "true"},
		{"Task/Settings/ExecutionTimeLimit", "PT2H"},
		{"Task/Settings/Priority", "7"},
		{"Task/Principals/Principal@id", "Author"},
		{"Task/Principals/Principal/UserId", `PRAXIS\Jörg`},
		{"Task/Principals/Principal/LogonType", "S4U"},
		{"Task/Principals/Principal/RunLevel", "LeastPrivilege"},
		{"Task/Actions@Context", "Author"},
		{"Task/Actions/Exec/Command", `C:\Program Files\Chartwatch\chartwatch.exe`},
		{"Task/Actions/Exec/Arguments", `--config "D:\Müller & Söhne\50%\ß.yaml" serve --once`},
	}
	if diff := cmp.Diff(want, leaves(t, text)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestTaskWhileLoggedOn(t *testing.T) {
	o := onWindows()
	o.LoggedOn = true
	list := leaves(t, decode(t, []byte(only(t, service.WindowsTask, o))))
	if !slices.Contains(list, leaf{"Task/Principals/Principal/LogonType", "InteractiveToken"}) {
		t.Errorf("no InteractiveToken in %v", list)
	}
	if !slices.Contains(list, leaf{"Task/Actions/Exec/Arguments", `--config C:\c.yaml serve --once`}) {
		t.Errorf("other arguments in %v", list)
	}
}

// schema are the sequences of Microsoft's schema of tasks, version 1.2, as far as
// an order is prescribed: a trigger's own elements follow those of its base type.
// Everything else there may come in any order.
func schema() map[string][]string {
	return map[string][]string{
		"Task/Triggers/TimeTrigger": {"Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay"},
		"Task/Actions/Exec":         {"Command", "Arguments", "WorkingDirectory"},
	}
}

func TestTaskKeepsTheOrderOfTheSchema(t *testing.T) {
	list := leaves(t, decode(t, []byte(only(t, service.WindowsTask, onWindows()))))
	for parent, order := range schema() {
		last, seen := -1, 0
		for _, l := range list {
			rest, ok := strings.CutPrefix(l.Path, parent+"/")
			if !ok {
				continue
			}
			name, _, _ := strings.Cut(rest, "/")
			at := slices.Index(order, name)
			if at <= last {
				t.Errorf("%s is not where the schema has it", l.Path)
			}
			last = at
			seen++
		}
		if seen < 2 {
			t.Errorf("%d elements in %s, want more", seen, parent)
		}
	}
}

// split takes a command line apart the way Microsoft documents it for programs
// written in C.
func split(line string) []string {
	var list []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		slashes := 0
		for i < len(line) && line[i] == '\\' {
			slashes++
			i++
		}
		if i == len(line) || line[i] != '"' {
			word.WriteString(strings.Repeat(`\`, slashes))
			inWord = inWord || slashes > 0
			if i == len(line) {
				break
			}
		} else {
			word.WriteString(strings.Repeat(`\`, slashes/2))
			inWord = true
			if slashes%2 == 1 {
				word.WriteByte('"')
			} else {
				quoted = !quoted
			}
			continue
		}
		if (line[i] == ' ' || line[i] == '\t') && !quoted {
			if inWord {
				list = append(list, word.String())
				word.Reset()
				inWord = false
			}
			continue
		}
		word.WriteByte(line[i])
		inWord = true
	}
	if inWord {
		list = append(list, word.String())
	}
	return list
}

func TestTaskArgumentsComeApartAgain(t *testing.T) {
	for _, config := range []string{`C:\c.yaml`, `C:\with space\c.yaml`, `C:\ends with a backslash\`, `C:\100%\c.yaml`, `\\server\share one\Ä ö.yaml`, `C:\it's & $HOME\c.yaml`} {
		t.Run(strings.ReplaceAll(config, " ", "_"), func(t *testing.T) {
			o := onWindows()
			o.Config = config
			list := leaves(t, decode(t, []byte(only(t, service.WindowsTask, o))))
			i := slices.IndexFunc(list, func(l leaf) bool { return l.Path == "Task/Actions/Exec/Arguments" })
			if i < 0 {
				t.Fatal("no arguments")
			}
			if diff := cmp.Diff([]string{"--config", config, "serve", "--once"}, split(list[i].Value)); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTaskRefuses(t *testing.T) {
	for _, tc := range []struct{ name, config, want string }{
		{"variable", `C:\%TEMP%\c.yaml`, `the task scheduler takes what is between the percent signs of C:\%TEMP%\c.yaml for a variable`},
		{"quotation-mark", `C:\a"b.yaml`, `the path C:\a"b.yaml cannot exist on Windows`},
		{"angle", `C:\<x>.yaml`, `the path C:\<x>.yaml cannot exist on Windows`},
		{"no-drive", `\c.yaml`, `the path \c.yaml is not absolute`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := onWindows()
			o.Config = tc.config
			_, err := service.Files(service.WindowsTask, o)
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("kind %v, want %v", fault.KindOf(err), fault.Invalid)
			}
		})
	}
}
