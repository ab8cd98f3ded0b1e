package access

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/internal/seal"
)

// subject is the patient or user that a question means.
type subject struct {
	party      Party
	sealed     []byte           // the number, sealed; nil if there is none
	codes      []int32          // of the dimension table
	byName     map[int32]bool   // codes that match by name only
	candidates []Party          // several persons match a name
	more       bool             // there are more candidates than are listed
	known      bool             // somebody knows this number or name
	names      map[string]Party // names seen under the number, by key
	similar    []entry          // entries without a number whose name is similar
	elsewhere  []entry          // entries of the same name under a number that no list knows
}

// dimension says where a kind of subject is stored.
type dimension struct {
	column          string // the column of table event
	table, id, name string
	kind            seal.Kind
	context         string // the table of context rows, with key column id
	contextName     func(map[string]any) string
}

func patients() dimension {
	return dimension{
		column: "patient_code", table: "dim_patient", id: "patient_id", name: "patient_name", kind: seal.KindPatient, context: "patient",
		contextName: func(row map[string]any) string {
			first, _ := row["first_name"].(string)
			last, _ := row["last_name"].(string)
			if first == "" || last == "" {
				return first + last
			}
			return first + " " + last
		},
	}
}

func users() dimension {
	return dimension{
		column: "user_code", table: "dim_user", id: "user_id", name: "user_name", kind: seal.KindUser, context: "staff",
		contextName: func(row map[string]any) string {
			name, _ := row["name"].(string)
			return name
		},
	}
}

// find looks a subject up by number, and by name only if no number matches.
func (a *Asker) find(ctx context.Context, d dimension, asked string) (*subject, error) {
	s, err := a.byNumber(ctx, d, asked)
	if err != nil || s.known || !strings.ContainsFunc(asked, unicode.IsLetter) {
		return s, err
	}
	named, err := a.byName(ctx, d, asked)
	if err != nil || named == nil {
		return s, err
	}
	return named, nil
}

func (a *Asker) byNumber(ctx context.Context, d dimension, number string) (*subject, error) {
	sealed, err := a.Sealer.Seal(d.kind, number)
	if err != nil {
		return nil, err
	}
	s := &subject{party: Party{ID: number}, sealed: sealed, byName: map[int32]bool{}, names: map[string]Party{}}
	var (
		nameless []entry
		listed   []map[string]any
	)
	err = parallel(func() error {
		return a.eachEntry(ctx, d, func(code int32, id, name string) {
			switch id {
			case "":
				nameless = append(nameless, entry{code: code, name: name})
			case number:
				s.known, s.codes = true, append(s.codes, code)
				s.note(name)
			}
		}, fmt.Sprintf("id_hash = %d", seal.Hash(sealed)), "id_hash = 0")
	}, func() (err error) {
		listed, err = a.listed(ctx, d, sealed)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.addListed(d, listed)
	if d.table == "dim_patient" && !s.known {
		var n int
		if err := a.DB.QueryRow(ctx, "SELECT count(*) FROM appointment WHERE patient_id = ?", sealed).Scan(&n); err != nil {
			return nil, err
		}
		s.known = n > 0
	}
	s.addNameless(nameless)
	return s, nil
}

// entry is one entry of a dimension; id is empty in a log that gives no number.
type entry struct {
	code     int32
	id, name string
}

// addNameless adds the entries that have no number but one of the subject's
// names, from logs that write names only, and notes the ones with a similar name.
func (s *subject) addNameless(list []entry) {
	if len(s.names) == 0 {
		return
	}
	for _, e := range list {
		key := nameKey(e.name)
		if _, ok := s.names[key]; ok {
			s.codes, s.byName[e.code] = append(s.codes, e.code), true
			continue
		}
		for name := range s.names {
			if similar(key, name) {
				s.similar = append(s.similar, e)
				break
			}
		}
	}
}

func (s *subject) note(name string) {
	if name == "" {
		return
	}
	key := nameKey(name)
	if _, ok := s.names[key]; !ok {
		s.names[key] = Party{ID: s.party.ID, Name: name}
	}
	if s.party.Name == "" {
		s.party.Name = name
	}
}

// addListed adds the names that the patient list or the roster has, newest first.
func (s *subject) addListed(d dimension, rows []map[string]any) {
	first := true
	for _, row := range rows {
		s.known = true
		if name := d.contextName(row); name != "" {
			if first {
				s.party.Name, first = name, false // the newest list is better than a log
			}
			s.note(name)
		}
	}
}

// listed returns the rows that the patient list or the roster has for a number,
// newest first.
func (a *Asker) listed(ctx context.Context, d dimension, number []byte) ([]map[string]any, error) {
	rows, err := a.DB.Query(ctx, fmt.Sprintf("SELECT content FROM %s WHERE %s = ? ORDER BY import_id DESC", d.context, d.id), number)
	if err != nil {
		return nil, fmt.Errorf("reading the lists: %w", err)
	}
	defer rows.Close()
	var list []map[string]any
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			return nil, err
		}
		row, err := a.contextRow(sealed)
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

func (a *Asker) contextRow(sealed []byte) (map[string]any, error) {
	plain, err := a.Sealer.Open(seal.KindContext, sealed)
	if err != nil {
		return nil, err
	}
	var row map[string]any
	err = json.Unmarshal([]byte(plain), &row)
	return row, err
}

// eachEntry unseals the entries of a dimension one by one, those that meet any of
// some conditions that exclude each other. Each should be of one comparison:
// DuckDB then reads the ciphertexts of the matches only.
func (a *Asker) eachEntry(ctx context.Context, d dimension, do func(code int32, id, name string), anyOf ...string) error {
	parts := make([]string, len(anyOf))
	for i, where := range anyOf {
		parts[i] = fmt.Sprintf("SELECT code, %s, %s FROM %s WHERE site = 1 AND %s", d.id, d.name, d.table, where)
	}
	rows, err := a.DB.Query(ctx, strings.Join(parts, " UNION ALL "))
	if err != nil {
		return fmt.Errorf("looking the name up: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			code           int32
			idBlob, nmBlob []byte
			id, name       string
		)
		if err := rows.Scan(&code, &idBlob, &nmBlob); err != nil {
			return err
		}
		if idBlob != nil {
			if id, err = a.Sealer.Open(d.kind, idBlob); err != nil {
				return err
			}
		}
		if nmBlob != nil {
			if name, err = a.Sealer.Open(d.kind, nmBlob); err != nil {
				return err
			}
		}
		do(code, id, name)
	}
	return rows.Err()
}

// byName finds the persons of a name in the logs and in the lists; nil if there
// is none.
func (a *Asker) byName(ctx context.Context, d dimension, name string) (*subject, error) {
	key := nameKey(name)
	if key == "" {
		return nil, nil
	}
	m := nameMatches{key: key, exact: map[string]Party{}, near: map[string]Party{}}
	err := a.eachEntry(ctx, d, m.addEntry, d.name+" IS NOT NULL")
	if err != nil {
		return nil, err
	}
	if err := a.namesInLists(ctx, d, m.add); err != nil {
		return nil, err
	}
	switch {
	case len(m.exact) == 1:
		for id := range m.exact {
			return a.byNumber(ctx, d, id)
		}
	case len(m.exact) > 0:
		return ambiguous(name, m.exact), nil
	case len(m.nameless) > 0:
		s := &subject{party: Party{Name: name}, known: true, byName: map[int32]bool{}, names: map[string]Party{key: {Name: name}}}
		s.addNameless(append(m.nameless, m.similar...))
		return s, nil
	case len(m.near)+len(m.similar) > 0:
		for _, e := range m.similar {
			m.near["\x00"+nameKey(e.name)] = Party{Name: e.name}
		}
		return ambiguous(name, m.near), nil
	}
	return nil, nil
}

// nameMatches are the persons whose name is, or contains, the name asked for.
type nameMatches struct {
	key         string
	exact, near map[string]Party // by number
	nameless    []entry          // the name stands in a log that gives no number
	similar     []entry          // a similar name does
}

func (m *nameMatches) addEntry(code int32, id, name string) {
	if id != "" {
		m.add(id, name)
		return
	}
	switch key := nameKey(name); {
	case key == m.key:
		m.nameless = append(m.nameless, entry{code: code, name: name})
	case similar(key, m.key):
		m.similar = append(m.similar, entry{code: code, name: name})
	case containsWords(key, m.key):
		m.near["\x00"+key] = Party{Name: name}
	}
}

func (m *nameMatches) add(id, name string) {
	key := nameKey(name)
	switch {
	case key == m.key:
		m.exact[id] = Party{ID: id, Name: name}
	case containsWords(key, m.key):
		m.near[id] = Party{ID: id, Name: name}
	}
}

// containsWords reports whether every word of part is a word of whole.
func containsWords(whole, part string) bool {
	words := strings.Fields(whole)
	for w := range strings.FieldsSeq(part) {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// maxCandidates bounds the list that a person has to choose from.
const maxCandidates = 50

// ambiguous is the subject of a name that may mean several persons.
func ambiguous(name string, persons map[string]Party) *subject {
	list := slices.SortedFunc(maps.Values(persons), func(x, y Party) int {
		return cmp.Or(strings.Compare(x.ID, y.ID), strings.Compare(x.Name, y.Name))
	})
	return &subject{
		party: Party{Name: name}, known: true, more: len(list) > maxCandidates, candidates: list[:min(len(list), maxCandidates)],
	}
}

func (a *Asker) namesInLists(ctx context.Context, d dimension, add func(id, name string)) error {
	rows, err := a.DB.Query(ctx, fmt.Sprintf("SELECT %s, content FROM %s", d.id, d.context))
	if err != nil {
		return fmt.Errorf("reading the lists: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var sealedID, content []byte
		if err := rows.Scan(&sealedID, &content); err != nil {
			return err
		}
		row, err := a.contextRow(content)
		if err != nil {
			return err
		}
		id, err := a.Sealer.Open(d.kind, sealedID)
		if err != nil {
			return err
		}
		add(id, d.contextName(row))
	}
	return rows.Err()
}
