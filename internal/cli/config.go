package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Make, show and check the configuration"}
	c.AddCommand(a.configInitCommand(), a.configShowCommand(), a.configValidateCommand())
	return c
}

func (a *app) configInitCommand() *cobra.Command {
	file := "chartwatch.yaml"
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a commented configuration file with the defaults",
		Args:  cobra.NoArgs,
		// An invalid configuration must not keep a person from writing a new one.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(*cobra.Command, []string) error {
			if file == "-" {
				_, err := io.WriteString(a.env.Stdout, config.Template())
				return err
			}
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, os.ErrExist) {
				return fault.New(fault.Conflict, file+" exists already", "choose another name with --output, or edit it")
			}
			if err != nil {
				return fault.Wrap(fault.Internal, "cannot write the configuration", "check the folder and its permissions", err)
			}
			_, err = f.WriteString(config.Template())
			if err := errors.Join(err, f.Close()); err != nil {
				return fault.Wrap(fault.Internal, "cannot write the configuration", "check the free space", err)
			}
			_, err = fmt.Fprintf(a.env.Stdout, "wrote %s; set timezone in it first\n", file)
			return err
		},
	}
	c.Flags().StringVarP(&file, "output", "o", file, "the `FILE` to write; - for standard output")
	return c
}

func (a *app) configShowCommand() *cobra.Command {
	redacted := false
	c := &cobra.Command{
		Use:   "show",
		Short: "Print the effective configuration and where each value comes from",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(a.env.Stdout, config.Show(a.loaded, redacted))
			return err
		},
	}
	c.Flags().BoolVar(&redacted, "redacted", false, "leave out paths, to send it to somebody")
	return c
}

func (a *app) configValidateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			// It was loaded, and so checked, before this command ran; those of the practices
			// that it names were not.
			sites, err := a.sites()
			if err != nil {
				return err
			}
			file, doctor := a.loaded.File, "chartwatch doctor"
			if file == "" {
				file = "no configuration file was found; the defaults"
			}
			if len(a.loaded.Config.Sites) > 0 {
				doctor = "chartwatch --site NAME doctor"
			}
			for _, s := range sites {
				a.warnZone(s.Loaded)
			}
			_, err = fmt.Fprintf(a.env.Stdout, "%s: valid\nthe folders, files and secrets that it names are checked by `%s`\n", file, doctor)
			return err
		},
	}
}

// warnZone says that a practice has no zone of its own.
func (a *app) warnZone(l config.Loaded) {
	if l.Config.Timezone != "" {
		return
	}
	where, taken := "", ""
	if l.File != "" {
		where = l.File + ": "
	}
	if a.env.Zone != nil {
		taken = "; this computer's, " + a.env.Zone.String() + ", is assumed"
	}
	a.say("warning: %sno timezone is set%s", where, taken)
	a.say("hint: set timezone to the practice's, for example America/Chicago; times in logs depend on it")
}
