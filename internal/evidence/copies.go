package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

// copyLimit bounds the size of an entry's copy.
const copyLimit = 4 << 20

// folder is where the copies lie in a data directory.
func folder(dataDir string) string { return filepath.Join(dataDir, "journal") }

func copyPath(dataDir string, seq int64) string {
	return filepath.Join(folder(dataDir), fmt.Sprintf("%08d.json.age", seq))
}

func writeCopy(dataDir string, sealer *seal.Sealer, e Entry) error {
	const hint = "check the free space and the permissions of the data directory; nothing was recorded"
	if err := os.MkdirAll(folder(dataDir), 0o700); err != nil {
		return fault.Wrap(fault.Internal, "cannot write the journal", hint, err)
	}
	var b bytes.Buffer
	w, err := sealer.Encrypt(&b)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(e); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := durable.WriteFile(copyPath(dataDir, e.Seq), b.Bytes()); err != nil {
		return fault.Wrap(fault.Internal, "cannot write the journal", hint, err)
	}
	return nil
}

func readCopies(dataDir string, sealer *seal.Sealer) ([]Entry, error) {
	names, err := filepath.Glob(filepath.Join(folder(dataDir), "*.json.age"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	list := make([]Entry, 0, len(names))
	for _, name := range names {
		e, err := readCopy(name, sealer)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "the journal entry "+filepath.Base(name)+" cannot be read", "restore the folder \"journal\" of the data directory from a backup", err)
		}
		list = append(list, e)
	}
	return list, nil
}

func readCopy(path string, sealer *seal.Sealer) (e Entry, err error) {
	f, err := os.Open(path) //nolint:gosec // a path of the data directory
	if err != nil {
		return e, err
	}
	defer func() { _ = f.Close() }() // only read
	r, err := sealer.Decrypt(f)
	if err != nil {
		return e, err
	}
	text, err := io.ReadAll(io.LimitReader(r, copyLimit))
	if err != nil {
		return e, err
	}
	err = json.Unmarshal(text, &e)
	return e, err
}

// Reseal encrypts the copies of a data directory with another key.
func Reseal(dataDir string, old, fresh *seal.Sealer) error {
	list, err := readCopies(dataDir, old)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := writeCopy(dataDir, fresh, e); err != nil {
			return err
		}
	}
	return nil
}
