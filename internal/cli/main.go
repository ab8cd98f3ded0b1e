// Package cli is the command line: one file a command. It parses what a person
// typed, calls the rooms below and prints what they return. It holds no
// knowledge of its own about logs, accesses or storage.
package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// Main runs the program and returns its exit code: 0 done, 1 failed, 3 done but
// incomplete, 4 configuration invalid, 64 wrong usage.
func Main(ctx context.Context, env Env) int {
	intake.TuneMemory()
	a := &app{env: env}
	root := a.rootCommand() //nolint:contextcheck // cobra hands the context of ExecuteContext to every command
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) {
		err = fault.New(fault.Internal, "interrupted; what was not finished has been undone", "run the same command again")
	}
	a.complain(err)
	return fault.KindOf(err).ExitCode()
}

// app is what the commands share.
type app struct {
	env    Env
	loaded config.Loaded // of the practice that is worked on
	whole  config.Loaded // of the program; it differs if there are several practices
	log    *slog.Logger
	flags  globalFlags
}

type globalFlags struct {
	config, data, site, logLevel string
}

// complain prints an error for a person: a line that says what went wrong, and
// hints on lines of their own.
func (a *app) complain(err error) {
	if _, said := errors.AsType[*reportedError](err); said {
		return // the command's own output has said it
	}
	a.say("%s", err.Error())
	if hint := fault.HintOf(err); hint != "" {
		a.say("hint: %s", hint)
	}
}

// say prints a message for the person at the terminal. If even that is not
// possible, there is nobody to tell.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintf(a.env.Stderr, "chartwatch: %s\n", printable(fmt.Sprintf(format, args...)))
}

// reportedError sets the exit code and nothing else.
type reportedError struct{ error }

func (e *reportedError) Unwrap() error { return e.error }

// incomplete is returned by a command that did its work and has already said
// what is missing.
func incomplete() error { return &reportedError{fault.New(fault.Incomplete, "incomplete", "")} }

// printable removes control characters, which could change what a terminal shows.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < 0x20 || (r >= 0x7f && r < 0xa0)) {
			return -1
		}
		return r
	}, s)
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "chartwatch",
		Short: "Review who opened whose chart",
		Long: `chartwatch reads the access logs that electronic health records export, and
answers who accessed a patient's record on a date.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if err := a.setUp(a.flags.config); err != nil {
				return err
			}
			return a.chooseSite(c)
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	f := root.PersistentFlags()
	f.StringVar(&a.flags.config, "config", "", "configuration `FILE`")
	f.StringVar(&a.flags.data, "data", "", "data `DIR`ectory")
	f.StringVar(&a.flags.site, "site", "", "`NAME` of the practice, if the configuration is of several")
	f.StringVar(&a.flags.logLevel, "log-level", "", "how much to log: debug, info, warn or error")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fault.New(fault.Usage, err.Error(), "see `"+c.CommandPath()+" --help`")
	})
	root.AddCommand(
		a.reviewCommand(), a.findingsCommand(), a.signoffCommand(), a.rulesCommand(), a.contextCommand(),
		a.whoCommand(), a.ingestCommand(), a.inspectCommand(), a.scrubCommand(), a.coverageCommand(), a.rebuildCommand(),
		a.weeksCommand(), a.serveCommand(), a.serviceCommand(), a.mixinCommand(),
		a.keyCommand(), a.doctorCommand(), a.configCommand(), a.versionCommand())
	root.InitDefaultCompletionCmd()
	usageErrors(root)
	return root
}

// usageErrors makes cobra's complaints about arguments exit with the code for
// wrong usage.
func usageErrors(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fault.New(fault.Usage, err.Error(), "see `"+c.CommandPath()+" --help`")
			}
			return nil
		}
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			c.SuggestionsMinimumDistance = 2
			hint := "see `" + c.CommandPath() + " --help`"
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean `" + c.CommandPath() + " " + near[0] + "`?"
			}
			return fault.New(fault.Usage, fmt.Sprintf("unknown command %q for %q", args[0], c.CommandPath()), hint)
		}
	}
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
}

// setUp loads the configuration, from a file or from where it is usually found,
// and opens the log.
func (a *app) setUp(file string) error {
	flags := map[string]string{}
	if a.flags.data != "" {
		flags["data_dir"] = a.flags.data
	}
	if a.flags.logLevel != "" {
		flags["log.level"] = a.flags.logLevel
	}
	loaded, err := config.Load(config.Options{
		File: file, Environ: a.env.Environ, Flags: flags, WorkDir: a.env.WorkDir,
	})
	if err != nil {
		return err
	}
	a.loaded, a.whole = loaded, loaded
	a.log = a.logger(loaded.Config.Log)
	if loaded.File != "" {
		a.log.Debug("configuration read", slog.String("file", loaded.File))
	}
	return nil
}

func (a *app) logger(c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	if a.env.Events != nil {
		return slog.New(a.env.Events.Handler(level))
	}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.env.Stderr, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(a.env.Stderr, &tint.Options{Level: level, NoColor: !a.env.colour(a.env.StderrTerminal)}))
}
