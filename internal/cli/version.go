package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/store"
)

// build describes the program.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
	DuckDB   string `json:"duckdb"`
	Platform string `json:"platform"`
}

func buildInfo() build {
	b := build{Version: "devel", Go: runtime.Version(), DuckDB: store.EngineVersion(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of chartwatch and of what it is built on",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			b := buildInfo()
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, b)
				}
				_, err := fmt.Fprintf(w, "chartwatch %s %s\nDuckDB %s, %s, %s\n", b.Version, b.Revision, b.DuckDB, b.Go, b.Platform)
				return err
			})
		},
	}
	output.add(c, "table", "json")
	return c
}
