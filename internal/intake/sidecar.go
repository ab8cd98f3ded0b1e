package intake

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

const pathKind = seal.KindPath

// sidecar is what has to be known, beside the archived file, to import it again
// with the same result. It is written beside the archive, encrypted, because the
// database may be the thing that is lost.
type sidecar struct {
	FileNo      int32          `json:"file_no"`
	SHA256      string         `json:"sha256"`
	Name        string         `json:"name"`
	ImportedAt  time.Time      `json:"imported_at"`
	Modified    time.Time      `json:"modified,omitzero"`
	Parser      string         `json:"parser"` // as it was asked for; empty if detected
	Source      string         `json:"source"`
	Mapping     string         `json:"mapping"`
	MappingName string         `json:"mapping_name"`
	Encoding    string         `json:"encoding"`
	Zone        string         `json:"zone"`
	ZoneBasis   ingest.TZBasis `json:"zone_basis"`
}

// sidecarFile is a written sidecar whose import is not committed yet. Its nil
// value stands for none.
type sidecarFile struct{ pending, final string }

const pendingSuffix = ".pending"

// sidecarDir is the folder of sidecars in a data directory.
func sidecarDir(dataDir string) string { return filepath.Join(dataDir, "manifest") }

func (im *Importer) writeSidecar(f *fileImport) (*sidecarFile, error) {
	dir := sidecarDir(im.DB.Dir())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, "cannot write to the data directory", "check its permissions", err)
	}
	s := sidecar{
		FileNo: f.fileNo, SHA256: hex.EncodeToString(f.sha256[:]), Name: base(f.path), ImportedAt: f.importedAt.UTC().Truncate(time.Microsecond),
		Modified: f.settings.Modified.UTC(), Parser: f.settings.Parser, Source: f.settings.Source, Mapping: string(f.settings.Mapping), MappingName: f.settings.MappingName,
		Encoding: f.settings.Encoding, Zone: f.settings.Zone.String(), ZoneBasis: f.settings.ZoneBasis,
	}
	final := filepath.Join(dir, fmt.Sprintf("%08d.json.age", f.fileNo))
	file := &sidecarFile{pending: final + pendingSuffix, final: final}
	if err := im.writeEncrypted(file.pending, s); err != nil {
		return nil, fault.Wrap(fault.Internal, "cannot write the manifest", "check the free space and the permissions of the data directory", errors.Join(err, file.discard()))
	}
	return file, nil
}

func (im *Importer) writeEncrypted(path string, s sidecar) (err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // a path of the data directory
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w, err := im.Sealer.Encrypt(out)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(s); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Sync()
}

// confirm is called once the import is committed.
func (s *sidecarFile) confirm() error {
	if s == nil {
		return nil
	}
	if err := durable.Rename(s.pending, s.final); err != nil {
		return fmt.Errorf("confirming the manifest entry: %w", err)
	}
	return durable.SyncDir(filepath.Dir(s.final))
}

func (s *sidecarFile) discard() error {
	if s == nil {
		return nil
	}
	if err := os.Remove(s.pending); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// readSidecars returns the sidecars of committed imports in their order.
func (im *Importer) readSidecars(dataDir string) ([]sidecar, error) {
	names, err := filepath.Glob(filepath.Join(sidecarDir(dataDir), "*.json.age"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var list []sidecar
	for _, name := range names {
		s, err := im.readSidecar(name)
		if err != nil {
			return nil, fmt.Errorf("reading the manifest entry %s: %w", filepath.Base(name), err)
		}
		list = append(list, s)
	}
	return list, nil
}

func (im *Importer) readSidecar(path string) (s sidecar, err error) {
	f, err := os.Open(path) //nolint:gosec // a path of the data directory
	if err != nil {
		return s, err
	}
	defer func() { _ = f.Close() }()
	r, err := im.Sealer.Decrypt(f)
	if err != nil {
		return s, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, 4<<20))
	if err != nil {
		return s, err
	}
	err = json.Unmarshal(plain, &s)
	return s, err
}

// Recover ends what a crash between two steps of an import left behind: a
// sidecar whose import was committed is confirmed, another one is removed. It
// is called after the store is opened.
func (im *Importer) Recover(known func(sha256 string) (bool, error)) error {
	names, err := filepath.Glob(filepath.Join(sidecarDir(im.DB.Dir()), "*"+pendingSuffix))
	if err != nil {
		return err
	}
	for _, name := range names {
		file := &sidecarFile{pending: name, final: strings.TrimSuffix(name, pendingSuffix)}
		committed := false
		if s, err := im.readSidecar(name); err == nil {
			if committed, err = known(s.SHA256); err != nil {
				return err
			}
		}
		end := file.discard
		if committed {
			end = file.confirm
		}
		if err := end(); err != nil {
			return fmt.Errorf("recovering the manifest: %w", err)
		}
	}
	return nil
}
