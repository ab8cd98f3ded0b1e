package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Account is an account and who holds it, as the rules see it.
type Account struct {
	UserID  string   `json:"user_id"`
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Persons []Holder `json:"persons"`
	// Notes are what rules make of it: generic, interface, vendor, not on the roster.
	Notes []string `json:"notes,omitempty"`
	// LastDay is the last day with events before the period's end, empty if there is none.
	LastDay string `json:"last_day,omitempty"`
}

// Holder is a person who holds an account, and how that is known: roster or manual.
type Holder struct {
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
	How      string `json:"how"`
}

// Identity says who holds which account in a period, and which questions that raises.
func (g *Engine) Identity(ctx context.Context, p coverage.Period) ([]Account, []Notice, error) {
	list, notices := []Account{}, []Notice{}
	err := g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		e, err := g.prepare(ctx, s, p)
		if err != nil {
			return err
		}
		for _, n := range e.built.Notices {
			notices = append(notices, Notice(n))
		}
		holders, err := e.holders(ctx)
		if err != nil {
			return err
		}
		list, err = e.accounts(ctx, holders)
		return err
	})
	return list, notices, err
}

func (e *evaluation) holders(ctx context.Context) (map[string][]Holder, error) {
	rows, err := e.session.Query(ctx, fmt.Sprintf(`SELECT user_id, person_id, min(how) FROM account_person
		WHERE from_day <= %d AND to_day >= %d GROUP BY user_id, person_id ORDER BY user_id, person_id`, e.period.To, e.period.From))
	if err != nil {
		return nil, fmt.Errorf("reading who holds which account: %w", err)
	}
	defer rows.Close()
	all := map[string][]Holder{}
	for rows.Next() {
		var user string
		var h Holder
		if err := rows.Scan(&user, &h.PersonID, &h.How); err != nil {
			return nil, err
		}
		h.Name = e.built.Names.Person(h.PersonID)
		all[user] = append(all[user], h)
	}
	return all, rows.Err()
}

func (e *evaluation) accounts(ctx context.Context, holders map[string][]Holder) ([]Account, error) {
	rows, err := e.session.Query(ctx, fmt.Sprintf(`SELECT a.user_id, a.role, a.is_generic, a.is_interface, a.is_vendor, a.on_roster, coalesce(max(v.day_no), max(a.last_active_day))
		FROM accounts a LEFT JOIN events v ON v.site = a.site AND v.user_id = a.user_id AND v.day_no <= %d GROUP BY ALL ORDER BY a.user_id`, e.period.To))
	if err != nil {
		return nil, fmt.Errorf("reading the accounts: %w", err)
	}
	defer rows.Close()
	list := []Account{}
	for rows.Next() {
		var a Account
		var generic, machine, vendor, onRoster bool
		var last *int32
		if err := rows.Scan(&a.UserID, &a.Role, &generic, &machine, &vendor, &onRoster, &last); err != nil {
			return nil, err
		}
		a.Role = strings.ReplaceAll(a.Role, "_", " ")
		a.Name, a.Persons = e.built.Names.Account(a.UserID), holders[a.UserID]
		for note, on := range map[string]bool{"generic name": generic, "interface": machine, "vendor": vendor, "not on the roster": !onRoster} {
			if on {
				a.Notes = append(a.Notes, note)
			}
		}
		if len(a.Persons) > 1 {
			a.Notes = append(a.Notes, "several persons")
		}
		slices.Sort(a.Notes)
		if last != nil {
			a.LastDay = coverage.Day(*last).String()
		}
		list = append(list, a)
	}
	return list, rows.Err()
}
