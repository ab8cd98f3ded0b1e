package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

// recoveryState names the file that tells for whom recovery.age was written.
const recoveryState = "recovery.state"

// updateRecovery writes the key's recovery file again if the configured
// recipients, or the key, are not those it was written for. A recipient who is
// removed from the configuration must not keep access to a new key.
func (w *Workspace) updateRecovery(k seal.Key) error {
	recipients := slices.Sorted(slices.Values(w.recipients))
	sum := sha256.Sum256([]byte(k.ID() + "\n" + strings.Join(recipients, "\n")))
	want := []byte(hex.EncodeToString(sum[:]) + "\n")
	path := filepath.Join(w.dir, recoveryState)
	have, err := os.ReadFile(path) //nolint:gosec // a path of the data directory
	missing := errors.Is(err, os.ErrNotExist)
	switch {
	case err != nil && !missing:
		return fmt.Errorf("reading for whom the key can be recovered: %w", err)
	case bytes.Equal(have, want), missing && len(recipients) == 0:
		return nil
	}
	if err := seal.WriteRecovery(w.dir, k, recipients); err != nil {
		return err
	}
	if err := durable.WriteFile(path, want); err != nil {
		return fault.Wrap(fault.Internal, "cannot write to the data directory", "check its permissions and free space", err)
	}
	return nil
}
