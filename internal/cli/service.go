package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/service"
	"github.com/chartwatch/chartwatch/internal/store"
)

// serviceName is what the service is called, also where several run.
const serviceName = "chartwatch"

// serviceFlags say for whom the service runs.
type serviceFlags struct {
	user     string
	personal bool
	loggedOn bool
	forTask  bool // it is for a task, which has a person's account
}

func (f *serviceFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.user, "user", "", "`ACCOUNT` that it runs as; without it, yours, also behind sudo, and for a Windows service one of its own")
	c.Flags().BoolVar(&f.personal, "user-service", false, "for you only, without administrator rights; it runs while you are logged on")
}

func (a *app) serviceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "service",
		Short: "Let `chartwatch serve` start with the computer",
		Long: `Install chartwatch as a service of systemd, Windows or macOS, so that it starts with
the computer, or write the files for the system's own scheduler.`,
	}
	c.AddCommand(a.serviceInstallCommand(), a.serviceUninstallCommand(), a.serviceStatusCommand(), a.serviceFilesCommand())
	return c
}

func (a *app) serviceInstallCommand() *cobra.Command {
	var f serviceFlags
	c := &cobra.Command{
		Use:   "install",
		Short: "Install and start the service, or bring it up to date",
		Long: `Install and start the service. It uses the configuration that is in force now; install
it again after changing folders, messages or the address of /metrics in it.`,
		Example: `  sudo chartwatch --config /etc/chartwatch/chartwatch.yaml service install
  chartwatch service install --user-service`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := a.serviceOptions(f)
			if err != nil {
				return err
			}
			if err := beenUsed(o); err != nil {
				return err
			}
			if err := a.keyInReach(f); err != nil {
				return err
			}
			if err := service.Install(c.Context(), o); err != nil {
				return err
			}
			return a.printStatus(c.Context(), o, outputFlags{format: "table"})
		},
	}
	f.add(c)
	return c
}

// beenUsed refuses to install a service for a data directory that has no key yet: the
// service may not write where keys are kept.
func beenUsed(o service.Options) error {
	for _, dir := range o.DataDirs {
		if _, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil {
			return fault.Wrap(fault.NotFound, "the data directory "+dir+" has not been used yet",
				"import something first, as the account that works with the data, for example the staff list: `chartwatch ingest FILE`; that makes the directory and its key", err)
		}
	}
	return nil
}

// keyInReach refuses a key that is in the keyring of a person who may not be logged on.
func (a *app) keyInReach(f serviceFlags) error {
	sites, err := a.sites()
	if err != nil || f.personal || f.forTask && f.loggedOn {
		return err
	}
	for _, s := range sites {
		if s.Loaded.Config.Key.Store == config.KeyInKeyring {
			return fault.New(fault.Invalid, "the key is in a keyring, which opens only while its owner is logged on",
				"keep a key for a service in a file: take it with `chartwatch key export`, set key.store to file, and bring it back with `chartwatch key import`")
		}
	}
	return nil
}

func (a *app) serviceUninstallCommand() *cobra.Command {
	var f serviceFlags
	c := &cobra.Command{
		Use:   "uninstall",
		Short: "Stop and remove the service; data and configuration stay",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := a.serviceOptions(f)
			if err != nil {
				return err
			}
			if err := service.Uninstall(c.Context(), o); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.env.Stdout, "the service is removed; data and configuration are where they were")
			return err
		},
	}
	f.add(c)
	return c
}

func (a *app) serviceStatusCommand() *cobra.Command {
	var f serviceFlags
	var output outputFlags
	c := &cobra.Command{
		Use:   "status",
		Short: "Show whether the service is installed and running",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			o, err := a.serviceOptions(f)
			if err != nil {
				return err
			}
			return a.printStatus(c.Context(), o, output)
		},
	}
	f.add(c)
	output.add(c, "table", "json")
	return c
}

func (a *app) printStatus(ctx context.Context, o service.Options, output outputFlags) error {
	s, err := service.Query(ctx, o)
	if err != nil {
		return err
	}
	return a.write(output, func(w io.Writer) error {
		if output.format == "json" {
			return report.JSON(w, s)
		}
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		yes := map[bool]string{true: "yes", false: "no"}
		t.AppendRow(table.Row{"installed", yes[s.Installed]})
		t.AppendRow(table.Row{"starts by itself", yes[s.Enabled]})
		t.AppendRow(table.Row{"running", yes[s.Running]})
		t.AppendRow(table.Row{"state", s.State})
		if !s.Since.IsZero() {
			t.AppendRow(table.Row{"since", s.Since.Local().Format("2006-01-02 15:04:05")})
		}
		if s.Path != "" {
			t.AppendRow(table.Row{"file", printable(s.Path)})
		}
		if s.Outdated {
			t.AppendRow(table.Row{"note", "the configuration has changed since; run `chartwatch service install` again"})
		}
		if s.Foreign {
			t.AppendRow(table.Row{"note", "a service of this name exists that chartwatch did not make"})
		}
		_, err := fmt.Fprintln(w, t.Render())
		return err
	})
}

func (a *app) serviceFilesCommand() *cobra.Command {
	var f serviceFlags
	kind, dir := "", ""
	c := &cobra.Command{
		Use:   "files",
		Short: "Write the files for the system's scheduler, or print them",
		Long: `Write what the system's own scheduler needs to run chartwatch: a service, or for those
who want no daemon a timer or a task that runs ` + "`chartwatch serve --once`" + ` every hour. Each
file says where it goes and how to activate it. Make the files on the computer that is to
run chartwatch: they name its folders and its account.`,
		Example: `  chartwatch service files --kind systemd-timer --output units   (on Linux)
  chartwatch service files --kind windows-task --output .        (on the Windows computer)`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f.forTask = service.Kind(kind) == service.WindowsTask
			o, err := a.serviceOptions(f)
			if err != nil {
				return err
			}
			if err := a.keyInReach(f); err != nil {
				return err
			}
			files, err := service.Files(service.Kind(kind), o)
			if err != nil {
				return err
			}
			if dir == "" {
				return a.printFiles(files)
			}
			return a.writeFiles(dir, files)
		},
	}
	kinds := make([]string, 0, len(service.Kinds()))
	for _, k := range service.Kinds() {
		kinds = append(kinds, string(k))
	}
	f.add(c)
	c.Flags().StringVar(&kind, "kind", kinds[0], "which: "+strings.Join(kinds, ", "))
	c.Flags().StringVarP(&dir, "output", "o", "", "write to the folder `DIR` instead of the terminal")
	c.Flags().BoolVar(&f.loggedOn, "logged-on", false, "a Windows task that runs only while the account is logged on, with its network drives")
	return c
}

func (a *app) printFiles(files []service.File) error {
	for i, f := range files {
		if i > 0 {
			if _, err := fmt.Fprintln(a.env.Stdout); err != nil {
				return err
			}
		}
		if _, err := a.env.Stdout.Write(f.Content); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) writeFiles(dir string, files []service.File) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(fault.Internal, "cannot make the folder", "check its path and permissions", err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, f.Content, f.Mode); err != nil {
			return fault.Wrap(fault.Internal, "cannot write the file", "check the folder and its permissions", err)
		}
		if _, err := fmt.Fprintf(a.env.Stdout, "wrote %s\n", path); err != nil {
			return err
		}
	}
	return nil
}

// serviceOptions are what the service needs of the configuration.
func (a *app) serviceOptions(f serviceFlags) (service.Options, error) {
	if a.loaded.File == "" {
		return service.Options{}, fault.New(fault.Invalid, "a service needs a configuration file, and none was found", "write one with `chartwatch config init` and name it with --config")
	}
	sites, err := a.sites()
	if err != nil {
		return service.Options{}, err
	}
	c := a.loaded.Config
	o := service.Options{
		Name: serviceName, Executable: a.env.Executable, Config: a.loaded.File, User: f.user, UserService: f.personal, LoggedOn: f.loggedOn,
		KeyFile: c.Key.File, Listen: c.Metrics.Listen, EUID: a.env.EUID, ConfigHome: filepath.Dir(a.loaded.ConfigDir),
	}
	// A Windows service has an account of its own, unless one is named.
	if o.User == "" && !f.personal && (runtime.GOOS != "windows" || f.forTask) {
		o.User = a.env.person()
	}
	if !f.personal && len(c.Sites) == 0 && a.loaded.Origin["data_dir"] == "default" {
		return o, fault.New(fault.Invalid, "the configuration does not say where the data lies; without that every account has a data directory of its own",
			"set data_dir in "+a.loaded.File)
	}
	if o.KeyDir, err = a.keyDir(o.User); err != nil {
		return o, err
	}
	if c.Metrics.TextFile != "" {
		o.DropDirs = append(o.DropDirs, filepath.Dir(c.Metrics.TextFile))
	}
	o.ReadPaths = append(o.ReadPaths, existing(c.Metrics.TLSCert, c.Metrics.TLSKey, c.Metrics.TokenFile)...)
	if len(c.Sites) > 0 {
		o.DropDirs = append(o.DropDirs, c.DataDir)
	}
	for _, s := range sites {
		addPaths(&o, s.Loaded)
		if len(c.Sites) > 0 {
			o.ListDirs = append(o.ListDirs, filepath.Dir(s.Loaded.File))
		}
	}
	resolve(&o)
	return o, nil
}

// resolve follows symbolic links: what a service may see is decided by how its paths
// begin. What is not there stays as it is.
func resolve(o *service.Options) {
	follow := func(path string) string {
		if followed, err := filepath.EvalSymlinks(path); path != "" && err == nil {
			return followed
		}
		return path
	}
	for _, path := range []*string{&o.Executable, &o.Config, &o.KeyFile, &o.KeyDir} {
		*path = follow(*path)
	}
	for _, list := range [][]string{o.DataDirs, o.DropDirs, o.ReadPaths, o.ListDirs} {
		for i := range list {
			list[i] = follow(list[i])
		}
	}
}

// addPaths adds what the service must see for one practice.
func addPaths(o *service.Options, l config.Loaded) {
	c := l.Config
	o.DataDirs = append(o.DataDirs, c.DataDir)
	if c.Drop.Dir != "" {
		o.DropDirs = append(o.DropDirs, c.Drop.Dir)
	}
	n := c.Notify
	o.Network = o.Network || n.Mail.Server != "" || n.Webhook.URL != ""
	o.ReadPaths = append(o.ReadPaths, c.Schedule.Paths...)
	o.ReadPaths = append(o.ReadPaths, existing(l.File, c.Key.File, c.Rules.Dir, n.Mail.PasswordFile, n.Mail.CAFile, n.Webhook.SecretFile, n.Webhook.CAFile)...)
	for i := range c.Sources {
		o.ReadPaths = append(o.ReadPaths, existing(c.Sources[i].Mapping)...)
	}
}

// keyDir is where the keys of an account are kept.
func (a *app) keyDir(account string) (string, error) {
	if account == "" || account == a.env.Account {
		return filepath.Join(a.loaded.ConfigDir, "keys"), nil
	}
	u, err := user.Lookup(account)
	if err != nil {
		return "", fault.Wrap(fault.Usage, "there is no account "+account, "give the account that owns the data directory with --user", err)
	}
	return filepath.Join(u.HomeDir, ".config", "chartwatch", "keys"), nil
}

// existing returns the paths that are there.
func existing(paths ...string) []string {
	var list []string
	for _, p := range paths {
		if _, err := os.Stat(p); p != "" && !errors.Is(err, os.ErrNotExist) {
			list = append(list, p)
		}
	}
	return list
}
