package cli

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/chartwatch/chartwatch/internal/service"
)

// Env is everything that the program takes from its surroundings.
type Env struct {
	Args    []string // without the program's name
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Environ []string
	WorkDir string
	TempDir string
	// Executable is the path of the program, and EUID the effective user that it runs
	// as (0 is root, -1 on Windows).
	Executable string
	EUID       int
	// Account is the name of the account that runs the program, or empty.
	Account string
	// Clock tells the time.
	Clock func() time.Time
	// Zone is the computer's time zone by its IANA name, or nil if it has none.
	Zone *time.Location
	// Proxy is the proxy for a request to another computer; nil means none.
	Proxy func(*http.Request) (*url.URL, error)
	// Events takes the log where nobody sees Stderr, as with a Windows service; otherwise nil.
	Events *service.Events
	// StdoutTerminal and StderrTerminal say whether a person looks at them.
	StdoutTerminal bool
	StderrTerminal bool
}

// OSEnv returns the surroundings of the process.
func OSEnv() Env {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	account := ""
	if u, err := user.Current(); err == nil {
		account = u.Username
	}
	e := Env{
		Executable: program, EUID: os.Geteuid(), Account: account,
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(),
		WorkDir: dir, TempDir: os.TempDir(), Clock: time.Now, Zone: systemZone(), Proxy: http.ProxyFromEnvironment,
		StdoutTerminal: isTerminal(os.Stdout), StderrTerminal: isTerminal(os.Stderr),
	}
	if !service.UnderManager() {
		return e
	}
	if log, err := service.OpenEvents(serviceName); err == nil { // without it there is no place to say so
		e.Events, e.Stderr = &log, log
	}
	return e
}

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()) }

// Getenv returns the value of an environment variable, or an empty text.
func (e Env) Getenv(name string) string {
	for _, entry := range e.Environ {
		if key, value, ok := strings.Cut(entry, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// person is the account of the person, also behind sudo; empty if it is not known.
func (e Env) person() string {
	if v := e.Getenv("SUDO_USER"); v != "" {
		return v
	}
	return e.Account
}

// colour reports whether w, which is a terminal or not, may have colours.
func (e Env) colour(terminal bool) bool {
	if e.Getenv("NO_COLOR") != "" || e.Getenv("TERM") == "dumb" {
		return false
	}
	if f := e.Getenv("CLICOLOR_FORCE"); f != "" && f != "0" {
		return true
	}
	if f := e.Getenv("FORCE_COLOR"); f != "" && f != "0" {
		return true
	}
	return terminal
}

// systemZone finds the name of the computer's zone. time.Local has no name, and
// a zone without a name can't be stored with the events that were read in it.
func systemZone() *time.Location {
	if name := strings.TrimPrefix(os.Getenv("TZ"), ":"); name != "" {
		return zoneOrNil(name)
	}
	if name := platformZone(); name != "" {
		return zoneOrNil(name)
	}
	return nil
}

func zoneOrNil(name string) *time.Location {
	if name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

// zoneFromLink reads a zone's name out of a path such as /usr/share/zoneinfo/Europe/Vienna.
func zoneFromLink(target string) string {
	_, name, ok := strings.Cut(filepath.ToSlash(target), "zoneinfo/")
	if !ok {
		return ""
	}
	return name
}
