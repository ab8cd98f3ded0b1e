package scrub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// File is a file to be scrubbed, and how it is to be read.
type File struct {
	Path string
	// Parser names the parser; empty means to detect it.
	Parser   string
	Settings ingest.Settings
	Zone     *time.Location
	Basis    ingest.TZBasis
	Encoding string
	Limits   ingest.Limits
}

// Options are what a run needs.
type Options struct {
	Registry *ingest.Registry
	Files    []File
	// Output is a folder, or the name of the copy if there is one only.
	Output string
	// Random gives the key of the run.
	Random io.Reader
	// Keep are words that may stay in addition to the list.
	Keep []string
	// AllowDifference publishes a copy in which the parser finds something else
	// than in the original. It has no influence on what is replaced.
	AllowDifference bool
}

// Kept counts what a copy has of the original, by kind.
type Kept struct {
	Names     int64 `json:"name_words"`
	Words     int64 `json:"listed_words"`
	Labels    int64 `json:"labels"`
	Constants int64 `json:"constants"`
	Dates     int64 `json:"moved_dates"`
	Replaced  int64 `json:"replaced_words"`
}

// Copy is one scrubbed file.
type Copy struct {
	Path     string `json:"path"`
	Family   Family `json:"family"`
	Parser   string `json:"parser,omitempty"`
	Records  int64  `json:"records"`
	Rejected int64  `json:"rejected"`
	// Stops is true if the parser gives the original up as unusable.
	Stops bool `json:"parser_stops,omitempty"`
	// Difference says what the parser finds otherwise in the copy, if that was allowed.
	Difference string `json:"difference,omitempty"`
	Kept       Kept   `json:"kept"`
}

// Report says what a run did.
type Report struct {
	Copies []Copy `json:"copies"`
	// Labels are those that stayed because at least five patients' records
	// have them, though they are not in the list of words. A person should look
	// at them before the copy is given away.
	Labels []string `json:"labels"`
}

// Errors of a run. They are wrapped with the number of the file.
var (
	ErrSurvived = errors.New("words of identifying texts are still in the copy")
	ErrShape    = errors.New("the parser does not find the same in the copy as in the original")
	ErrExists   = errors.New("the output exists already")
	ErrStdin    = errors.New("standard input cannot be scrubbed, because it is read several times")
	ErrNothing  = errors.New("there is nothing to scrub")
)

// member is one readable part of a file on its way.
type member struct {
	file   File
	index  int // within the file
	plugin string
	shape  shape
	stops  bool // the parser gives the original up
	layout layout
	temp   string
	copied Copy
}

// Run scrubs files. Either all copies are published or none.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &run{options: o}
	for _, f := range o.Files {
		if f.Path == "-" {
			return Report{}, ErrStdin
		}
	}
	if err := r.prepare(); err != nil {
		return Report{}, err
	}
	defer r.cleanUp()
	for _, pass := range []func(context.Context) error{r.learn, r.copies, r.verify} {
		if err := pass(ctx); err != nil {
			return Report{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	return r.publish()
}

type run struct {
	options Options
	know    *knowledge
	cipher  *cipher
	members []*member
	scrubs  []*scrubber
	dir     string
	made    bool // the folder was made by the run
	done    bool
}

func (r *run) prepare() error {
	keep := r.options.Keep
	for _, f := range r.options.Files {
		keep = append(slices.Clip(keep), string(f.Settings.Mapping))
	}
	r.know = newKnowledge(keep)
	var key [KeySize]byte
	if _, err := io.ReadFull(r.options.Random, key[:]); err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	r.cipher = newCipher(key, func(w string) bool { return r.know.ids[w] || r.know.vocabulary[w] })
	return nil
}

// each opens the members of all files in order.
func (r *run) each(ctx context.Context, do func(ctx context.Context, f File, index int, m ingest.Member) error) error {
	for n, f := range r.options.Files {
		index := 0
		_, err := ingest.OpenFile(ctx, f.Path, ingest.OpenOptions{Limits: f.Limits, Encoding: f.Encoding},
			func(ctx context.Context, m ingest.Member) error {
				index++
				return do(ctx, f, index-1, m)
			})
		if err != nil {
			return fmt.Errorf("file %d: %w", n+1, neutral(err))
		}
	}
	return nil
}

// neutral takes the file's name out of an error, because a name may be that of a
// patient.
func neutral(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// learn is the first pass: what do the parsers know?
func (r *run) learn(ctx context.Context) error {
	err := r.each(ctx, func(ctx context.Context, f File, index int, m ingest.Member) error {
		x := &member{file: f, index: index, layout: familyOf(m.Head)}
		r.members = append(r.members, x)
		plugin, parser, err := choose(r.options.Registry, f, m.Head)
		if err != nil {
			if f.Parser != "" {
				return err
			}
			return nil // a file that no parser reads is scrubbed all the same
		}
		x.plugin = plugin
		x.shape, err = parse(ctx, parser, f, m.Data, r.know)
		if err != nil && ctx.Err() == nil && !errors.Is(err, errTooMany) {
			x.stops = true
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(r.members) == 0 {
		return ErrNothing
	}
	r.know.settle()
	return nil
}

// choose returns the parser of a file.
func choose(reg *ingest.Registry, f File, h ingest.Head) (string, ingest.Parser, error) {
	if f.Parser == "" {
		plugin, parser, err := reg.Detect(h, f.Settings)
		return plugin.Name, parser, err
	}
	plugin, err := reg.ByName(f.Parser)
	if err != nil {
		return "", nil, err
	}
	parser, err := plugin.New(f.Settings)
	if err != nil {
		return "", nil, fmt.Errorf("setting up parser %s: %w", plugin.Name, err)
	}
	if err := parser.Detect(h); err != nil {
		return "", nil, fmt.Errorf("parser %s refuses the file: %w", plugin.Name, err)
	}
	return plugin.Name, parser, nil
}

// parse reads a member; know is nil if only its shape is wanted.
func parse(ctx context.Context, p ingest.Parser, f File, data io.Reader, know *knowledge) (shape, error) {
	sink := newReading(know)
	w := ingest.NewWriter(sink, ingest.WriterOptions{BatchRows: 4096})
	defer w.Release()
	err := p.Parse(ctx, ingest.Source{Name: "input", Zone: f.Zone, ZoneBasis: f.Basis, Data: data}, w)
	if err == nil {
		err = w.Flush(ctx)
	}
	counts := w.Counts()
	sink.shape.Records = counts.Records
	maps.Copy(sink.shape.Reasons, counts.Reasons)
	if err != nil {
		// What was read before it stopped is worth knowing all the same.
		return sink.shape, errors.Join(fmt.Errorf("reading the records: %w", err), w.Flush(ctx))
	}
	return sink.shape, nil
}

// copies is the second pass: look at the fields, then write the copies.
func (r *run) copies(ctx context.Context) error {
	if err := r.folder(); err != nil {
		return err
	}
	if err := r.headers(ctx); err != nil {
		return err
	}
	n := 0
	err := r.each(ctx, func(ctx context.Context, _ File, _ int, m ingest.Member) error {
		s := &scrubber{knowledge: r.know, cipher: r.cipher, moved: r.cipher.weeks(), fields: map[string]*field{}}
		r.scrubs = append(r.scrubs, s)
		look := &looker{scrub: s}
		err := walk(ctx, m.Data, io.Discard, r.members[n].layout, look)
		n++
		return errors.Join(err, look.settle())
	})
	if err != nil {
		return err
	}
	n = 0
	return r.each(ctx, func(ctx context.Context, _ File, _ int, m ingest.Member) error {
		n++
		return r.write(ctx, r.members[n-1], r.scrubs[n-1], m.Data)
	})
}

func (r *run) write(ctx context.Context, x *member, s *scrubber, data io.Reader) error {
	f, err := os.CreateTemp(r.dir, ".scrub-*")
	if err != nil {
		return fmt.Errorf("writing a copy: %w", neutral(err))
	}
	x.temp = f.Name()
	err = walk(ctx, data, f, x.layout, s)
	if err == nil {
		err = f.Sync()
	}
	x.copied = Copy{Family: x.layout.family, Parser: x.plugin, Records: x.shape.Records, Stops: x.stops, Kept: s.kept}
	for _, n := range x.shape.Reasons {
		x.copied.Rejected += n
	}
	return errors.Join(err, f.Close())
}

// verify is the last pass: are the copies what they are said to be?
func (r *run) verify(ctx context.Context) error {
	for i, x := range r.members {
		found, err := survivors(ctx, x, r.scrubs[i])
		if err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
		if found > 0 {
			return fmt.Errorf("part %d: %w: %d of them; nothing was written", i+1, ErrSurvived, found)
		}
		err = r.compare(ctx, x)
		if errors.Is(err, ErrShape) && r.options.AllowDifference {
			x.copied.Difference = err.Error()
			continue
		}
		if err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return nil
}

func survivors(ctx context.Context, x *member, s *scrubber) (int, error) {
	f, err := os.Open(x.temp)
	if err != nil {
		return 0, neutral(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	c := &checker{scrub: s}
	if err := walk(ctx, f, io.Discard, x.layout, c); err != nil {
		return 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	raw := &rawChecker{scrub: s}
	if err := walk(ctx, f, io.Discard, layout{family: Lines}, raw); err != nil {
		return 0, err
	}
	return c.found + raw.found, nil
}

// compare reads a copy with the parser of the original.
func (r *run) compare(ctx context.Context, x *member) error {
	if x.plugin == "" {
		return nil
	}
	_, err := ingest.OpenFile(ctx, x.temp, ingest.OpenOptions{Limits: x.file.Limits},
		func(ctx context.Context, m ingest.Member) error {
			m.Head.Name = "input"
			plugin, parser, err := choose(r.options.Registry, x.file, m.Head)
			if err != nil || plugin != x.plugin {
				return fmt.Errorf("%w: parser %s does not accept it", ErrShape, x.plugin)
			}
			got, err := parse(ctx, parser, x.file, m.Data, nil)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case x.stops && err == nil:
				return fmt.Errorf("%w: it stops at the original only", ErrShape)
			case x.stops:
				return nil
			case err != nil:
				return fmt.Errorf("%w: it stops at the copy", ErrShape)
			}
			return x.shape.compare(got)
		})
	return err
}

// compare says where two shapes differ, without any contents.
func (s shape) compare(got shape) error {
	if s.Records != got.Records {
		return fmt.Errorf("%w: %d records and not %d", ErrShape, got.Records, s.Records)
	}
	if !maps.Equal(s.Reasons, got.Reasons) {
		return fmt.Errorf("%w: records are rejected for other reasons", ErrShape)
	}
	for kind, n := range s.Rows {
		if got.Rows[kind] != n {
			return fmt.Errorf("%w: %d rows %q and not %d", ErrShape, got.Rows[kind], strings.Join(strings.Fields(kind), " "), n)
		}
	}
	return nil
}

// folder finds out where the copies go, and makes the folder.
func (r *run) folder() error {
	r.dir = r.options.Output
	if r.single() {
		r.dir = filepath.Dir(r.options.Output)
	}
	if _, err := os.Stat(r.dir); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(r.dir, 0o700); err != nil {
			return fmt.Errorf("making the output folder: %w", neutral(err))
		}
		r.made = true
	}
	return nil
}

// single reports whether the output names a file and not a folder.
func (r *run) single() bool {
	info, err := os.Stat(r.options.Output)
	if err == nil {
		return !info.IsDir()
	}
	last := r.options.Output
	return len(r.members) == 1 && filepath.Ext(last) != "" && !strings.HasSuffix(last, string(filepath.Separator))
}
