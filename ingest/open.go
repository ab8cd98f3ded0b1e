package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// Limits bound what opening a file may cost. The zero value means the defaults.
type Limits struct {
	// Ratio is how many bytes may come out of one compressed byte, once
	// RatioFrom bytes have come out. Default 200.
	Ratio int64
	// RatioFrom is the number of decompressed bytes that is always allowed. Default 16 MiB.
	RatioFrom int64
	// Entries is the number of files an archive may hold. Default 1000.
	Entries int
	// InMemory is the size up to which an archive that comes from standard
	// input, or a workbook inside an archive, is read into memory. Default 200 MiB.
	InMemory int64
}

func (l Limits) withDefaults() Limits {
	if l.Ratio == 0 {
		l.Ratio = 200
	}
	if l.RatioFrom == 0 {
		l.RatioFrom = 16 << 20
	}
	if l.Entries == 0 {
		l.Entries = 1000
	}
	if l.InMemory == 0 {
		l.InMemory = 200 << 20
	}
	return l
}

// OpenOptions say how to open a file. The zero value is usable.
type OpenOptions struct {
	Limits Limits
	// Encoding names the text encoding of a file without a byte-order mark, by
	// its WHATWG label such as "windows-1252" or "utf-16le". Empty means UTF-8 and, if the file is not
	// UTF-8, windows-1252 with a [NoteEncodingAssumed].
	Encoding string
	// Raw receives the bytes of the file exactly as they stand on disk, or nil. If
	// it is a [Hasher], the file's hash is taken from it.
	Raw io.Writer
}

// Hasher is a writer that knows the SHA-256 of all that was written to it. For
// large files hashing them a second time would be a noticeable part of the work.
type Hasher interface {
	io.Writer
	// SHA256 is called once, after the last Write.
	SHA256() ([sha256.Size]byte, error)
}

// Member is one readable file: the file itself, one file of an archive, or one
// sheet of a workbook.
type Member struct {
	// Name is the base name, followed by ":" and the path inside an archive or
	// the sheet's name where there is one.
	Name string
	// Inner is the part of Name behind the colon, or empty.
	Inner string
	// Head is the beginning of Data, which still has it.
	Head Head
	// Data is the content: decompressed, in UTF-8, without byte-order mark.
	Data io.Reader
	// Notes are facts that opening found out.
	Notes []Note
}

// FileInfo describes the file as it stands on disk.
type FileInfo struct {
	SHA256 [sha256.Size]byte
	Size   int64
}

// Errors of opening a file. They are wrapped with the file's name and, where
// there is one, a position.
var (
	ErrBinary      = errors.New("the file is not text and not a format that chartwatch reads")
	ErrTruncated   = errors.New("the file is cut off")
	ErrBomb        = errors.New("the file unpacks to far more data than a log would")
	ErrManyEntries = errors.New("the archive holds too many files")
	ErrNested      = errors.New("the archive holds another archive")
	ErrChanged     = errors.New("the file changed while it was being read")
	ErrEncoding    = errors.New("unknown text encoding")
	ErrTooLarge    = errors.New("the archive is too large to be read from this source")
	ErrCorrupt     = errors.New("the compressed data is damaged")
)

// OpenFile opens the file at path and calls each for every member, in order. It
// unpacks gzip, zstd and zip and turns the sheets of a workbook into
// comma-separated text. It reads the file to its end, even where each does not,
// and returns its SHA-256 and size. An error of each ends it.
func OpenFile(ctx context.Context, path string, o OpenOptions, each func(context.Context, Member) error) (FileInfo, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return FileInfo{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	before, err := f.Stat()
	if err != nil {
		return FileInfo{}, err
	}
	if !before.Mode().IsRegular() {
		return OpenStream(ctx, filepath.Base(path), f, o, each)
	}
	// No further than the file reached when it was opened: one that grows as fast
	// as it is read would never end.
	section := io.NewSectionReader(f, 0, before.Size())
	info, err := openSeekable(ctx, filepath.Base(path), section, before.Size(), o, each)
	if err != nil {
		return info, err
	}
	after, err := os.Stat(path)
	if err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) || info.Size != before.Size() {
		return info, fmt.Errorf("%s: %w", filepath.Base(path), ErrChanged)
	}
	return info, nil
}

// OpenStream does the same for a stream, such as standard input. A zip archive
// or workbook that comes this way is read into memory, up to [Limits.InMemory].
func OpenStream(ctx context.Context, name string, r io.Reader, o OpenOptions, each func(context.Context, Member) error) (FileInfo, error) {
	o.Limits = o.Limits.withDefaults()
	buffered := bufio.NewReaderSize(r, 64<<10)
	magic, err := buffered.Peek(len(magicZip))
	if err != nil && !errors.Is(err, io.EOF) {
		return FileInfo{}, fmt.Errorf("reading %s: %w", name, err)
	}
	if !isZip(magic) {
		return openSequential(ctx, name, buffered, o, each)
	}
	data, err := readLimited(buffered, o.Limits.InMemory)
	if err != nil {
		return FileInfo{}, fmt.Errorf("%s: %w", name, err)
	}
	return openSeekable(ctx, name, bytes.NewReader(data), int64(len(data)), o, each)
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: the limit is %d MiB; give the file by its path", ErrTooLarge, limit>>20)
	}
	return data, nil
}

type seekable interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}

func openSeekable(ctx context.Context, name string, f seekable, size int64, o OpenOptions, each func(context.Context, Member) error) (FileInfo, error) {
	o.Limits = o.Limits.withDefaults()
	magic := make([]byte, len(magicZip))
	if n, err := f.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return FileInfo{}, fmt.Errorf("reading %s: %w", name, err)
	} else if !isZip(magic[:n]) {
		return openSequential(ctx, name, f, o, each)
	}
	raw := newRawReader(f, o.Raw)
	if _, err := io.Copy(io.Discard, &ctxReader{ctx: ctx, r: raw}); err != nil {
		return FileInfo{}, fmt.Errorf("reading %s: %w", name, err)
	}
	info, err := raw.info()
	if err != nil {
		return FileInfo{}, fmt.Errorf("keeping the original: %w", err)
	}
	return info, openZip(ctx, name, f, size, o, each)
}

// openSequential reads everything that can be read from front to back.
func openSequential(ctx context.Context, name string, r io.Reader, o OpenOptions, each func(context.Context, Member) error) (FileInfo, error) {
	raw := newRawReader(&ctxReader{ctx: ctx, r: r}, o.Raw)
	plain, closer, err := decompress(raw, o.Limits)
	if err != nil {
		return FileInfo{}, fmt.Errorf("%s: %w", name, err)
	}
	defer closer()
	if err := openText(ctx, Member{Name: name}, plain, o, each); err != nil {
		return FileInfo{}, err
	}
	// What the parser left unread still belongs to the hash and the balance.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return FileInfo{}, fmt.Errorf("reading %s: %w", name, err)
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return FileInfo{}, fmt.Errorf("reading %s: %w", name, err)
	}
	info, err := raw.info()
	if err != nil {
		return FileInfo{}, fmt.Errorf("keeping the original: %w", err)
	}
	return info, nil
}

const (
	magicGzip = "\x1f\x8b"
	magicZstd = "\x28\xb5\x2f\xfd"
	magicZip  = "PK\x03\x04"
	// magicEmptyZip is the end of the directory, which is all that an empty archive has.
	magicEmptyZip = "PK\x05\x06"
)

func isZip(magic []byte) bool { return string(magic) == magicZip || string(magic) == magicEmptyZip }

func decompress(raw *rawReader, l Limits) (io.Reader, func(), error) {
	// Smaller than what a [LineReader] reads at a time, so that it reads past it.
	buffered := bufio.NewReaderSize(raw, HeadSize)
	magic, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	nothing := func() {}
	switch {
	case bytes.HasPrefix(magic, []byte(magicGzip)):
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, compressionError(err)
		}
		return &ratioReader{r: z, in: func() int64 { return raw.n }, limits: l}, nothing, nil
	case bytes.HasPrefix(magic, []byte(magicZstd)):
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, nil, compressionError(err)
		}
		return &ratioReader{r: z, in: func() int64 { return raw.n }, limits: l}, z.Close, nil
	}
	return buffered, nothing, nil
}

// compressionError turns a decoder's error into one that says what it means.
func compressionError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrTruncated
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrBomb):
		return err
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return err
	}
	return fmt.Errorf("%w (%w)", ErrCorrupt, err)
}

// ratioReader stops when far more comes out of a decoder than went in.
type ratioReader struct {
	r      io.Reader
	in     func() int64
	out    int64
	limits Limits
}

func (z *ratioReader) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	z.out += int64(n)
	if z.out > z.limits.RatioFrom && z.out > z.in()*z.limits.Ratio {
		return n, ErrBomb
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = compressionError(err)
	}
	return n, err
}

// rawReader hashes, counts and copies what is read from a file.
type rawReader struct {
	r      io.Reader
	hash   hash.Hash // nil if the hasher does it
	hasher Hasher
	copy   io.Writer
	n      int64
}

func newRawReader(r io.Reader, raw io.Writer) *rawReader {
	if h, ok := raw.(Hasher); ok {
		return &rawReader{r: r, hasher: h, copy: raw}
	}
	return &rawReader{r: r, hash: sha256.New(), copy: raw}
}

func (r *rawReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.n += int64(n)
		if r.hash != nil {
			r.hash.Write(p[:n])
		}
		if r.copy != nil {
			if _, werr := r.copy.Write(p[:n]); werr != nil {
				return n, fmt.Errorf("keeping the original: %w", werr)
			}
		}
	}
	return n, err
}

func (r *rawReader) info() (FileInfo, error) {
	info := FileInfo{Size: r.n}
	if r.hasher != nil {
		var err error
		info.SHA256, err = r.hasher.SHA256()
		return info, err
	}
	r.hash.Sum(info.SHA256[:0])
	return info, nil
}

// ctxReader ends a read when its context is done.
type ctxReader struct {
	ctx context.Context //nolint:containedctx // an io.Reader has no other way to see it
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
