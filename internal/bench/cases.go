package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the yardstick

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/synth"
)

func loadCases() []string {
	return []string{"csv-chartwatch", "csv-read_csv", "fhir-chartwatch", "fhir-read_json"}
}

func runCase(ctx context.Context, name string, o options) (result, error) {
	if name == "bare" {
		return bare(ctx, o.dir, o.where)
	}
	dir, err := os.MkdirTemp(o.dir, name+"-")
	if err != nil {
		return result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	switch name {
	case "csv-chartwatch":
		return chartwatch(ctx, name, dir, csvFile(o))
	case "fhir-chartwatch":
		return chartwatch(ctx, name, dir, fhirFile(o))
	case "csv-read_csv":
		return duckDB(ctx, name, dir, "CREATE TABLE t AS SELECT * FROM read_csv('"+csvFile(o)+"', header=true, all_varchar=true)")
	case "fhir-read_json":
		return duckDB(ctx, name, dir, readJSON(fhirFile(o)))
	}
	return result{}, fmt.Errorf("unknown case %q", name)
}

// makeData writes the files that the cases read.
func makeData(o options) error {
	for path, write := range map[string]func(io.Writer) error{
		csvFile(o):  func(w io.Writer) error { return synth.WriteBenchCSV(w, 1, o.rows) },
		fhirFile(o): func(w io.Writer) error { return synth.WriteBenchFHIR(w, 1, o.fhir) },
	} {
		if _, err := os.Stat(path); err == nil {
			continue
		}
		f, err := os.Create(path) //nolint:gosec // a file of our own folder
		if err != nil {
			return err
		}
		b := bufio.NewWriterSize(f, 1<<20)
		if err := errors.Join(write(b), b.Flush(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func workspaceOptions(dir string) intake.WorkspaceOptions {
	return intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(dir, "data"), MemoryLimit: "1GB", Wait: time.Second},
		Key:   seal.Locator{Dir: filepath.Join(dir, "keys")}, Create: true,
	}
}

// chartwatch imports a file with everything on: deduplication, provenance,
// quarantine, manifest, archive and sealing.
func chartwatch(ctx context.Context, name, dir, file string) (result, error) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return result{}, err
	}
	reg, err := builtin.Registry()
	if err != nil {
		return result{}, err
	}
	r := result{Case: name}
	r.Seconds, err = timed(func() error {
		w, err := intake.OpenWorkspace(ctx, workspaceOptions(dir))
		if err != nil {
			return err
		}
		got, err := w.Importer(reg, time.Now).File(ctx, file, intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting})
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
		for _, f := range got.Files {
			if f.Status != intake.Imported || f.Rejected > 0 {
				return fmt.Errorf("%s: %s, %d rejected: %s", filepath.Base(f.Path), f.Status, f.Rejected, f.Error)
			}
			r.Rows += f.Accepted
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	r.BytesPerRow, err = bytesPerRow(filepath.Join(dir, "data", store.FileName), r.Rows)
	return r, err
}

func bytesPerRow(file string, rows int64) (float64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / float64(rows), nil
}

// duckDB runs one statement that makes table t, in a file database.
func duckDB(ctx context.Context, name, dir, statement string) (result, error) {
	r := result{Case: name}
	file := filepath.Join(dir, "t.duckdb")
	var err error
	r.Seconds, err = timed(func() error {
		db, err := sql.Open("duckdb", file)
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return errors.Join(err, db.Close())
		}
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM t").Scan(&r.Rows)
		return errors.Join(err, db.Close())
	})
	if err != nil {
		return r, err
	}
	r.BytesPerRow, err = bytesPerRow(file, r.Rows)
	return r, err
}

// readJSON reads the file's lines and takes the fields out that the parser
// fhiraudit takes.
func readJSON(file string) string {
	paths := []string{
		"$.id", "$.recorded", "$.type.code", "$.subtype[0].code", "$.action", "$.outcome", "$.outcomeDesc",
		"$.agent[0].who.identifier.value", "$.agent[0].who.display", "$.agent[0].name", "$.agent[0].requestor", "$.agent[0].type.coding[0].code",
		"$.agent[0].role[0].coding[0].code", "$.agent[0].network.address", "$.agent[0].network.type",
		"$.agent[1].who.display", "$.agent[1].type.coding[0].code", "$.source.site", "$.source.observer.display",
		"$.entity[0].what.reference", "$.entity[0].what.identifier.value", "$.entity[0].role.code", "$.entity[0].type.code",
		"$.entity[1].what.reference", "$.entity[1].role.code", "$.purposeOfEvent[0].coding[0].code",
	}
	columns := make([]string, len(paths))
	for i, p := range paths {
		columns[i] = fmt.Sprintf("json_extract_string(json, '%s') AS c%d", p, i)
	}
	return "CREATE TABLE t AS SELECT " + strings.Join(columns, ", ") + " FROM read_json_objects('" + file + "', format='newline_delimited')"
}
