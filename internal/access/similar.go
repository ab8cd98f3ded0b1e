package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// elsewhere returns the entries that have the subject's name under another number,
// if no log has the subject's own. Two systems may number their persons each in
// their own way; who is on a list under that other number is somebody else.
func (a *Asker) elsewhere(ctx context.Context, d dimension, s *subject) ([]entry, error) {
	if s.sealed == nil || len(s.names) == 0 || len(s.codes) > len(s.byName) {
		return nil, nil
	}
	var list []entry
	err := a.eachEntry(ctx, d, func(code int32, id, name string) {
		if _, same := s.names[nameKey(name)]; same && id != s.party.ID {
			list = append(list, entry{code, id, name})
		}
	}, "id_hash <> 0 AND "+d.name+" IS NOT NULL")
	if err != nil {
		return nil, err
	}
	unlisted := list[:0]
	for _, e := range list {
		sealed, err := a.Sealer.Seal(d.kind, e.id)
		if err != nil {
			return nil, err
		}
		var n int
		if err := a.DB.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = ?", d.context, d.id), sealed).Scan(&n); err != nil {
			return nil, fmt.Errorf("reading the lists: %w", err)
		}
		if n == 0 {
			unlisted = append(unlisted, e)
		}
	}
	return unlisted, nil
}

// occurring returns the entries that have an event on some days, one of a
// number and name.
func (a *Asker) occurring(ctx context.Context, d dimension, list []entry, days coverage.Period) ([]entry, error) {
	if len(list) == 0 {
		return nil, nil
	}
	codes := make([]int32, len(list))
	for i, e := range list {
		codes[i] = e.code
	}
	rows, err := a.DB.Query(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM event WHERE site = 1 AND %s AND %s IN (%s)",
		d.column, onDays(days), d.column, intList(codes)))
	if err != nil {
		return nil, fmt.Errorf("looking for similar names: %w", err)
	}
	defer rows.Close()
	seen := map[int32]bool{}
	for rows.Next() {
		var code int32
		if err := rows.Scan(&code); err != nil {
			return nil, err
		}
		seen[code] = true
	}
	list = slices.DeleteFunc(list, func(e entry) bool { return !seen[e.code] })
	slices.SortFunc(list, func(x, y entry) int { return cmp.Or(strings.Compare(x.id, y.id), strings.Compare(x.name, y.name)) })
	return slices.CompactFunc(list, func(x, y entry) bool { return x.id == y.id && x.name == y.name }), rows.Err()
}
