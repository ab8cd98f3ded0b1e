// Package evidence is the append-only journal of what people entered, decided and
// signed. Every entry carries the hash of the one before; a sealed copy of each
// lies beside the database, so that rebuilding the database loses none.
//
// It refuses to change or remove an entry, and to print one.
package evidence

import (
	"encoding/json"
	"time"

	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Kind is what an entry records.
type Kind string

// The kinds of entries. The strings are stored: they must never be changed.
const (
	KindDecision    Kind = "decision"     // about a finding; object: fingerprint
	KindSuppression Kind = "suppression"  // made; object: suppression id
	KindLift        Kind = "lift"         // a suppression taken away; object: suppression id
	KindSignOff     Kind = "sign_off"     // object: ISO week
	KindReview      Kind = "review"       // a review was made; object: ISO week or first_last day
	KindContext     Kind = "context"      // a practice entry made; object: entry id
	KindRemoval     Kind = "removal"      // a practice entry taken away; object: entry id
	KindExport      Kind = "export"       // findings were written to a file
	KindView        Kind = "view"         // patient-level evidence was shown
	KindSiteKey     Kind = "site_key"     // the key of fingerprints, made once
	KindRecovered   Kind = "recovered"    // entries were put back by rebuild
	KindRuleRelease Kind = "rule_release" // another set of rules came into use; object: its hash
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
