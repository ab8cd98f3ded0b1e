package model

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules/models"
)

// loadDerived brings in what is not in a base model: covers, and what people have
// looked at before.
func loadDerived(ctx context.Context, s *store.Session, in derivedInput) error {
	if err := runDerived(ctx, s, []derivedStep{
		{"covers", "CREATE TEMP TABLE mdl_d_cover_said (person VARCHAR, covered VARCHAR, from_day INTEGER, to_day INTEGER)"},
		{"reviewed pairs", "CREATE TEMP TABLE mdl_d_reviewed_said (person_id VARCHAR, patient_id VARCHAR, from_day INTEGER, to_day INTEGER)"},
	}); err != nil {
		return err
	}
	covers, reviewed := heldSpans{}, heldSpans{}
	for _, c := range in.Practice.Covers {
		to := c.To
		if c.Expires != 0 && (to == 0 || c.Expires < to) {
			to = c.Expires
		}
		covers.add(folded(c.Person), folded(c.For), c.From, to)
	}
	for _, r := range in.Reviewed {
		reviewed.add(r.PersonID, r.PatientID, r.FromDay, r.ExpiresDay)
	}
	if err := s.Load(ctx, "mdl_d_cover_said", covers.columns("person", "covered")); err != nil {
		return fmt.Errorf("loading covers: %w", err)
	}
	if err := s.Load(ctx, "mdl_d_reviewed_said", reviewed.columns("person_id", "patient_id")); err != nil {
		return fmt.Errorf("loading reviewed pairs: %w", err)
	}
	return nil
}

// heldSpans are pairs of texts, each with the days for which it holds.
type heldSpans struct {
	first, second []string
	from, to      []int32
}

func (s *heldSpans) add(first, second string, from, to coverage.Day) {
	if from == 0 {
		from = models.FirstDay
	}
	if to == 0 {
		to = models.LastDay
	}
	s.first, s.second = append(s.first, first), append(s.second, second)
	s.from, s.to = append(s.from, int32(from)), append(s.to, int32(to))
}

func (s *heldSpans) columns(first, second string) []store.Column {
	return []store.Column{
		{Name: first, Texts: s.first},
		{Name: second, Texts: s.second},
		{Name: "from_day", Int32s: s.from},
		{Name: "to_day", Int32s: s.to},
	}
}

// folded is how names of persons and accounts are compared with what people typed.
func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// loadNetworks says for every outside address which network it is in.
func loadNetworks(ctx context.Context, s *store.Session) error {
	if err := s.Exec(ctx, "CREATE TEMP TABLE mdl_d_network (ip VARCHAR, network VARCHAR)"); err != nil {
		return fmt.Errorf("building networks: %w", err)
	}
	rows, err := s.Query(ctx, "SELECT DISTINCT ip FROM mdl_d_used WHERE ip IS NOT NULL ORDER BY ip")
	if err != nil {
		return fmt.Errorf("reading addresses: %w", err)
	}
	defer rows.Close()
	var ips, networks []string
	for rows.Next() {
		var ip string
		if err := rows.Scan(&ip); err != nil {
			return fmt.Errorf("reading addresses: %w", err)
		}
		if n := networkOf(ip); n != "" {
			ips, networks = append(ips, ip), append(networks, n)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading addresses: %w", err)
	}
	if err := s.Load(ctx, "mdl_d_network", []store.Column{{Name: "ip", Texts: ips}, {Name: "network", Texts: networks}}); err != nil {
		return fmt.Errorf("loading networks: %w", err)
	}
	return nil
}

// networkOf returns the /24 or /48 of an address, or "" for what is none.
func networkOf(ip string) string {
	ip = strings.TrimSpace(ip)
	addr, err := netip.ParseAddr(strings.Trim(ip, "[]"))
	if err != nil {
		port, perr := netip.ParseAddrPort(ip)
		if perr != nil {
			return ""
		}
		addr = port.Addr()
	}
	addr = addr.Unmap().WithZone("")
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
