package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// fingerprint identifies a finding by its rule, group and fixed period. It is
// keyed, because the numbers of patients and accounts are easy to guess. The
// rule's version, level and parameters are not in it: tuning a rule must not
// open everything again.
func fingerprint(key []byte, rule string, group []string, kind rules.PeriodKind, start coverage.Day) string {
	mac := hmac.New(sha256.New, key)
	text, err := json.Marshal(struct {
		Rule  string           `json:"rule"`
		Group []string         `json:"group"`
		Kind  rules.PeriodKind `json:"kind"`
		Start coverage.Day     `json:"start"`
	}{rule, group, kind, start})
	if err != nil {
		return "" // cannot happen: texts and a number
	}
	_, _ = mac.Write(text) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
