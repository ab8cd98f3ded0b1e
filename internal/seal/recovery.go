package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

// RecoveryFile is the name, in the data directory, of the key encrypted to the
// extra recipients.
const RecoveryFile = "recovery.age"

// WriteRecovery writes the key, encrypted to the recipients, into the data
// directory dir, so that a lost computer does not lose the data with it. With
// no recipients it removes the file, because whoever was one before no longer is.
func WriteRecovery(dir string, k Key, recipients []string) error {
	path := filepath.Join(dir, RecoveryFile)
	if k.IsZero() {
		return errors.New("writing the recovery file: the key is empty")
	}
	if len(recipients) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the recovery file: %w", err)
		}
		return nil
	}
	to, err := parseRecipients(recipients)
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to...)
	if err == nil {
		_, err = io.WriteString(w, k.Export()+"\n")
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = durable.WriteFile(path, sealed.Bytes())
	}
	if err != nil {
		return fmt.Errorf("writing the recovery file: %w", err)
	}
	return nil
}

// ReadRecovery returns the key from the recovery file in dir, opened with an age
// identity file.
func ReadRecovery(dir string, identityFile io.Reader) (Key, error) {
	// The errors of age are dropped: they may quote the identity.
	identities, err := age.ParseIdentities(io.LimitReader(identityFile, maxKeyFile))
	if err != nil {
		return Key{}, fault.New(fault.Invalid, "the identity file holds no age identity",
			"it has lines that start with AGE-SECRET-KEY-1 and comes from `age-keygen`")
	}
	f, err := os.Open(filepath.Join(filepath.Clean(dir), RecoveryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fault.Wrap(fault.NotFound, "the data directory has no recovery file",
			"it is written when key.recipients is configured", err)
	}
	if err != nil {
		return Key{}, fmt.Errorf("reading the recovery file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	plain, err := decrypt(f, identities)
	if errors.Is(err, ErrWrongKey) {
		return Key{}, fault.Wrap(fault.Invalid, "the recovery file was not made for this identity",
			"use the identity of one of the recipients that were configured", err)
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(plain, maxKeyFile))
	}
	if err != nil {
		return Key{}, fmt.Errorf("reading the recovery file: %w", err)
	}
	return ParseKey(string(text))
}
