package service

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// firstFreePort is the lowest port that a program without privileges may listen on.
const firstFreePort = 1024

// system is a family of service managers with its own idea of a path.
type system int

const (
	unixSystem system = iota
	windowsSystem
)

// String says for which computers the files are.
func (s system) String() string {
	if s == windowsSystem {
		return "a computer with Windows"
	}
	return "a computer with Linux or macOS"
}

func (s system) other() system {
	if s == windowsSystem {
		return unixSystem
	}
	return windowsSystem
}

// check refuses options that cannot be written into the files of a system.
func (o Options) check(s system) error {
	if err := o.checkName(); err != nil {
		return err
	}
	if !printable(o.User) || strings.ContainsAny(o.User, `"<>%`) {
		return badAccount()
	}
	if o.Executable == "" || o.Config == "" {
		return fault.New(fault.Internal, "the program or the configuration of the service is not known", "")
	}
	for _, p := range o.paths() {
		if err := checkPath(p, s); err != nil {
			return err
		}
	}
	return nil
}

func badAccount() error {
	return fault.New(fault.Invalid, "the account of the service is not usable", "give the name of an account of this computer")
}

// paths are all paths that the service needs.
func (o Options) paths() []string {
	list := slices.Concat([]string{o.Executable, o.Config, o.KeyFile, o.KeyDir, o.Credential}, o.DataDirs, o.DropDirs, o.ReadPaths, o.ListDirs)
	return slices.DeleteFunc(list, func(p string) bool { return p == "" })
}

func checkPath(p string, s system) error {
	switch {
	case !printable(p):
		return fault.New(fault.Invalid, fmt.Sprintf("the path %q holds a character that cannot be written into the file of a service", p), "rename the folder or file")
	case !absolute(p, s) && absolute(p, s.other()):
		return fault.New(fault.Invalid, fmt.Sprintf("the path %s is of this computer, and these files are for %s", p, s),
			"make them on the computer that is to run chartwatch: they name its folders and its account")
	case !absolute(p, s):
		return fault.New(fault.Invalid, "the path "+p+" is not absolute", "a service starts nowhere in particular: write the whole path")
	default:
		return nil
	}
}

func absolute(p string, s system) bool {
	if s == unixSystem {
		return strings.HasPrefix(p, "/")
	}
	drive := len(p) > 2 && unicode.IsLetter(rune(p[0])) && p[1] == ':' && (p[2] == '\\' || p[2] == '/')
	return drive || strings.HasPrefix(p, `\\`)
}

func (o Options) checkName() error {
	if validName(o.Name) {
		return nil
	}
	return fault.New(fault.Invalid, "the name of the service is not usable", "use letters, digits and single \"-\", \"_\" or \".\", at most 60 in all")
}

func validName(name string) bool {
	if name == "" || len(name) > 60 || strings.Contains(name, "--") || strings.ContainsAny(name[:1], "-._") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-._", r)
	})
}

// printable reports whether a text fits on one line of a text file.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

// checkUser refuses to let a service run as nobody in particular.
func (o Options) checkUser() error {
	if o.User != "" {
		return nil
	}
	return fault.New(fault.Usage, "it is not said under which account the service runs", "give the account that owns the data directory with --user")
}

// checkListen refuses a port that the service could not open without privileges.
func (o Options) checkListen() error {
	_, port, err := splitListen(o.Listen)
	if err != nil {
		return err
	}
	if 0 < port && port < firstFreePort {
		return fault.New(fault.Invalid, fmt.Sprintf("the service has no privileges and cannot listen on port %d", port), "take a port of 1024 or above")
	}
	return nil
}

// local reports whether the service needs no other computer, and no other
// computer needs it.
func (o Options) local() bool {
	host, _, err := splitListen(o.Listen)
	if o.Network || err != nil {
		return false
	}
	if o.Listen == "" || host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func splitListen(listen string) (host string, port int, err error) {
	if listen == "" {
		return "", 0, nil
	}
	const hint = "write it as 127.0.0.1:9464"
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fault.Wrap(fault.Invalid, "the address that the service listens on is not usable", hint, err)
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 || port > 65535 {
		return "", 0, fault.New(fault.Invalid, "the address that the service listens on has no usable port", hint)
	}
	return host, port, nil
}

// checkPresent refuses to install a service that could not start or not work. A folder
// that is away later, as a network share, is another matter; but systemd lets a service
// write only to what is there when it starts, and Windows grants nothing on what is not.
func (o Options) checkPresent() error {
	const create = "create it, and let it belong to the account of the service"
	wants := []struct{ what, path, hint string }{
		{"program", o.Executable, "say where chartwatch lies"},
		{"configuration", o.Config, "write it with `chartwatch config init`"},
		{"key file", o.KeyFile, "correct key.file in the configuration"},
		{"key file", o.Credential, "correct key.file in the configuration"},
	}
	for _, d := range o.DataDirs {
		wants = append(wants, struct{ what, path, hint string }{"data directory", d, create})
	}
	for _, d := range o.DropDirs {
		if !o.UserService {
			wants = append(wants, struct{ what, path, hint string }{"folder", d, "make it, and let it belong to the account that works with the data; if it is on a disk or share, connect that"})
		}
	}
	for _, w := range wants {
		if w.path == "" {
			continue
		}
		if _, err := os.Stat(w.path); errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, fmt.Sprintf("the %s %s does not exist", w.what, w.path), w.hint)
		} else if err != nil {
			return fault.Wrap(fault.Internal, "the "+w.what+" of the service cannot be looked at", "", err)
		}
	}
	return nil
}
