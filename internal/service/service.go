// Package service makes chartwatch run by itself, also after a restart of the
// computer: as a systemd service, a Windows service or a launchd job. For those
// who want no daemon it writes the files of a timer that starts
// "chartwatch serve --once" every hour.
//
// It refuses to touch data, keys and the configuration, to replace a service of
// the same name that it did not write, and to hold a password. It does not make
// user accounts. On Windows it lets the service use the folders and files that it
// needs; elsewhere it does not hand out permissions.
package service

import (
	"context"
	"io/fs"
	"os/exec"
	"time"
)

// marker opens every file that this package writes. A file without it belongs to
// somebody else and is left alone.
const marker = "Written by chartwatch"

// description is what service managers show to people.
const description = "Reviews the access logs of the practice's health records"

// Options say what is to run by itself, and where. All paths are absolute, and
// symbolic links in them are resolved: what a service may see of the home
// directories is decided by how its paths begin.
type Options struct {
	// Name is the name of the service: letters, digits, "-", "_" and ".".
	Name string
	// Executable is the program, and Config the configuration it is started with.
	Executable string
	Config     string
	// User is the account the service runs as. A systemd service that belongs to
	// the computer, a timer and a task need one. Empty means, for a Windows service, the
	// account that Windows has for this service alone, and root for launchd.
	User string
	// DataDirs are the data directories: they must exist before the service starts.
	DataDirs []string
	// DropDirs are other folders that are written to, such as the drop folders. They
	// may be away for a while, as network shares are.
	DropDirs []string
	// ReadPaths, KeyFile and KeyDir are files and folders that are only read. The files
	// in KeyDir end in ".key".
	ReadPaths []string
	KeyFile   string
	KeyDir    string
	// ListDirs are folders in which files are looked for by a pattern.
	ListDirs []string
	// Credential is a key file that only root can read. systemd hands it to the
	// service as the credential chartwatch.key.
	Credential string
	// Network says that the service talks to other computers: mail or a webhook is
	// configured. Without it systemd lets it reach this computer only.
	Network bool
	// Listen is the address that the service answers on, such as "127.0.0.1:9464", or empty.
	Listen string
	// LoggedOn makes a Windows task run only while User is logged on. That gives it
	// the network shares of the person, which it does not have otherwise.
	LoggedOn bool

	// UserService installs for one person, without administrator rights.
	UserService bool
	// UnitDir is where units of systemd are written. Empty means
	// /etc/systemd/system, and for a user service systemd/user in ConfigHome.
	UnitDir string
	// ConfigHome is the person's configuration directory, such as ~/.config. A Windows
	// service looks for the keys there.
	ConfigHome string
	// SystemdDir is the directory that exists while systemd runs. Empty means
	// /run/systemd/system.
	SystemdDir string
	// EUID is the effective user id of this process; 0 is root.
	EUID int
	// Run runs a command and returns everything it printed. Nil means that the
	// operating system is asked.
	Run Runner
}

// Runner runs a command and returns what it printed on both outputs.
type Runner func(ctx context.Context, name string, args ...string) ([]byte, error)

// Status is what the service manager and the files say about the service.
type Status struct {
	Installed bool `json:"installed"`
	// Foreign means that a service of this name exists which chartwatch did not make.
	Foreign bool `json:"foreign"`
	// Enabled means that it starts with the computer, or when the person logs on.
	Enabled bool `json:"enabled"`
	Running bool `json:"running"`
	// State is the manager's own word for the state, such as "failed (exit-code)".
	State string `json:"state"`
	// Since is when it was started; zero if that is not known.
	Since time.Time `json:"since,omitzero"`
	// Path is the file of the service, or the command line of a Windows service.
	Path string `json:"path"`
	// Outdated means that an installation now would write something else.
	Outdated bool `json:"outdated"`
}

// Install makes the service start now and with the computer. A service that
// chartwatch installed before is brought up to date and started again. If a step
// fails, what was there before is there again.
func Install(ctx context.Context, o Options) error { return install(ctx, o.withDefaults()) }

// Uninstall stops the service and removes it. Data, keys and the configuration
// stay where they are. If there is no such service, the error's kind is
// [github.com/chartwatch/chartwatch/internal/fault.NotFound].
func Uninstall(ctx context.Context, o Options) error { return uninstall(ctx, o.withDefaults()) }

// Query tells how the service is. It needs no administrator rights on Linux and
// macOS, and it changes nothing.
func Query(ctx context.Context, o Options) (Status, error) { return query(ctx, o.withDefaults()) }

func (o Options) withDefaults() Options {
	if o.SystemdDir == "" {
		o.SystemdDir = "/run/systemd/system"
	}
	if o.Run == nil {
		o.Run = run
	}
	return o
}

func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	return exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // the commands of this package's own files
}

// File is a file for a person to put in its place.
type File struct {
	Name    string
	Content []byte
	Mode    fs.FileMode
}
