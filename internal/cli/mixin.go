package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/metrics/mixin"
)

func (a *app) mixinCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mixin FOLDER",
		Short: "Write alert rules, dashboards and runbooks for Prometheus and Grafana",
		Long: `Write what Prometheus and Grafana need into a folder: alert rules with their unit
tests, a dashboard of one practice and one of many, and a page for each alert that
says what to do.`,
		Example: `  chartwatch mixin monitoring`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			err := os.CopyFS(args[0], mixin.Files())
			if errors.Is(err, fs.ErrExist) {
				return fault.Wrap(fault.Conflict, "the folder has such files already", "name another folder, or move them away", err)
			}
			if err != nil {
				return fault.Wrap(fault.Internal, "cannot write the files", "check the folder and its permissions", err)
			}
			_, err = fmt.Fprintf(a.env.Stdout, "wrote alert rules, dashboards and runbooks to %s\n", args[0])
			return err
		},
	}
}
