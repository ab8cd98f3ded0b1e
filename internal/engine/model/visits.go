package model

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

const (
	// visitsBefore and visitsAfter are how far around the window appointments are
	// looked at: billing works on a visit for half a year.
	visitsBefore = 190
	visitsAfter  = 45
	// visitPause is how many days without one appointment break the appointment
	// data in two.
	visitPause = 21
)

// visit is one appointment.
type visit struct {
	patient, person string
	startUs         int64
	day             coverage.Day
	minutes         int64
	status          string
}

// sealedVisit is a row of an appointment, and what was found in it.
type sealedVisit struct {
	visit
	patient, provider, content []byte

	number, by string // the patient and the provider, as the row writes them
	extra      struct {
		ID     string `json:"appointment_id"`
		Status string `json:"status"`
	}
}

// key tells appointments apart. One may have several patients or providers, each
// with a row.
func (v *sealedVisit) key() string {
	id := strings.Join([]string{v.extra.ID, v.number, v.by}, "\x00")
	if v.extra.ID == "" {
		id += fmt.Sprintf("\x00%d", v.startUs)
	}
	return id
}

// openVisits unseals rows.
func (b *builder) openVisits(rows []sealedVisit) error {
	return parallel(len(rows), func(i int) error {
		v := &rows[i]
		if err := b.open(seal.KindContext, v.content, &v.extra); err != nil {
			return err
		}
		who, err := b.unsealed(seal.KindPatient, v.patient)
		if err != nil {
			return err
		}
		by, err := b.unsealed(seal.KindUser, v.provider)
		v.number, v.by = who[0], by[0]
		return err
	})
}

// visits makes models visit and visit_day. Of one appointment the newest row counts.
func (b *builder) visits(ctx context.Context) error {
	const atOnce = 50_000
	var (
		list    []visit
		rows    []sealedVisit
		v       sealedVisit
		minutes sql.NullInt64
	)
	newest, providers := map[string]int{}, map[string]string{}
	take := func() error {
		if err := b.openVisits(rows); err != nil {
			return err
		}
		for i := range rows {
			x := &rows[i]
			x.visit.patient, x.person, x.status = b.number(x.number), b.provider(x.by, providers), visitStatus(x.extra.Status)
			id := x.key()
			if at, ok := newest[id]; ok {
				list[at] = x.visit
				continue
			}
			newest[id] = len(list)
			list = append(list, x.visit)
		}
		rows = rows[:0]
		return nil
	}
	days := b.visitReach()
	query := fmt.Sprintf(`SELECT patient_id, provider_id, starts_us, local_day, minutes, content FROM %s
		WHERE site = 1 AND local_day BETWEEN %d AND %d ORDER BY import_id, line`, b.s.Stored("appointment"), days.From, days.To)
	err := b.each(ctx, query, func() error {
		v.minutes = minutes.Int64
		rows = append(rows, v)
		if len(rows) < atOnce {
			return nil
		}
		return take()
	}, &v.patient, &v.provider, &v.startUs, &v.day, &minutes, &v.content)
	if err != nil {
		return err
	}
	if err := take(); err != nil {
		return err
	}
	b.noticeProviders(providers)
	list = slices.DeleteFunc(list, func(v visit) bool { return v.status == "" })
	if err := b.compareNumbers(ctx, list); err != nil {
		return err
	}
	if b.strangeVisits {
		list = nil
	}
	return b.visitTables(ctx, days, list)
}

// visitTables makes the models of the appointments that were found.
func (b *builder) visitTables(ctx context.Context, days coverage.Period, list []visit) error {
	slices.SortFunc(list, func(x, y visit) int {
		return cmp.Or(cmp.Compare(x.startUs, y.startUs), strings.Compare(x.patient, y.patient), strings.Compare(x.person, y.person))
	})
	err := b.table(ctx, "visit", nil,
		texts("patient_id", list, func(v visit) string { return v.patient }),
		texts("person_id", list, func(v visit) string { return v.person }),
		ints("start_s", list, func(v visit) int64 { return v.startUs / 1_000_000 }),
		ints("day_no", list, func(v visit) int64 { return int64(v.day) }),
		ints("minutes", list, func(v visit) int64 { return v.minutes }),
		texts("status", list, func(v visit) string { return v.status }))
	if err != nil {
		return err
	}
	return b.visitDays(ctx, days, list)
}

const (
	// minCompared is how many patients the logs and the appointments must each have
	// before their numbers are compared.
	minCompared = 20
	// minShared is the least share of the fewer patients that the other side knows
	// too, in percent.
	minShared = 5
)

// compareNumbers finds whether the appointments write patients as the logs do. If
// hardly any patient is in both, no appointment could ever explain an access, and
// everybody's work would look unexplained.
func (b *builder) compareNumbers(ctx context.Context, list []visit) error {
	booked := map[string]bool{}
	for _, v := range list {
		booked[v.patient] = true
	}
	var (
		id           string
		seen, shared int
	)
	err := b.each(ctx, "SELECT DISTINCT patient_id FROM temp.mdl_patient WHERE patient_id <> ''", func() error {
		seen++
		if booked[id] {
			shared++
		}
		return nil
	}, &id)
	if err != nil {
		return err
	}
	fewer := min(len(booked), seen)
	if fewer < minCompared || shared*100 >= minShared*fewer {
		return nil
	}
	b.strangeVisits = true
	b.notice("patient_numbers_differ", fmt.Sprintf("Of %d patients in the logs and %d with appointments, %d are in both, so the appointments explain nothing.",
		seen, len(booked), shared), "export both with the same patient number, written in the same way")
	return nil
}

// visitReach are the days of the appointments that are looked at one by one.
func (b *builder) visitReach() coverage.Period {
	return coverage.Period{From: b.window.From - visitsBefore, To: b.window.To + visitsAfter}
}

// olderVisits makes a table of each patient's last appointment before those. What
// became of it is not looked at.
func (b *builder) olderVisits(ctx context.Context) error {
	var (
		sealed [][]byte
		id     []byte
		day    int64
		days   = []int64{}
	)
	err := b.each(ctx, fmt.Sprintf("SELECT patient_id, max(local_day) FROM %s WHERE site = 1 AND local_day < %d GROUP BY patient_id",
		b.s.Stored("appointment"), b.visitReach().From), func() error {
		sealed, days = append(sealed, id), append(days, day)
		return nil
	}, &id, &day)
	if err != nil {
		return err
	}
	ids := make([]string, len(sealed))
	err = parallel(len(sealed), func(i int) error {
		plain, err := b.in.Sealer.Open(seal.KindPatient, sealed[i])
		ids[i] = b.number(plain)
		return err
	})
	if err != nil {
		return err
	}
	return b.load(ctx, "mdl_older_visit", store.Column{Name: "patient_id", Texts: ids}, store.Column{Name: "day_no", Ints: days})
}

// provider returns the person that a provider of appointments is, or "". The map
// remembers what it was for each.
func (b *builder) provider(id string, known map[string]string) string {
	if id == "" {
		return ""
	}
	person, ok := known[id]
	if !ok {
		if x := b.people.find(id); x != nil {
			person = x.id
		}
		known[id] = person
	}
	return person
}

func (b *builder) noticeProviders(providers map[string]string) {
	var strangers []string
	for name, person := range providers {
		if person == "" {
			strangers = append(strangers, name)
		}
	}
	if len(strangers) == 0 || b.people.rows == 0 {
		return
	}
	slices.Sort(strangers)
	b.notice("provider_unknown", fmt.Sprintf("Appointments name %d providers who are not on the roster: %s.", len(strangers), shortList(strangers)),
		"write the accounts of providers in the appointments, or add them to the roster")
}

// shortList writes some names.
func shortList(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}

// visitStatus returns booked, kept or missed for the many words that there are,
// and "" for an appointment that was cancelled.
func visitStatus(word string) string {
	if symbol := strings.TrimSpace(word); len(symbol) == 1 {
		return openEMRStatus(symbol)
	}
	text := strings.Join(words(strings.ReplaceAll(word, "-", " ")), " ")
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
	}
	switch {
	case has("cancel", "entered in error", "deleted", "void", "reschedul", "declined"):
		return ""
	case has("no show", "noshow", "missed", "did not attend", "dna", "left without"):
		return "missed"
	case has("not arrived"):
		return "booked"
	case has("fulfilled", "complete", "arrived", "checked", "check in", "check out", "kept", "finished", "in progress", "in room", "seen", "done",
		"triaged", "discharged", "onleave"):
		return "kept"
	}
	return "booked"
}

// openEMRStatus reads the one-letter codes of OpenEMR's calendar.
func openEMRStatus(symbol string) string {
	switch symbol {
	case "x", "X", "%":
		return ""
	case "?", "!":
		return "missed"
	case "@", "~", "<", ">", "$", "#":
		return "kept"
	}
	return "booked"
}

// visitDays makes model visit_day: the days that appointment data reaches, without
// the long pauses in it.
func (b *builder) visitDays(ctx context.Context, days coverage.Period, list []visit) error {
	visits := map[coverage.Day]int64{}
	for _, v := range list {
		visits[v.day]++
	}
	var (
		reached []coverage.Day
		day     coverage.Day
		has     bool
	)
	// A cancelled appointment shows too that the data reaches its day.
	query := "SELECT DISTINCT local_day FROM " + b.s.Stored("appointment") + " WHERE site = 1 ORDER BY 1"
	err := b.each(ctx, query, func() error {
		from := day
		if has && day-reachedLast(reached, day) <= visitPause {
			from = reachedLast(reached, day) + 1
		}
		for d := from; d <= day; d++ {
			reached = append(reached, d)
		}
		has = true
		return nil
	}, &day)
	if err != nil {
		return err
	}
	reached = slices.DeleteFunc(reached, func(d coverage.Day) bool { return b.strangeVisits || d < days.From || d > days.To })
	return b.table(ctx, "visit_day", nil,
		ints("day_no", reached, func(d coverage.Day) int64 { return int64(d) }),
		ints("visits", reached, func(d coverage.Day) int64 { return visits[d] }))
}

// reachedLast returns the last of some days, or another one if there is none.
func reachedLast(days []coverage.Day, other coverage.Day) coverage.Day {
	if len(days) == 0 {
		return other
	}
	return days[len(days)-1]
}
