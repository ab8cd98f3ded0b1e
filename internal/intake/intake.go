// Package intake brings files into the store: it opens them, finds their
// parser, archives the original, stores the rows, finds what was already there
// and keeps the balance: records read = accepted + duplicate + rejected, for
// each file and for ever. It never judges an access.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

// Importer brings files into one data directory.
type Importer struct {
	DB       *store.DB
	Archive  *archive.Archive
	Sealer   *seal.Sealer
	Registry *ingest.Registry
	// Clock says when an import happened.
	Clock func() time.Time
	// DryRun undoes each file's import after its result is known.
	DryRun bool
	// Progress is called now and then with the bytes of files read so far. It may be nil.
	Progress func(bytes int64)

	// replay is set while the database is being rebuilt: the file's number is
	// known, and its manifest entry exists.
	replay *sidecar
}

// Settings say how to read one file.
type Settings struct {
	// Parser names the parser; empty means to detect it.
	Parser string
	// Source names the system that wrote the log; empty means the parser's name
	// or, with a mapping, the mapping's.
	Source string
	// Mapping is the text of a column mapping, MappingName its file's name.
	Mapping     []byte
	MappingName string
	// Encoding is the declared text encoding, or empty.
	Encoding string
	// Zone is for times without an offset and for local days; never nil.
	Zone *time.Location
	// ZoneBasis is ingest.TZAssumed if nobody configured the zone.
	ZoneBasis ingest.TZBasis
	// Modified is when the file was last written, zero if not known. A day on
	// which a log was still being written is not complete.
	Modified time.Time
	// Limits bound the opening of the file.
	Limits ingest.Limits
}

// Status says what became of a file.
type Status string

// The closed set of statuses.
const (
	Imported        Status = "imported"
	AlreadyImported Status = "already_imported"
	Failed          Status = "failed"
)

// FileResult is the outcome of one file, archive member or sheet.
type FileResult struct {
	Path          string                  `json:"path"`
	SHA256        string                  `json:"sha256,omitempty"`
	Parser        string                  `json:"parser,omitempty"`
	Source        string                  `json:"source,omitempty"`
	Status        Status                  `json:"status"`
	Records       int64                   `json:"records"`
	Accepted      int64                   `json:"accepted"`
	Duplicates    int64                   `json:"duplicates"`
	Rejected      int64                   `json:"rejected"`
	RejectReasons map[ingest.Reason]int64 `json:"reject_reasons"`
	Skipped       int64                   `json:"skipped"`
	FirstAt       *time.Time              `json:"first_at"`
	LastAt        *time.Time              `json:"last_at"`
	Dataset       string                  `json:"dataset,omitempty"`
	Error         string                  `json:"error,omitempty"`
	Hint          string                  `json:"hint,omitempty"`
	// Sufficiency is what a log can and cannot answer; nil for a file without events.
	Sufficiency *sufficiency.Report `json:"sufficiency,omitempty"`
}

// MemberSkipped is the code of a warning about a file inside an archive that no parser
// recognises.
const MemberSkipped = "member_skipped"

// Warning is something that a person should know about an import.
type Warning struct {
	Code    string `json:"code"`
	Source  string `json:"source"`
	Message string `json:"message"`
}

// Result is the outcome of an import of several files.
type Result struct {
	Files    []FileResult `json:"files"`
	Warnings []Warning    `json:"warnings"`
}

// site is the only site of a data directory.
const site = 1

// File imports one file in one transaction: all of it, or nothing. The error
// is nil if the file failed by itself, which its FileResult then says; it is
// set if nothing more can be done, for instance because the disk is full.
func (im *Importer) File(ctx context.Context, path string, s Settings) (Result, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Failure(path, err), nil
	}
	if s.Modified.IsZero() {
		s.Modified = info.ModTime()
	}
	perhaps, err := im.sizeKnown(ctx, info)
	if err != nil {
		return Result{}, err
	}
	if perhaps {
		sum, err := hashFile(ctx, path)
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		if err != nil {
			return Failure(path, err), nil
		}
		if known, err := im.manifest(ctx, sum, path); known != nil || err != nil {
			return Result{Files: known}, err
		}
	}
	return im.run(ctx, path, s, func(ctx context.Context, o ingest.OpenOptions, each memberFunc) (ingest.FileInfo, error) {
		return ingest.OpenFile(ctx, path, o, each)
	})
}

// Stream imports standard input, or anything else that can be read only once.
func (im *Importer) Stream(ctx context.Context, name string, r io.Reader, s Settings) (Result, error) {
	return im.run(ctx, name, s, func(ctx context.Context, o ingest.OpenOptions, each memberFunc) (ingest.FileInfo, error) {
		return ingest.OpenStream(ctx, name, r, o, each)
	})
}

type (
	memberFunc = func(context.Context, ingest.Member) error
	openFunc   = func(context.Context, ingest.OpenOptions, memberFunc) (ingest.FileInfo, error)
)

// errAlready rolls an import back because the file turns out to be known.
var errAlready = errors.New("already imported")

// errDryRun rolls an import back because only its result was wanted.
var errDryRun = errors.New("dry run")

func (im *Importer) run(ctx context.Context, path string, s Settings, open openFunc) (Result, error) {
	draft, err := im.Archive.Begin()
	if err != nil {
		return Result{}, dataDirError(err)
	}
	f := &fileImport{im: im, path: path, settings: s, importedAt: im.Clock()}
	var sidecar *sidecarFile
	err = im.DB.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		sidecar, err = f.all(ctx, tx, draft, open)
		return err
	})
	if err != nil {
		draft.Discard()
		serr := sidecar.discard()
		if errors.Is(err, errAlready) {
			known, kerr := im.manifest(ctx, f.sha256, path)
			return Result{Files: known}, errors.Join(kerr, serr)
		}
		if errors.Is(err, errDryRun) {
			return Result{Files: f.results, Warnings: f.warnings}, serr
		}
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		return Failure(path, err), errors.Join(fatal(err), serr)
	}
	return Result{Files: f.results, Warnings: f.warnings}, sidecar.confirm()
}

// dataDirError adds what to do about an error of writing to the data directory.
func dataDirError(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fault.Wrap(fault.Internal, "cannot write to the data directory; nothing was changed",
		"check its free space and its permissions, or choose another one with --data", err)
}

// fatal returns err if it concerns the data directory and not the file, so that
// the next file would meet it too.
func fatal(err error) error {
	if fault.KindOf(err) == fault.Internal {
		if _, ok := errors.AsType[*fault.Error](err); ok {
			return err
		}
	}
	return nil
}

// Failure is the result of a file that could not be imported.
func Failure(path string, err error) Result {
	// The file has been named already.
	text := strings.TrimPrefix(err.Error(), base(path)+": ")
	r := FileResult{Path: path, Status: Failed, Error: text, Hint: fault.HintOf(err), RejectReasons: map[ingest.Reason]int64{}}
	if r.Hint == "" {
		r.Hint = hintFor(err)
	}
	return Result{Files: []FileResult{r}}
}

// hintFor says what to do about the errors of package ingest.
func hintFor(err error) string {
	var detect *ingest.DetectError
	switch {
	case errors.As(err, &detect) && len(detect.Accepted) > 1:
		return "name the right one with --parser"
	case errors.As(err, &detect):
		return "look at it with `chartwatch inspect`; a table with other columns needs a mapping (--mapping)"
	case errors.Is(err, ingest.ErrTruncated), errors.Is(err, ingest.ErrCorrupt):
		return "export or copy the file again; it arrived incomplete"
	case errors.Is(err, ingest.ErrBomb), errors.Is(err, ingest.ErrManyEntries), errors.Is(err, ingest.ErrNested):
		return "unpack it yourself and give the log files, if you trust it"
	case errors.Is(err, ingest.ErrChanged):
		return "wait until the export has finished, then try again"
	case errors.Is(err, ingest.ErrBinary):
		return "export the log as CSV, XLSX, JSON or XML"
	case errors.Is(err, ingest.ErrEncoding):
		return "use a name such as utf-8, windows-1252 or utf-16le"
	case errors.Is(err, fs.ErrPermission):
		return "let the account under which chartwatch runs read it"
	}
	return ""
}

// base is how a file is called in results and in the manifest.
func base(path string) string { return filepath.Base(path) }

// wrapAt says in which file or member an error is, unless the error says so itself.
func wrapAt(name string, err error) error {
	if strings.HasPrefix(err.Error(), name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}
