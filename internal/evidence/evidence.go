// Package evidence is the append-only journal of what people entered, decided and
// signed. Every entry carries the hash of the one before; an encrypted copy of each
// lies beside the database, so that rebuilding the database loses none.
//
// It refuses to change or remove an entry, and to print one. What the chain of
// hashes cannot show is that everything after some entry was replaced by
// somebody who has the key: for that, a hash must have left the computer, which
// is why reports print the last one.
package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Kind is what an entry records.
type Kind string

// The kinds of entries. The strings are stored: they must never be changed.
const (
	KindDecision    Kind = "decision"    // about a finding; object: fingerprint
	KindSuppression Kind = "suppression" // made; object: suppression id
	KindLift        Kind = "lift"        // a suppression taken away; object: suppression id
	KindSignOff     Kind = "sign_off"    // object: ISO week
	KindReview      Kind = "review"      // a review was made; object: ISO week or first and last day
	KindContext     Kind = "context"     // a practice entry made; object: entry id
	KindRemoval     Kind = "removal"     // a practice entry taken away; object: entry id
	KindExport      Kind = "export"      // findings were written to a file; object: format
	KindView        Kind = "view"        // a finding with its evidence was shown; object: fingerprint
	KindSiteKey     Kind = "site_key"    // the key of fingerprints, made once
)

// Entry is one entry. At is in UTC.
type Entry struct {
	Seq     int64           `json:"seq"`
	At      time.Time       `json:"at"`
	Kind    Kind            `json:"kind"`
	Object  string          `json:"object"` // never a name
	By      string          `json:"by"`
	Content json.RawMessage `json:"content"`
	Hash    string          `json:"hash"`
}

// Journal is the journal of one data directory.
type Journal struct {
	DB     *store.DB
	Sealer *seal.Sealer
	Clock  func() time.Time
}

// sealed is what of an entry is sealed in the database.
type sealed struct {
	By      string          `json:"by"`
	Content json.RawMessage `json:"content"`
}

// Append adds an entry. Its content is written as JSON. The copy beside the
// database is on the disk before the database has the entry.
func (j *Journal) Append(ctx context.Context, kind Kind, object, by string, content any) (Entry, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return Entry{}, fmt.Errorf("writing a journal entry: %w", err)
	}
	e := Entry{At: j.Clock().UTC().Truncate(time.Microsecond), Kind: kind, Object: object, By: by, Content: text}
	err = j.DB.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
		var previous string
		if err := tx.QueryRow(ctx, "SELECT coalesce(max(seq), 0), coalesce(max_by(hash, seq), '') FROM journal WHERE site = 1").Scan(&e.Seq, &previous); err != nil {
			return fmt.Errorf("reading the end of the journal: %w", err)
		}
		e.Seq++
		if e.Hash, err = e.chain(previous); err != nil {
			return err
		}
		if err := writeCopy(j.DB.Dir(), j.Sealer, e); err != nil {
			return err
		}
		return insert(ctx, tx, j.Sealer, e)
	})
	return e, err
}

func insert(ctx context.Context, tx *store.Tx, sealer *seal.Sealer, e Entry) error {
	text, err := json.Marshal(sealed{By: e.By, Content: e.Content})
	if err != nil {
		return fmt.Errorf("writing a journal entry: %w", err)
	}
	blob, err := sealer.Seal(seal.KindContext, string(text))
	if err != nil {
		return err
	}
	return tx.Exec(ctx, "INSERT INTO journal (site, seq, at_us, kind, object, content, hash) VALUES (1, ?, ?, ?, ?, ?, ?)",
		e.Seq, e.At.UnixMicro(), string(e.Kind), e.Object, blob, e.Hash)
}

// chain is the hash of an entry after another one.
func (e Entry) chain(previous string) (string, error) {
	e.Hash = ""
	text, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("hashing a journal entry: %w", err)
	}
	sum := sha256.Sum256(append([]byte(previous+"|"), text...))
	return hex.EncodeToString(sum[:]), nil
}

// Entries returns the entries of some kinds, or of all, in their order.
func (j *Journal) Entries(ctx context.Context, kinds ...Kind) ([]Entry, error) {
	rows, err := j.DB.Query(ctx, "SELECT seq, at_us, kind, object, content, hash FROM journal WHERE site = 1 ORDER BY seq")
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer rows.Close()
	var list []Entry
	for rows.Next() {
		var e Entry
		var us int64
		var blob []byte
		if err := rows.Scan(&e.Seq, &us, &e.Kind, &e.Object, &blob, &e.Hash); err != nil {
			return nil, err
		}
		if !wanted(e.Kind, kinds) {
			continue
		}
		e.At = time.UnixMicro(us).UTC()
		text, err := j.Sealer.Open(seal.KindContext, blob)
		if err != nil {
			return nil, err
		}
		var s sealed
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return nil, fmt.Errorf("reading a journal entry: %w", err)
		}
		e.By, e.Content = s.By, s.Content
		list = append(list, e)
	}
	return list, rows.Err()
}

func wanted(k Kind, kinds []Kind) bool {
	return len(kinds) == 0 || slices.Contains(kinds, k)
}

// Last returns the hash of the last entry, or "" if there is none.
func (j *Journal) Last(ctx context.Context) (string, error) {
	var hash string
	err := j.DB.QueryRow(ctx, "SELECT coalesce(max_by(hash, seq), '') FROM journal WHERE site = 1").Scan(&hash)
	if err != nil {
		return "", fmt.Errorf("reading the end of the journal: %w", err)
	}
	return hash, nil
}

// Verify recomputes the chain of hashes and compares the database with the copies
// beside it. It returns the number of entries.
func (j *Journal) Verify(ctx context.Context) (int, error) {
	entries, err := j.Entries(ctx)
	if err != nil {
		return 0, err
	}
	if err := verifyChain(entries); err != nil {
		return 0, err
	}
	copies, err := readCopies(j.DB.Dir(), j.Sealer)
	if err != nil {
		return 0, err
	}
	if len(copies) < len(entries) {
		return 0, broken(fmt.Sprintf("%d of %d entries of the journal have lost their copy", len(entries)-len(copies), len(entries)))
	}
	for i, e := range entries {
		if copies[i].Hash != e.Hash {
			return 0, broken(fmt.Sprintf("entry %d of the journal differs from its copy", e.Seq))
		}
	}
	return len(entries), nil
}

func verifyChain(entries []Entry) error {
	previous := ""
	for i, e := range entries {
		want, err := e.chain(previous)
		if err != nil {
			return err
		}
		if e.Hash != want || e.Seq != int64(i)+1 {
			return broken(fmt.Sprintf("entry %d of the journal has been changed, or one before it is missing", e.Seq))
		}
		previous = e.Hash
	}
	return nil
}

func broken(message string) error {
	return fault.New(fault.Internal, message, "restore the data directory from a backup, and keep this one for an investigation")
}

// Restore puts the copies beside the database into a database that has no journal,
// as after a rebuild.
func (j *Journal) Restore(ctx context.Context) error {
	copies, err := readCopies(j.DB.Dir(), j.Sealer)
	if err != nil {
		return err
	}
	if err := verifyChain(copies); err != nil {
		return err
	}
	return j.DB.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, e := range copies {
			if err := insert(ctx, tx, j.Sealer, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// SiteKey returns the secret that fingerprints of findings are made with. It is
// made on first use and kept in the journal, so that fingerprints survive a
// rebuild and a change of the key of the data directory.
func SiteKey(ctx context.Context, j *Journal) ([]byte, error) {
	entries, err := j.Entries(ctx, KindSiteKey)
	if err != nil {
		return nil, err
	}
	var key struct {
		Key []byte `json:"key"`
	}
	if len(entries) > 0 {
		if err := json.Unmarshal(entries[0].Content, &key); err != nil {
			return nil, fmt.Errorf("reading the key of fingerprints: %w", err)
		}
		return key.Key, nil
	}
	key.Key = make([]byte, 32)
	if _, err := rand.Read(key.Key); err != nil {
		return nil, fmt.Errorf("making the key of fingerprints: %w", err)
	}
	_, err = j.Append(ctx, KindSiteKey, "", "", key)
	return key.Key, err
}
