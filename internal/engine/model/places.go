package model

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// The classes of network addresses.
const (
	classOnsite   = "onsite"
	classExternal = "external"
	classUnknown  = "unknown"
)

// place is one entry of the store's dimension of places.
type place struct {
	code                      int64
	workstation, location, ip string
	class                     string
	stationNo                 int64 // of the workstation, in our own tables, from 1
	events                    int64 // in the window
}

// loadPlaces unseals the places of the window and makes the table by which events
// find them.
func (b *builder) loadPlaces(ctx context.Context) error {
	numbers := map[string]int64{}
	var (
		p                         place
		workstation, ip, location []byte
	)
	query := fmt.Sprintf(`SELECT d.code, d.workstation, d.ip, d.location, e.n FROM %s d JOIN (
			SELECT place_code, count(*) AS n FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d GROUP BY place_code) e ON e.place_code = d.code
		WHERE d.site = 1 ORDER BY d.code`, b.s.Stored("dim_place"), b.s.Stored("event"), b.window.From, b.window.To)
	err := b.each(ctx, query, func() error {
		plain, err := b.unsealed(seal.KindPlace, workstation, ip, location)
		if err != nil {
			return err
		}
		p.workstation, p.ip, p.location = plain[0], plain[1], plain[2]
		if configured, ok := b.workstation(p.workstation); ok && configured.Location != "" {
			p.location = configured.Location
		}
		p.stationNo = 0
		if p.workstation != "" {
			if numbers[p.workstation] == 0 {
				numbers[p.workstation] = int64(len(numbers) + 1)
			}
			p.stationNo = numbers[p.workstation]
		}
		b.places = append(b.places, p)
		return nil
	}, &p.code, &workstation, &ip, &location, &p.events)
	if err != nil {
		return err
	}
	b.classify()
	list := append([]place{{class: classUnknown}}, b.places...) // code 0 is no place
	return b.load(ctx, "mdl_place",
		ints("place_code", list, func(p place) int64 { return p.code }),
		ints("station_no", list, func(p place) int64 { return p.stationNo }),
		ints("loc_no", list, func(p place) int64 { return b.calendar.location(p.location) }),
		texts("workstation", list, func(p place) string { return p.workstation }),
		texts("location", list, func(p place) string { return p.location }),
		texts("ip", list, func(p place) string { return p.ip }),
		texts("ip_class", list, func(p place) string { return p.class }))
}

// workstation returns what the practice says of a workstation: the entry of its
// name, or else the longest one that ends in a star.
func (b *builder) workstation(name string) (practice.Workstation, bool) {
	var best practice.Workstation
	found := false
	for _, w := range b.in.Practice.Workstations {
		if name == "" || !b.inForce(w.Entry) {
			continue
		}
		if strings.EqualFold(w.Name, name) {
			return w, true
		}
		prefix, isPattern := strings.CutSuffix(strings.ToLower(w.Name), "*")
		if isPattern && strings.HasPrefix(strings.ToLower(name), prefix) && (!found || len(w.Name) > len(best.Name)) {
			best, found = w, true
		}
	}
	return best, found
}

// network is a network of the practice.
type network struct {
	prefix netip.Prefix
	class  string
}

func (b *builder) networks() []network {
	var list []network
	for _, n := range b.in.Practice.Networks {
		text := n.CIDR
		if a, err := netip.ParseAddr(text); err == nil {
			list = append(list, network{netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), n.Class})
			continue
		}
		if p, err := netip.ParsePrefix(text); err == nil {
			list = append(list, network{p.Masked(), n.Class})
		}
	}
	// The narrowest that fits counts.
	slices.SortStableFunc(list, func(x, y network) int { return cmp.Compare(y.prefix.Bits(), x.prefix.Bits()) })
	return list
}

// classify finds where each address belongs. With no network known, and most
// addresses public, the log shows the practice itself by its public address, so
// that nothing can be said of any public one.
func (b *builder) classify() {
	networks := b.networks()
	var public, all int64
	for i := range b.places {
		p := &b.places[i]
		p.class = classOf(p.ip, networks)
		if p.class != classUnknown {
			all += p.events
		}
		if p.class == classExternal {
			public += p.events
		}
	}
	if len(networks) > 0 || public*2 <= all {
		return
	}
	for i := range b.places {
		if b.places[i].class == classExternal {
			b.places[i].class = classUnknown
		}
	}
	b.notice("networks_unknown", "Most events come from public addresses, so the log does not tell the practice's own network from the outside.",
		"say in the configuration, under networks, which addresses are the practice's own")
}

// classOf returns the class of an address.
func classOf(ip string, networks []network) string {
	a, ok := parseAddress(ip)
	if !ok {
		return classUnknown
	}
	for _, n := range networks {
		if n.prefix.Contains(a) {
			return n.class
		}
	}
	switch {
	case a.IsLoopback(), a.IsPrivate(), a.IsLinkLocalUnicast():
		if len(networks) == 0 || a.IsLoopback() {
			return classOnsite
		}
		return classUnknown
	case a.IsGlobalUnicast() && !netip.MustParsePrefix("100.64.0.0/10").Contains(a):
		return classExternal
	}
	return classUnknown
}

// parseAddress reads an address, also with a port or in brackets.
func parseAddress(ip string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(ip), "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(strings.TrimSpace(ip)); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

// station is one device in the logs of the window.
type station struct {
	no             int64
	name, location string
	onsite         bool
}

// isAway reports whether the name of a device says that it is not a desk in the practice.
func isAway(name string) bool {
	list, _ := accountWords(name)
	return slices.ContainsFunc(list, func(w string) bool {
		switch w {
		case "home", "remote", "vpn", "rdp", "rds", "citrix", "laptop", "notebook", "mobile", "phone", "iphone", "ipad", "android", "tablet", "cell",
			"cloud", "web", "browser", "external", "offsite", "telehealth", "gateway", "rmm", "server", "personal", "byod", "unknown":
			return true
		}
		return false
	})
}

// stations makes model station.
func (b *builder) stations(ctx context.Context) error {
	var list []station
	inside, outside, addressed := map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
	located := map[int64]int64{} // events behind a location
	for _, p := range b.places {
		if p.stationNo == 0 {
			continue
		}
		for int64(len(list)) < p.stationNo {
			list = append(list, station{})
		}
		s := &list[p.stationNo-1]
		s.no, s.name = p.stationNo, p.workstation
		if p.location != "" && p.events > located[s.no] {
			s.location, located[s.no] = p.location, p.events
		}
		inside[s.no] = inside[s.no] || p.class == classOnsite
		outside[s.no] = outside[s.no] || p.class == classExternal
		addressed[s.no] = addressed[s.no] || p.ip != ""
	}
	var nowhere int
	for i := range list {
		s := &list[i]
		switch configured, ok := b.workstation(s.name); {
		case ok:
			s.onsite = configured.Onsite
		case addressed[s.no]:
			s.onsite = inside[s.no] && !outside[s.no]
		default:
			// A log without addresses is of a system in the practice more often than not.
			s.onsite = !isAway(s.name)
		}
		if s.location == "" {
			nowhere++
		}
	}
	if len(b.calendar.locations) > 2 && nowhere > 0 {
		b.notice("workstations_nowhere", fmt.Sprintf("Of %d workstations in the logs, %d have no location.", len(list), nowhere),
			"say in the configuration, under workstations, where they stand")
	}
	if err := b.load(ctx, "mdl_station",
		ints("station_no", list, func(s station) int64 { return s.no }),
		texts("workstation", list, func(s station) string { return s.name }),
		texts("location", list, func(s station) string { return s.location }),
		ints("is_onsite", list, func(s station) int64 { return bit(s.onsite) })); err != nil {
		return err
	}
	from := fmt.Sprintf(`temp.mdl_station s LEFT JOIN (
			SELECT p.station_no, count(DISTINCT u.user_no) AS n
			FROM (SELECT DISTINCT user_code, place_code FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d) e
			JOIN temp.mdl_place p ON p.place_code = e.place_code
			JOIN (SELECT DISTINCT user_code, user_no FROM temp.mdl_user WHERE user_no > 0) u ON u.user_code = e.user_code
			GROUP BY p.station_no) n ON n.station_no = s.station_no`, b.s.Stored("event"), b.in.Period.From-28, b.in.Period.From-1)
	return b.create(ctx, "TABLE", "station", map[string]string{"n_users": "coalesce(n.n, 0)"}, from)
}
