package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
)

func (a *app) keyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Keep, bring back and change the key that seals the data",
		Long: `Everything that could name a person is sealed in the data directory. The key is
kept elsewhere on this computer. Without it, nothing can be read.`,
	}
	c.AddCommand(a.keyExportCommand(), a.keyImportCommand(), a.keyRotateCommand())
	return c
}

func (a *app) keyExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Print the key's recovery form, to be kept in a safe place",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withWorkspace(c.Context(), false, func(w *intake.Workspace) error {
				a.say("whoever has this line and the data directory can read everything in it")
				_, err := fmt.Fprintln(a.env.Stdout, w.Key().Export())
				return err
			})
		},
	}
}

func (a *app) keyImportCommand() *cobra.Command {
	var identities string
	c := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Bring back the key, from its recovery form in FILE or standard input",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			key, err := a.readKey(identities, args)
			if err != nil {
				return err
			}
			return a.importKey(c.Context(), key)
		},
	}
	c.Flags().StringVar(&identities, "recover", "", "age identity `FILE` of a recovery recipient")
	return c
}

func (a *app) importKey(ctx context.Context, key seal.Key) error {
	where, err := intake.ImportKey(ctx, a.site().Workspace(false), key)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.env.Stdout, "the key is in place: %s\n", where)
	return err
}

func (a *app) readKey(identities string, args []string) (key seal.Key, err error) {
	if identities != "" {
		f, err := os.Open(filepath.Clean(identities))
		if err != nil {
			return seal.Key{}, fault.Wrap(fault.Usage, "cannot read the identity file", "check the path", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		return seal.ReadRecovery(a.loaded.Config.DataDir, f)
	}
	in := a.env.Stdin
	if len(args) == 1 && args[0] != "-" {
		f, err := os.Open(filepath.Clean(args[0]))
		if err != nil {
			return seal.Key{}, fault.Wrap(fault.Usage, "cannot read the key's recovery form", "check the path", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, 64<<10))
	if err != nil {
		return seal.Key{}, fmt.Errorf("reading the key's recovery form: %w", err)
	}
	return seal.ParseKey(strings.TrimSpace(string(text)))
}

func (a *app) keyRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Seal everything with a new key",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withWorkspace(c.Context(), false, func(w *intake.Workspace) error {
				if err := w.RotateKey(c.Context(), nil); err != nil {
					return err
				}
				_, err := fmt.Fprintln(a.env.Stdout, "everything is sealed with a new key; run `chartwatch key export` and keep what it prints")
				return err
			})
		},
	}
}
