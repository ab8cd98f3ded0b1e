package coverage

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/store"
)

// Checks are the results of the tamper check that some systems keep beside each
// row of their log.
type Checks struct {
	// OK rows match their checksum, Failed ones were changed after they were
	// written, Unknown ones have a checksum that the export does not allow to compute.
	OK      int64 `json:"ok"`
	Failed  int64 `json:"failed"`
	Unknown int64 `json:"unknown"`
	// Deleted rows are gone from the exporting system; their checksums are there. They
	// have no day, so that all of them are counted.
	Deleted int64 `json:"deleted"`
}

// loadChecks counts the results in a period, by source. It goes through the events,
// and is asked only where the checks are shown.
func loadChecks(ctx context.Context, db *store.DB, p Period) (map[int32]*Checks, error) {
	results := map[int32]string{} // by code of the kind
	rows, err := db.Query(ctx, "SELECT code, integrity FROM dim_kind WHERE site = 1 AND integrity IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var codes []string
	for rows.Next() {
		var (
			code   int32
			result string
		)
		if err := rows.Scan(&code, &result); err != nil {
			return nil, err
		}
		results[code] = result
		codes = append(codes, strconv.Itoa(int(code)))
	}
	bySource := map[int32]*Checks{}
	if err := rows.Err(); err != nil || len(codes) == 0 {
		return bySource, err
	}
	return bySource, countChecks(ctx, db, p, codes, func(source, code int32, n int64) {
		c := bySource[source]
		if c == nil {
			c = &Checks{}
			bySource[source] = c
		}
		switch results[code] {
		case "ok":
			c.OK += n
		case "failed":
			c.Failed += n
		default:
			c.Unknown += n
		}
	})
}

func countChecks(ctx context.Context, db *store.DB, p Period, codes []string, each func(source, code int32, n int64)) error {
	rows, err := db.Query(ctx, fmt.Sprintf(`SELECT source_id, kind_code, count(*) FROM event
		WHERE site = 1 AND local_day BETWEEN %d AND %d AND kind_code IN (%s) GROUP BY source_id, kind_code`, p.From, p.To, strings.Join(codes, ",")))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			source, code int32
			n            int64
		)
		if err := rows.Scan(&source, &code, &n); err != nil {
			return err
		}
		each(source, code, n)
	}
	return rows.Err()
}

// addChecks writes the results beside the sources.
func (f Facts) addChecks(ctx context.Context, db *store.DB, list []Source) error {
	bySource, err := loadChecks(ctx, db, f.period)
	if err != nil {
		return fmt.Errorf("reading the results of tamper checks: %w", err)
	}
	for i := range list {
		c := bySource[list[i].ID]
		deleted := f.sources[i].deleted()
		if c == nil && deleted == 0 {
			continue
		}
		if c == nil {
			c = &Checks{}
		}
		c.Deleted = deleted
		list[i].Checks = c
	}
	return nil
}

func (f *facts) deleted() int64 {
	var n int64
	for _, i := range f.imports {
		n += i.deleted
	}
	return n
}
