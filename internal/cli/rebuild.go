package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
)

func (a *app) rebuildCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Make the database again from the archived original files",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			reg, err := parsers()
			if err != nil {
				return err
			}
			result, err := intake.Rebuild(c.Context(), a.site().Workspace(false), reg, func(done, total int) {
				if a.env.StderrTerminal {
					a.say("file %d of %d", done, total)
				}
			})
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, result)
				}
				same := "the old database could not be read, so there is nothing to compare with"
				switch {
				case result.Identical:
					same = "its content is identical to the old one"
				case result.Compared:
					same = "its content differs from the old one, as it should if a parser has changed since"
				}
				_, err := fmt.Fprintf(w, "rebuilt from %d files, %d events; %s\n", result.Files, result.Events, same)
				return err
			})
		},
	}
	output.add(c, "table", "json")
	return c
}
