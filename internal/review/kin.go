package review

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/seal"
)

// rosterLine is what of the roster is needed to see who is involved.
type rosterLine struct{ account, name, address string }

// kin returns the names and accounts of a person and of those of the roster who
// live at the same address. A person whom the roster does not know is at least
// themself.
func (v *Reviewer) kin(ctx context.Context, who string) ([]string, error) {
	roster, err := v.roster(ctx)
	if err != nil {
		return nil, err
	}
	all := []string{who}
	addresses := map[string]bool{}
	for _, l := range roster {
		if sameName(l.account, who) || sameName(l.name, who) {
			all = append(all, l.account, l.name)
			addresses[l.address] = l.address != ""
		}
	}
	for _, l := range roster {
		if addresses[l.address] {
			all = append(all, l.account, l.name)
		}
	}
	return all, nil
}

func (v *Reviewer) roster(ctx context.Context) ([]rosterLine, error) {
	rows, err := v.DB.Query(ctx, "SELECT user_id, content FROM staff WHERE site = 1")
	if err != nil {
		return nil, fmt.Errorf("reading the roster: %w", err)
	}
	defer rows.Close()
	var list []rosterLine
	for rows.Next() {
		var account, content []byte
		if err := rows.Scan(&account, &content); err != nil {
			return nil, err
		}
		var l rosterLine
		if l.account, err = v.Sealer.Open(seal.KindUser, account); err != nil {
			return nil, err
		}
		text, err := v.Sealer.Open(seal.KindContext, content)
		if err != nil {
			return nil, err
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return nil, fmt.Errorf("reading the roster: %w", err)
		}
		l.name, _ = fields["name"].(string)
		l.address, _ = fields["address"].(string)
		l.address = plain(l.address)
		list = append(list, l)
	}
	return list, rows.Err()
}

// sameName compares names and accounts without regard to case, order around a
// comma, and spaces.
func sameName(a, b string) bool { return a != "" && plain(a) == plain(b) }

func plain(s string) string {
	if last, first, ok := strings.Cut(s, ","); ok && !strings.ContainsAny(s, "0123456789") {
		s = first + " " + last
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}
