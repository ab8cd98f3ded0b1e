package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/store"
)

// fileImport is the import of one file, with all its members.
type fileImport struct {
	im         *Importer
	path       string
	settings   Settings
	importedAt time.Time

	sha256   [32]byte
	fileNo   int32
	dicts    dictionaries
	results  []FileResult
	warnings []Warning
	members  []*memberImport
	ignored  []error // members that no parser recognises
}

// all reads the file inside the transaction and writes everything about it. The
// returned sidecar must be confirmed after the commit, or discarded.
func (f *fileImport) all(ctx context.Context, tx *store.Tx, draft *archive.Draft, open openFunc) (*sidecarFile, error) {
	if err := f.prepare(ctx, tx); err != nil {
		return nil, err
	}
	options := ingest.OpenOptions{
		Limits: f.settings.Limits, Encoding: f.settings.Encoding,
		Raw: &progressWriter{w: draft, report: f.im.Progress},
	}
	info, err := open(ctx, options, func(ctx context.Context, m ingest.Member) error {
		return f.member(ctx, tx, m)
	})
	if err != nil {
		return nil, err
	}
	f.sha256 = info.SHA256
	if len(f.members) == 0 {
		return nil, f.nothingRead()
	}
	known, err := isImported(ctx, tx, f.sha256)
	if err != nil {
		return nil, err
	}
	if known {
		return nil, errAlready
	}
	for _, m := range f.members {
		if err := m.finish(ctx, tx, info); err != nil {
			return nil, err
		}
		f.results = append(f.results, m.result)
		f.warnings = append(f.warnings, m.warnings...)
	}
	if f.im.DryRun {
		return nil, errDryRun
	}
	if err := draft.Commit(f.sha256); err != nil {
		return nil, dataDirError(err)
	}
	if f.im.replay != nil {
		return nil, nil
	}
	return f.im.writeSidecar(f)
}

// nothingRead is the error for a file without a single recognised member.
func (f *fileImport) nothingRead() error {
	if len(f.ignored) > 0 {
		return f.ignored[0]
	}
	return fault.New(fault.Invalid, "the archive holds no file", "check that the export worked")
}

func (f *fileImport) prepare(ctx context.Context, tx *store.Tx) error {
	if f.im.replay != nil {
		f.fileNo = f.im.replay.FileNo
	} else if err := tx.QueryRow(ctx, "SELECT coalesce(max(file_no), 0) + 1 FROM import").Scan(&f.fileNo); err != nil {
		return fmt.Errorf("reading the manifest: %w", err)
	}
	if err := tx.Exec(ctx, "INSERT INTO site SELECT ?, 'main' WHERE NOT EXISTS (SELECT 1 FROM site)", site); err != nil {
		return err
	}
	f.dicts = newDictionaries(f.im.Sealer, site)
	for _, d := range f.dicts.all() {
		if err := d.load(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// member imports one member of the file.
func (f *fileImport) member(ctx context.Context, tx *store.Tx, m ingest.Member) error {
	plugin, parser, err := f.parserFor(m)
	if err != nil {
		err = wrapAt(m.Name, err)
		var detect *ingest.DetectError
		if m.Inner == "" || !errors.As(err, &detect) || len(detect.Accepted) > 0 {
			return err
		}
		f.ignored = append(f.ignored, err)
		f.warn(MemberSkipped, f.settings.Source, m.Name+": no parser recognises it, so it was left out; to import it later, unpack it, because the archive counts as imported")
		return nil
	}
	mi, err := f.newMember(ctx, tx, m, plugin)
	if err != nil {
		return err
	}
	if err := mi.parse(ctx, tx, m, parser); err != nil {
		return wrapAt(m.Name, err)
	}
	f.members = append(f.members, mi)
	return nil
}

func (f *fileImport) warn(code, source, message string) {
	f.warnings = append(f.warnings, Warning{Code: code, Source: source, Message: message})
}

func (f *fileImport) parserFor(m ingest.Member) (ingest.Plugin, ingest.Parser, error) {
	s := ingest.Settings{Mapping: f.settings.Mapping, MappingName: f.settings.MappingName}
	name := f.settings.Parser
	if name == "" {
		if err := ingest.CheckHead(m.Head); err != nil {
			return ingest.Plugin{}, nil, fault.New(fault.Invalid, err.Error(), "check that the export worked")
		}
		return f.im.Registry.Detect(m.Head, s)
	}
	plugin, err := f.im.Registry.ByName(name)
	if err != nil {
		return ingest.Plugin{}, nil, fault.Wrap(fault.Usage, "cannot choose the parser", "leave --parser out to detect it", err)
	}
	parser, err := plugin.New(s)
	if err != nil {
		return ingest.Plugin{}, nil, fault.Wrap(fault.Invalid, "the mapping cannot be used", "correct it where the message says; the manual lists the keys of a mapping", err)
	}
	if err := parser.Detect(m.Head); err != nil {
		hint := "leave --parser out to detect the right one"
		if s.Mapping != nil {
			hint = "the mapping must name the columns as the file's header does; `chartwatch inspect` tries it without importing"
		}
		return ingest.Plugin{}, nil, fault.Wrap(fault.Invalid, "parser "+name+" does not read this file", hint, err)
	}
	return plugin, parser, nil
}
