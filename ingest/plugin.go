package ingest

import (
	"context"
	"io"
	"time"
)

// Plugin describes a parser. It is a plain value: parsers are listed by hand in
// package builtin, nothing registers itself.
type Plugin struct {
	// Name, such as "openemr": lower case, digits and hyphens; never reused and never renamed.
	Name string
	// Summary is one line for help and the README's table.
	Summary string
	// Version is raised when the same input gives different rows.
	Version int
	// Produces lists the datasets that the parser may write.
	Produces []Dataset
	// Sample is a file under sample_logs that Detect accepts, with slashes.
	Sample string
	// ExportCaps are row counts at which the exporting product is documented to
	// cut an export off. An import that ends exactly there is marked.
	ExportCaps []int64
	// New returns a parser for the given settings. An error means that the
	// settings are invalid; it names the position in them where there is one.
	New func(Settings) (Parser, error)
}

// Settings are what a user may tell a parser. A parser ignores what does not
// concern it.
type Settings struct {
	// Mapping is the text of a column mapping file (package delimited), or nil.
	Mapping []byte
	// MappingName is the file's name, for messages.
	MappingName string
}

// Parser turns one export into normalised rows. It is used by one goroutine at
// a time and for one source.
type Parser interface {
	// Detect returns nil if h is the start of this format, and otherwise the
	// reason it is not. The reason must not quote cell contents. Detect looks
	// at structure and may use the name only to break a tie.
	Detect(h Head) error
	// Parse reads src to its end. A record that cannot be normalised goes to
	// w.Reject and parsing goes on; an error means that the source as a whole
	// is unusable and that nothing of it may be kept. The error says what was
	// being done and where, and never quotes cell contents. Parse returns
	// promptly with ctx's error once ctx is done.
	Parse(ctx context.Context, src Source, w *Writer) error
}

// Head is the beginning of a file, for detection.
type Head struct {
	// Name is the file's base name, or "-" for standard input.
	Name string
	// Bytes are the first bytes of the file: decompressed, converted to UTF-8,
	// without a byte-order mark, at most [HeadSize]. They must not be changed.
	Bytes []byte
	// Complete is true if Bytes is the whole file.
	Complete bool
}

// HeadSize is the largest number of bytes in a [Head].
const HeadSize = 64 << 10

// Source is what a parser reads.
type Source struct {
	// Name is the file's base name, or "-" for standard input.
	Name string
	// Zone is for times written without an offset; never nil.
	Zone *time.Location
	// ZoneBasis is what to write into TZBasis for such times:
	// [TZSourceSetting] or [TZAssumed].
	ZoneBasis TZBasis
	// Data is the file: decompressed, converted to UTF-8, without a byte-order
	// mark. Its reads may be as short as one byte.
	Data io.Reader
}

// Clock returns a new [LocalClock] for the source's zone.
func (s Source) Clock() *LocalClock { return NewLocalClock(s.Zone, s.ZoneBasis) }
