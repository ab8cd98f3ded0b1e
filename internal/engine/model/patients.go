package model

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

const (
	// maxHousehold is how many patients may share an address that still is a home.
	maxHousehold = 8
	// maxShare is the largest share of patients with one surname, in percent, at which it ties people.
	maxShare = 2
)

// patient is one patient of the practice's list.
type patient struct {
	id         string
	fullName   string
	addressKey string
	name       string // the key of the full name
	surnames   []string
	towns      []string
	vip        bool
}

// listed is what a list of patients says of one.
type listed struct {
	ID        string `json:"patient_id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Address   string `json:"address"`
	VIP       bool   `json:"vip"`
}

// loadPanel reads the list of patients. The newest row of a number counts. Of
// several numbers of one patient, what the one that rules know says goes first, and
// a flag counts whichever has it.
func (b *builder) loadPanel(ctx context.Context) error {
	var (
		sealed  [][]byte
		content []byte
	)
	err := b.each(ctx, "SELECT content FROM "+b.s.Stored("patient")+" WHERE site = 1 ORDER BY import_id, line", func() error {
		sealed = append(sealed, content)
		return nil
	}, &content)
	if err != nil {
		return err
	}
	rows := make([]patient, len(sealed))
	err = parallel(len(sealed), func(i int) error {
		var l listed
		if err := b.open(seal.KindContext, sealed[i], &l); err != nil {
			return err
		}
		rows[i] = patient{
			id: l.ID, fullName: l.FirstName + " " + l.LastName, vip: l.VIP, addressKey: addressKey(l.Address), towns: towns(l.Address),
			name: nameKey(l.FirstName + " " + l.LastName), surnames: surnameKeys(l.LastName),
		}
		return nil
	})
	if err != nil {
		return err
	}
	newest := make(map[string]int, len(rows))
	for i, p := range rows {
		newest[p.id] = i
	}
	at := make(map[string]int, len(rows))
	for i, p := range rows {
		if newest[p.id] != i {
			continue
		}
		known := b.number(p.id)
		j, ok := at[known]
		if !ok {
			j = len(b.patients)
			at[known] = j
			b.patients = append(b.patients, patient{})
		}
		b.patients[j] = b.patients[j].with(p, known)
		b.built.Names.nameOfPatient(known, b.patients[j].fullName, true)
	}
	return nil
}

// with returns what two rows say of a patient whom rules know by a number.
func (p patient) with(q patient, known string) patient {
	if q.id == known {
		p, q = q, p
	}
	p.id, p.vip = known, p.vip || q.vip
	p.surnames = merge(p.surnames, q.surnames)
	if p.fullName == "" {
		p.fullName, p.name = q.fullName, q.name
	}
	if p.addressKey == "" {
		p.addressKey, p.towns = q.addressKey, q.towns
	}
	return p
}

// patientModels makes models patient, relation and staff_patient.
func (b *builder) patientModels(ctx context.Context) error {
	if err := b.loadPanel(ctx); err != nil {
		return err
	}
	if err := b.patientTable(ctx); err != nil {
		return err
	}
	return b.relations(ctx)
}

// patientTable makes model patient, with the patients that only the logs know.
func (b *builder) patientTable(ctx context.Context) error {
	list := b.patients
	err := b.load(ctx, "mdl_panel",
		texts("patient_id", list, func(p patient) string { return p.id }),
		texts("address_key", list, func(p patient) string { return p.addressKey }),
		ints("vip", list, func(p patient) int64 { return bit(p.vip) }))
	if err != nil {
		return err
	}
	var id string
	ids := []string{}
	err = b.each(ctx, `SELECT patient_id FROM temp.mdl_panel UNION SELECT patient_id FROM temp.mdl_patient WHERE patient_id IS NOT NULL ORDER BY 1`, func() error {
		ids = append(ids, id)
		return nil
	}, &id)
	if err != nil {
		return err
	}
	numbers := recordNumbers(ids)
	err = b.load(ctx, "mdl_number", store.Column{Name: "patient_id", Texts: ids},
		intsOrNull("mrn_num", numbers, nullable))
	if err != nil {
		return err
	}
	if err := b.olderVisits(ctx); err != nil {
		return err
	}
	from := fmt.Sprintf(`temp.mdl_number m
		LEFT JOIN temp.mdl_panel l ON l.patient_id = m.patient_id
		LEFT JOIN (SELECT address_key, count(*) AS n FROM temp.mdl_panel WHERE address_key IS NOT NULL GROUP BY address_key) a ON a.address_key = l.address_key
		LEFT JOIN (SELECT patient_id, max(day_no) AS day_no FROM visit WHERE day_no < %d AND status <> 'missed' GROUP BY patient_id) v ON v.patient_id = m.patient_id
		LEFT JOIN (SELECT patient_id, max(day_no) AS day_no FROM temp.mdl_older_visit GROUP BY patient_id) o ON o.patient_id = m.patient_id`,
		b.in.Period.From)
	return b.create(ctx, "TABLE", "patient", map[string]string{
		"patient_id": "m.patient_id", "address_key": "l.address_key", "address_size": "coalesce(a.n, 0)", "vip": "coalesce(l.vip, 0)",
		"mrn_num": "m.mrn_num", "last_visit_day": "coalesce(v.day_no, o.day_no)",
	}, from)
}

// recordNumbers reads the digits at the end of patient numbers, for those numbers
// whose beginning is that of most.
func recordNumbers(ids []string) []sql.NullInt64 {
	const maxDigits = 18
	split := func(id string) (string, string) {
		prefix := strings.TrimRight(id, "0123456789")
		return prefix, id[len(prefix):]
	}
	count := map[string]int{}
	for _, id := range ids {
		if prefix, digits := split(id); digits != "" {
			count[prefix]++
		}
	}
	usual := ""
	for _, prefix := range slices.Sorted(maps.Keys(count)) {
		if count[prefix] > count[usual] {
			usual = prefix
		}
	}
	numbers := make([]sql.NullInt64, len(ids))
	for i, id := range ids {
		prefix, digits := split(id)
		if prefix != usual || digits == "" || len(digits) > maxDigits {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		numbers[i] = sql.NullInt64{Int64: n, Valid: err == nil}
	}
	return numbers
}

// relation is a tie between a person of the practice and a patient.
type relation struct {
	person, patient, kind string
	bearers               int64 // patients with the surname
	town                  bool
}

// relations makes models relation and staff_patient.
func (b *builder) relations(ctx context.Context) error {
	byAddress, bySurname := map[string][]int{}, map[string][]int{}
	for i, p := range b.patients {
		if p.addressKey != "" {
			byAddress[p.addressKey] = append(byAddress[p.addressKey], i)
		}
		for _, s := range p.surnames {
			bySurname[s] = append(bySurname[s], i)
		}
	}
	var list, self []relation
	for _, x := range b.people.list {
		own := map[string]bool{}
		if x.own != "" {
			own[x.own] = true
		}
		for _, i := range byAddress[x.addressKey] {
			if p := b.patients[i]; x.own == "" && p.name != "" && p.name == x.key {
				own[p.id] = true
			}
		}
		for _, id := range slices.Sorted(maps.Keys(own)) {
			self = append(self, relation{person: x.id, patient: id, kind: "self"})
			list = append(list, self[len(self)-1])
		}
		for _, i := range byAddress[x.addressKey] {
			if p := b.patients[i]; len(byAddress[x.addressKey]) <= maxHousehold && !own[p.id] {
				list = append(list, relation{person: x.id, patient: p.id, kind: "household"})
			}
		}
		list = append(list, b.namesakes(x, own, bySurname)...)
	}
	if err := b.staffPatients(ctx, self); err != nil {
		return err
	}
	return b.table(ctx, "relation", map[string]string{"surname_share": fmt.Sprintf("bearers / greatest(%d, 1)", len(b.patients))},
		texts("person_id", list, func(r relation) string { return r.person }),
		texts("patient_id", list, func(r relation) string { return r.patient }),
		texts("kind", list, func(r relation) string { return r.kind }),
		ints("bearers", list, func(r relation) int64 { return r.bearers }),
		ints("second_link", list, func(r relation) int64 { return bit(r.town) }))
}

// namesakes are the patients with a rare surname of a person, each once with the
// rarest name that they share.
func (b *builder) namesakes(x *person, own map[string]bool, bySurname map[string][]int) []relation {
	town := towns(x.address)
	best := map[int]int64{}
	for _, s := range staffSurnames(x.name) {
		bearers := int64(len(bySurname[s]))
		if bearers*100 > maxShare*int64(len(b.patients)) {
			continue
		}
		for _, i := range bySurname[s] {
			if n, ok := best[i]; !ok || bearers < n {
				best[i] = bearers
			}
		}
	}
	var list []relation
	for _, i := range slices.Sorted(maps.Keys(best)) {
		if p := b.patients[i]; !own[p.id] {
			list = append(list, relation{person: x.id, patient: p.id, kind: "surname", bearers: best[i], town: shareTown(town, p.towns)})
		}
	}
	return list
}
