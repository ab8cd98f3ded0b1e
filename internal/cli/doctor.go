package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/serve"
	"github.com/chartwatch/chartwatch/internal/store"
)

// check is the outcome of one of doctor's checks.
type check struct {
	Name   string `json:"name"`
	Status string `json:"status"` // ok, warning, failed, unknown
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// The statuses of a check.
const (
	checkOK      = "ok"
	checkWarning = "warning"
	checkFailed  = "failed"
	checkUnknown = "unknown"
)

func (a *app) doctorCommand() *cobra.Command {
	var output outputFlags
	var send bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check the set-up: permissions, key, encryption, time zone, database, secrets, folders",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			checks := a.doctor(c.Context(), send)
			err := a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, map[string]any{"checks": checks})
				}
				return printChecks(w, checks)
			})
			if err != nil {
				return err
			}
			for _, x := range checks {
				if x.Status == checkFailed {
					return &reportedError{fault.New(fault.Internal, "a check failed", "")}
				}
			}
			return nil
		},
	}
	output.add(c, "table", "json")
	c.Flags().BoolVar(&send, "send-test", false, "send a message by every way that is configured (notify)")
	return c
}

func printChecks(w io.Writer, checks []check) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"check", "status", "detail"})
	for _, c := range checks {
		detail := c.Detail
		if c.Hint != "" {
			detail += "\nhint: " + c.Hint
		}
		t.AppendRow(table.Row{c.Name, c.Status, printable(detail)})
	}
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

func (a *app) doctor(ctx context.Context, send bool) []check {
	dir := a.loaded.Config.DataDir
	checks := []check{a.checkConfig(), a.checkZone(), checkDiskEncryption(dir), {Name: "database engine", Status: checkOK, Detail: "DuckDB " + store.EngineVersion()}}
	checks = append(checks, a.checkSetUp(ctx, send)...)
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil {
		return append(checks, check{Name: "data directory", Status: checkWarning, Detail: dir + " holds nothing yet", Hint: "it is made by the first `chartwatch ingest`"})
	}
	size := int64(0)
	if info, err := os.Stat(filepath.Join(dir, store.FileName)); err == nil {
		size = info.Size()
	}
	checks = append(checks, checkPermissions(dir), checkSpace(serve.DiskFree(dir), size))
	err := a.withWorkspace(ctx, false, func(w *intake.Workspace) error {
		checks = append(checks, check{Name: "key", Status: checkOK, Detail: "it opens the data directory"}, checkRecovery(dir), checkArchive(ctx, w))
		checks = append(checks, a.checkWeeks(ctx, w)...)
		return nil
	})
	if err != nil {
		checks = append(checks, check{Name: "data directory", Status: checkFailed, Detail: err.Error(), Hint: fault.HintOf(err)})
	}
	return checks
}

// checkWeeks looks at the ledger of weekly reviews, and at the clock that it is
// compared with.
func (a *app) checkWeeks(ctx context.Context, w *intake.Workspace) []check {
	weekly, err := a.site().Weekly()
	if err != nil {
		return []check{{Name: "weekly review", Status: checkFailed, Detail: err.Error(), Hint: fault.HintOf(err)}}
	}
	o, err := a.site().Office(ctx, w)
	if err != nil {
		return []check{{Name: "weekly review", Status: checkFailed, Detail: err.Error(), Hint: fault.HintOf(err)}}
	}
	weeks, err := o.Reviewer.Weeks(ctx, weekly)
	if err != nil {
		return []check{{Name: "weekly review", Status: checkFailed, Detail: err.Error(), Hint: fault.HintOf(err)}}
	}
	journal := check{Name: "journal", Status: checkOK}
	if n, err := o.Journal.Verify(ctx); err != nil {
		journal.Status, journal.Detail, journal.Hint = checkFailed, err.Error(), fault.HintOf(err)
	} else {
		journal.Detail = fmt.Sprintf("%d entries, each as it was made", n)
	}
	list := []check{{Name: "clock", Status: checkOK, Detail: "it is not behind what has been recorded"}}
	if weeks.Latest.Sub(a.env.Clock()) > time.Hour {
		list[0] = check{
			Name: "clock", Status: checkWarning, Detail: "it is behind what has been recorded at " + weeks.Latest.Format(time.RFC3339) + ", or was ahead then",
			Hint: "check the clock of this computer",
		}
	}
	list = append(list, journal)
	missed, status := 0, checkWarning
	for i := range weeks.List {
		x := &weeks.List[i]
		if x.Reviewed() {
			continue
		}
		missed++
		// A week that was over before the first import is no duty that was missed.
		if x.Due.After(weeks.Since) && a.env.Clock().Sub(x.Due) > 24*time.Hour {
			status = checkFailed
		}
	}
	switch {
	case weeks.Next.IsZero():
		return append(list, check{Name: "weekly review", Status: checkWarning, Detail: "no log has been imported yet"})
	case missed > 0:
		return append(list, check{
			Name: "weekly review", Status: status, Detail: fmt.Sprintf("%d weeks are due and have not been reviewed", missed),
			Hint: "`chartwatch serve --once` reviews them; `chartwatch service install` does so every week",
		})
	}
	return append(list, check{Name: "weekly review", Status: checkOK, Detail: "the next one is due " + weeks.Next.In(o.Practice.Zone).Format("Mon 2006-01-02 15:04")})
}

func (a *app) checkConfig() check {
	if a.loaded.File == "" {
		return check{Name: "configuration", Status: checkWarning, Detail: "no file was found; the defaults are used", Hint: "write one with `chartwatch config init`"}
	}
	return check{Name: "configuration", Status: checkOK, Detail: a.loaded.File}
}

func (a *app) checkZone() check {
	if z := a.loaded.Config.Timezone; z != "" {
		return check{Name: "time zone", Status: checkOK, Detail: z}
	}
	c := check{Name: "time zone", Status: checkWarning, Detail: "none is configured", Hint: "set timezone in the configuration; times without an offset depend on it"}
	if a.env.Zone != nil {
		c.Detail += "; this computer's, " + a.env.Zone.String() + ", is assumed"
	}
	return c
}

func checkRecovery(dir string) check {
	if _, err := os.Stat(filepath.Join(dir, "recovery.age")); err == nil {
		return check{Name: "key recovery", Status: checkOK, Detail: "a recovery recipient can bring the key back"}
	}
	return check{
		Name: "key recovery", Status: checkWarning, Detail: "no recovery recipient is configured",
		Hint: "keep what `chartwatch key export` prints in a safe place, or set key.recipients",
	}
}

// checkPermissions looks for files that other users of the computer can read.
func checkPermissions(dir string) check {
	c := check{Name: "permissions", Status: checkOK, Detail: "only you can read the data directory"}
	if runtime.GOOS == "windows" {
		return check{Name: "permissions", Status: checkUnknown, Detail: "not checked on Windows", Hint: "look at the folder's security settings"}
	}
	open := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			open++
		}
		return nil
	})
	switch {
	case err != nil:
		return check{Name: "permissions", Status: checkFailed, Detail: err.Error()}
	case open > 0:
		c.Status, c.Detail = checkFailed, fmt.Sprintf("%d files or folders can be read by other users", open)
		c.Hint = "run chmod -R go= " + dir
	}
	return c
}

// checkArchive compares the manifest with the archived files.
func checkArchive(ctx context.Context, w *intake.Workspace) check {
	c := check{Name: "archive", Status: checkOK}
	rows, err := w.DB.Query(ctx, "SELECT DISTINCT sha256 FROM import")
	if err != nil {
		return check{Name: "archive", Status: checkFailed, Detail: err.Error()}
	}
	defer rows.Close()
	total, missing := 0, 0
	for rows.Next() {
		var sha string
		if err := rows.Scan(&sha); err != nil {
			return check{Name: "archive", Status: checkFailed, Detail: err.Error()}
		}
		raw, err := hex.DecodeString(sha)
		if err != nil || len(raw) != 32 {
			missing++
			continue
		}
		total++
		if ok, err := w.Archive.Has([32]byte(raw)); err != nil || !ok {
			missing++
		}
	}
	if err := rows.Err(); err != nil {
		return check{Name: "archive", Status: checkFailed, Detail: err.Error()}
	}
	c.Detail = fmt.Sprintf("%d original files are kept", total)
	if missing > 0 {
		c.Status, c.Detail, c.Hint = checkFailed, fmt.Sprintf("%d of %d original files are missing", missing, total), "restore them from a backup; without them `chartwatch rebuild` cannot work"
	}
	return c
}

// checkSpace looks at the bytes that are free where the data lies, and at those of the
// database, which needs as many again to be made anew. A negative number is not known.
func checkSpace(free, size int64) check {
	const full, low = 100 << 20, 5 << 30 // low as in the alert ChartwatchStoreNearFull
	c := check{Name: "disk space", Status: checkOK, Detail: fmt.Sprintf("%.1f GB are free where the data lies", float64(free)/1e9)}
	switch {
	case free < 0:
		return check{Name: "disk space", Status: checkUnknown, Detail: "this system does not tell"}
	case free < full:
		c.Status, c.Hint = checkFailed, "make room: logs cannot be imported and weeks cannot be reviewed any more"
	case free < low || free < size:
		c.Status, c.Hint = checkWarning, "make room before the disk is full: then no log can be imported and no week reviewed"
	}
	return c
}

// checkDiskEncryption says whether the disk is encrypted, as far as the system
// tells without special rights.
func checkDiskEncryption(dir string) check {
	c := check{Name: "disk encryption", Status: checkUnknown, Detail: "this system does not tell", Hint: "names and numbers are sealed in the data directory in any case; turn on BitLocker, FileVault or LUKS for the rest"}
	if runtime.GOOS != "linux" {
		return c
	}
	names, err := filepath.Glob("/sys/block/dm-*/dm/uuid")
	if err != nil {
		return c
	}
	for _, n := range names {
		if text, err := os.ReadFile(n); err == nil && strings.HasPrefix(string(text), "CRYPT-") { //nolint:gosec // a fixed pattern
			return check{Name: "disk encryption", Status: checkOK, Detail: "this computer has an encrypted volume; check that " + dir + " is on it"}
		}
	}
	return check{Name: "disk encryption", Status: checkWarning, Detail: "no encrypted volume was found", Hint: c.Hint}
}
