package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// Open returns the original bytes of a file. The reader compares their hash when
// it comes to the end, and then returns [ErrDamaged] instead of [io.EOF] if it
// is another one. The error of Open is [ErrAbsent] if there is no such file.
func (a *Archive) Open(sha [32]byte) (io.ReadCloser, error) {
	f, err := os.Open(a.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, "file "+shortName(sha),
			"bring the archive directory back from a backup, or import the original file again", ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the archive: %w", err)
	}
	r := &reader{sha: sha, file: f, hash: sha256.New()}
	plain, err := a.decrypt(f)
	if err != nil {
		return nil, errors.Join(r.explain(err), f.Close())
	}
	if r.zstd, err = zstd.NewReader(plain, zstd.WithDecoderConcurrency(1)); err != nil {
		return nil, errors.Join(r.explain(err), f.Close())
	}
	return r, nil
}

// decrypt tries the keys of the archive one after the other.
func (a *Archive) decrypt(f io.ReadSeeker) (io.Reader, error) {
	a.mu.RLock()
	sealers := a.sealers
	a.mu.RUnlock()
	var plain io.Reader
	err := seal.ErrWrongKey
	for _, s := range sealers {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if plain, err = s.Decrypt(f); !errors.Is(err, seal.ErrWrongKey) {
			break
		}
	}
	return plain, err
}

// reader gives the original and checks it.
type reader struct {
	sha  [32]byte
	file *os.File
	zstd *zstd.Decoder
	hash hash.Hash
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.zstd.Read(p)
	r.hash.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if [32]byte(r.hash.Sum(nil)) != r.sha {
			return n, r.explain(errors.New("its contents have another hash"))
		}
		return n, io.EOF
	}
	if err != nil {
		return n, r.explain(err)
	}
	return n, nil
}

// explain tells a broken disk and a wrong key from a damaged file.
func (r *reader) explain(err error) error {
	var disk *fs.PathError
	name := "file " + shortName(r.sha)
	switch {
	case errors.As(err, &disk):
		return fmt.Errorf("reading the archive: %w", err)
	case errors.Is(err, seal.ErrWrongKey):
		return fault.Wrap(fault.Invalid, name+" of the archive", "bring back the key that it was made with: `chartwatch key import`; if it is this file only, it is damaged: bring it back from a backup", err)
	default:
		return fault.Wrap(fault.Internal, name,
			"bring this file of the archive back from a backup, or import the original file again",
			fmt.Errorf("%w: %w", ErrDamaged, err))
	}
}

// Close ends reading.
func (r *reader) Close() error {
	r.zstd.Close()
	return r.file.Close()
}

// shortName is enough of a hash to find the file.
func shortName(sha [32]byte) string { return hex.EncodeToString(sha[:6]) }
