package intake_test

import (
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/chartwatch/chartwatch/internal/seal"
)

// TestRecoveryFollowsTheConfiguration changes key.recipients of a data directory
// that exists already.
func TestRecoveryFollowsTheConfiguration(t *testing.T) {
	d := newDesk(t)
	dir := d.options.Store.Dir
	first, second := identity(t), identity(t)
	recovers := func(id *age.X25519Identity) bool {
		k, err := seal.ReadRecovery(dir, strings.NewReader(id.String()))
		return err == nil && k.ID() == d.Key().ID()
	}
	if recovers(first) {
		t.Error("nobody was configured, yet the key can be recovered")
	}
	d.options.Recipients = []string{first.Recipient().String()}
	d.reopen()
	if !recovers(first) {
		t.Error("a recipient who was added later cannot recover the key")
	}
	d.options.Recipients = []string{second.Recipient().String()}
	d.reopen()
	if !recovers(second) || recovers(first) {
		t.Error("after a change of recipients the old one, and not the new one, can recover the key")
	}
	if err := d.RotateKey(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !recovers(second) {
		t.Error("after a rotation the key cannot be recovered")
	}
	d.options.Recipients = nil
	d.reopen()
	if recovers(second) {
		t.Error("nobody is configured any more, yet the key can be recovered")
	}
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}
