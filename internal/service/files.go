package service

import (
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Kind is a way to make chartwatch run by itself.
type Kind string

// The kinds of files.
const (
	Systemd      Kind = "systemd"       // a service that runs all the time
	SystemdTimer Kind = "systemd-timer" // a timer, and what it starts every hour
	WindowsTask  Kind = "windows-task"  // a task that is started every hour
	Launchd      Kind = "launchd"       // a job of macOS that runs all the time
)

// Kinds returns all kinds of files.
func Kinds() []Kind { return []Kind{Systemd, SystemdTimer, WindowsTask, Launchd} }

// Units and jobs hold no secret, and everybody may ask for the state of a service.
const readable fs.FileMode = 0o644

//go:embed templates/*.tmpl
var templates embed.FS

// Files returns the files of a kind. Each says at its top where it goes and which
// command activates it. The same options give the same files.
func Files(kind Kind, o Options) ([]File, error) {
	o = o.withDefaults()
	switch kind {
	case Systemd:
		return o.unitFiles(part{"service", o.Name, ".service"})
	case SystemdTimer:
		return o.unitFiles(part{"once", o.onceName(), ".service"}, part{"timer", o.onceName(), ".timer"})
	case WindowsTask:
		return o.taskFiles()
	case Launchd:
		return o.launchdFiles()
	default:
		return nil, fault.New(fault.Usage, "there are no files of the kind "+string(kind), "the kinds are "+kindNames())
	}
}

func kindNames() string {
	list := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		list = append(list, string(k))
	}
	return strings.Join(list, ", ")
}

// onceName keeps the timer apart from the service that runs all the time.
func (o Options) onceName() string { return o.Name + "-once" }

// part is a template, and the file that it becomes.
type part struct{ template, name, ending string }

// unit is what the templates of systemd know. Go and DuckDB make no code while they
// run and need none of the calls that the units forbid: import and review work with
// the same filters, with memory that is never both written and run, and with a /proc
// that shows processes only. Under a running systemd the units are not tested.
type unit struct {
	Name, Dir, Ctl, Description       string
	Program, Config, User, Credential string
	ConfigHome                        string
	Write, Mounts                     []string
	InHome, InTmp, Local, UserService bool
}

func (o Options) unitFiles(parts ...part) ([]File, error) {
	if err := o.checkUnit(); err != nil {
		return nil, err
	}
	list := make([]File, 0, len(parts))
	for _, p := range parts {
		u := o.unit()
		u.Name = p.name
		text, err := render("unit.tmpl", p.template, u)
		if err != nil {
			return nil, err
		}
		list = append(list, File{Name: p.name + p.ending, Content: text, Mode: readable})
	}
	return list, nil
}

func (o Options) checkUnit() error {
	if err := o.check(unixSystem); err != nil {
		return err
	}
	if strings.ContainsAny(o.Executable, `"'\`) {
		return fault.New(fault.Invalid, "systemd starts no program with a quotation mark or a backslash in its path, such as "+o.Executable, "move the program, for example to /usr/local/bin")
	}
	if o.UserService {
		if err := checkPath(o.ConfigHome, unixSystem); o.ConfigHome != "" && err != nil {
			return err
		}
		return o.checkListen()
	}
	if err := o.checkUser(); err != nil {
		return err
	}
	if strings.ContainsAny(o.User, ` \'/:,`) {
		return badAccount()
	}
	return o.checkListen()
}

func (o Options) unit() unit {
	u := unit{
		Dir: o.unitDir(), Description: description, User: o.User, Credential: unitText(o.Credential),
		Program: unitWord(o.Executable), Config: unitArg(o.Config),
		InHome: o.lieIn("/home", "/root", "/run/user"), InTmp: o.lieIn("/tmp", "/var/tmp"), Local: o.local(), UserService: o.UserService,
	}
	if o.UserService {
		u.Ctl = "--user "
	}
	if o.ConfigHome != "" {
		u.ConfigHome = unitWord("XDG_CONFIG_HOME=" + o.ConfigHome)
	}
	for _, p := range distinct(o.DataDirs) {
		u.Write = append(u.Write, unitWord(p))
		u.Mounts = append(u.Mounts, unitWord(p))
	}
	for _, p := range distinct(o.DropDirs) {
		if !slices.Contains(o.DataDirs, p) {
			u.Write = append(u.Write, "-"+unitWord(p))
		}
	}
	return u
}

// unitDir is where units are written. A user service without a known
// configuration directory has only a name for people to read.
func (o Options) unitDir() string {
	switch {
	case o.UnitDir != "":
		return o.UnitDir
	case !o.UserService:
		return "/etc/systemd/system"
	case o.ConfigHome != "":
		return path.Join(o.ConfigHome, "systemd/user")
	default:
		return "~/.config/systemd/user"
	}
}

// lieIn reports whether something that the service needs lies in one of the directories.
func (o Options) lieIn(dirs ...string) bool {
	return slices.ContainsFunc(o.paths(), func(p string) bool {
		return slices.ContainsFunc(dirs, func(dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") })
	})
}

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// job is what the template of launchd knows.
type job struct {
	Name, Dir, User string
	Arguments       []string
	UserService     bool
}

func (o Options) launchdFiles() ([]File, error) {
	if err := o.check(unixSystem); err != nil {
		return nil, err
	}
	j := job{Name: o.Name, Dir: "/Library/LaunchDaemons", User: escape(o.User), UserService: o.UserService}
	if o.UserService {
		j.Dir, j.User = "~/Library/LaunchAgents", ""
	}
	for _, a := range append([]string{o.Executable}, o.arguments()...) {
		j.Arguments = append(j.Arguments, escape(a))
	}
	text, err := render("launchd.tmpl", "launchd.tmpl", j)
	if err != nil {
		return nil, err
	}
	return []File{{Name: o.Name + ".plist", Content: text, Mode: readable}}, nil
}

// arguments are what the program is started with when it runs all the time.
func (o Options) arguments() []string { return []string{"--config", o.Config, "serve"} }

// escape writes a text into XML.
func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

func render(file, name string, data any) ([]byte, error) {
	t, err := template.ParseFS(templates, "templates/"+file)
	if err != nil {
		return nil, fmt.Errorf("reading the template %s: %w", file, err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("filling the template %s: %w", name, err)
	}
	return b.Bytes(), nil
}
