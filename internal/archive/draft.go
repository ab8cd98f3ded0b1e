package archive

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"github.com/chartwatch/chartwatch/internal/seal"
)

// Sizes of buffers. A draft uses at most pieces*pieceSize for what waits to be
// compressed, and a few times 64 KiB.
const (
	pieceSize  = 1 << 20
	pieces     = 4
	diskBuffer = 256 << 10
)

// ErrMismatch means that what was written to a draft is not the file that it
// was committed as.
var ErrMismatch = errors.New("the bytes given to the archive are not those of the file")

// errDiscarded ends the goroutine of a draft that nobody wants any more.
var errDiscarded = errors.New("discarded")

// Draft is a file on its way into the archive. It is an [io.Writer] for the
// original bytes, used by one goroutine; hashing, compression and encryption
// happen in another one. It ends with Commit or Discard.
type Draft struct {
	archive *Archive
	name    string // of the temporary file

	piece  []byte      // being filled by Write
	full   chan []byte // to be compressed
	empty  chan []byte // to be filled
	hashed chan struct{}
	done   chan struct{}
	closed bool // nothing more can be written
	ended  bool // committed or discarded

	broken atomic.Bool // err is set, or will be when done is closed
	err    error       // read after done is closed
	sum    [32]byte    // of the original, read after hashed is closed
}

// Begin starts a draft.
func (a *Archive) Begin() (*Draft, error) {
	f, err := a.create(a.dir, draftPattern)
	if err != nil {
		return nil, diskError(err)
	}
	d := &Draft{
		archive: a, name: f.Name(),
		full: make(chan []byte, pieces), empty: make(chan []byte, pieces),
		hashed: make(chan struct{}), done: make(chan struct{}),
	}
	// Memory is allocated when it is needed: most files are small.
	for range pieces {
		d.empty <- nil
	}
	a.mu.RLock()
	s := a.sealers[0]
	a.mu.RUnlock()
	go d.run(f, s)
	return d, nil
}

// Write takes the next bytes of the original. It copies p.
func (d *Draft) Write(p []byte) (int, error) {
	if d.closed {
		return 0, os.ErrClosed
	}
	n := 0
	for n < len(p) {
		if d.broken.Load() {
			return n, d.finish()
		}
		if d.piece == nil {
			d.piece = (<-d.empty)[:0]
		}
		k := min(len(p)-n, pieceSize-len(d.piece))
		d.piece = append(d.piece, p[n:n+k]...)
		n += k
		if len(d.piece) == pieceSize {
			d.full <- d.piece
			d.piece = nil
		}
	}
	return n, nil
}

// SHA256 returns the hash of what was written. Nothing more can be written then.
func (d *Draft) SHA256() ([32]byte, error) {
	d.close()
	select {
	case <-d.hashed:
		return d.sum, nil
	case <-d.done:
		return d.sum, d.err
	}
}

// close ends writing.
func (d *Draft) close() {
	if d.closed {
		return
	}
	d.closed = true
	if len(d.piece) > 0 {
		d.full <- d.piece
	}
	close(d.full)
}

// finish waits until all that was written is on the disk.
func (d *Draft) finish() error {
	d.close()
	<-d.done
	return d.err
}

// Commit puts the file into the archive, under the hash of the original. If the
// archive has it already, the draft is dropped. If the bytes written have
// another hash the error is [ErrMismatch], and nothing is kept.
func (d *Draft) Commit(sha [32]byte) error {
	if d.ended {
		err := fmt.Errorf("writing to the archive: the draft has ended: %w", os.ErrClosed)
		return errors.Join(d.finish(), err, removeDraft(d.name))
	}
	d.ended = true
	err := d.finish()
	if err == nil && d.sum != sha {
		err = fmt.Errorf("writing to the archive: %w", ErrMismatch)
	}
	have := false
	if err == nil {
		have, err = d.archive.Has(sha)
	}
	if err != nil || have {
		return errors.Join(err, removeDraft(d.name))
	}
	return d.archive.install(d.name, d.archive.path(sha))
}

// Discard drops the draft. After Commit it does nothing, so that it can be
// deferred.
func (d *Draft) Discard() {
	if d.ended {
		return
	}
	d.ended = true
	d.broken.Store(true) // what waits need not be compressed
	_ = d.finish()
	_ = removeDraft(d.name) // what stays is removed when the archive is opened again
}

func removeDraft(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("writing to the archive: %w", err)
	}
	return nil
}

// run is the goroutine of a draft: it consumes everything that Write gives it,
// also after an error, so that Write never waits for ever.
func (d *Draft) run(f file, s *seal.Sealer) {
	defer close(d.done)
	err := d.consume(f, s)
	if err != nil {
		d.broken.Store(true)
		d.err = diskError(err)
	}
	for piece := range d.full {
		d.empty <- piece
	}
}

// archiveWindow is how far zstd looks back. What fits into a processor's cache
// is a tenth faster than the default, and log lines repeat at short distances.
const archiveWindow = 256 << 10

func (d *Draft) consume(f file, s *seal.Sealer) (err error) {
	defer func() {
		if err == nil {
			err = f.Sync()
		}
		err = errors.Join(err, f.Close())
	}()
	buffered := bufio.NewWriterSize(f, diskBuffer)
	encrypted, err := s.Encrypt(buffered)
	if err != nil {
		return err
	}
	// Age and the file's name vouch for the bytes, so zstd need not. An empty
	// file becomes a frame too, so that other tools take it.
	compressed, err := zstd.NewWriter(encrypted, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true), zstd.WithWindowSize(archiveWindow))
	if err != nil {
		return err
	}
	hash := sha256.New()
	for piece := range d.full {
		if !d.broken.Load() {
			hash.Write(piece)
			if _, err := compressed.Write(piece); err != nil {
				return errors.Join(err, giveUp(compressed))
			}
		}
		d.empty <- piece
	}
	if d.broken.Load() {
		return errors.Join(errDiscarded, giveUp(compressed))
	}
	d.sum = [32]byte(hash.Sum(nil))
	close(d.hashed)
	for _, end := range []func() error{compressed.Close, encrypted.Close, buffered.Flush} {
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}

// giveUp frees what the encoder holds after an error that is known already.
func giveUp(w *zstd.Encoder) error {
	w.Reset(io.Discard)
	return w.Close()
}
