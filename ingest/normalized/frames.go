package normalized

import (
	"encoding/binary"
	"io"
)

// frameReader hands an Arrow IPC stream on, message by message, after looking
// at each message's metadata. The decoder trusts the lengths in it and would
// ask for more memory than there is, which ends the whole program.
type frameReader struct {
	r     io.Reader
	ready []byte // looked at and not yet handed on
	body  int64  // bytes of the message's body that follow
	ended bool   // the end-of-stream marker was read
	// broken is why the stream was given up, or nil.
	broken error
}

const (
	maxMetadata = 4 << 20
	maxBody     = 256 << 20
)

func (f *frameReader) Read(p []byte) (int, error) {
	if len(f.ready) == 0 && f.body == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	if len(f.ready) > 0 {
		n := copy(p, f.ready)
		f.ready = f.ready[n:]
		return n, nil
	}
	n, err := f.r.Read(p[:min(int64(len(p)), f.body)])
	f.body -= int64(n)
	return n, err
}

// next reads the start of a message.
func (f *frameReader) next() error {
	if f.ended {
		return io.EOF
	}
	const prefix = 8 // a continuation marker and the length of the metadata
	start := make([]byte, prefix)
	if _, err := io.ReadFull(f.r, start); err != nil {
		return f.give(err)
	}
	if binary.LittleEndian.Uint32(start) != 0xffffffff {
		return f.give(errDamaged)
	}
	size := binary.LittleEndian.Uint32(start[4:])
	if size == 0 {
		f.ended = true
		f.ready = start
		return nil
	}
	if size > maxMetadata {
		return f.give(errDamaged)
	}
	message := make([]byte, prefix+int(size))
	copy(message, start)
	if _, err := io.ReadFull(f.r, message[prefix:]); err != nil {
		return f.give(err)
	}
	body, err := checkMessage(message[prefix:])
	if err != nil {
		return f.give(err)
	}
	f.ready, f.body = message, body
	return nil
}

// give records why the stream is given up. A stream that ends without its
// marker is cut off.
func (f *frameReader) give(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // io.ReadFull returns them as they are
		err = errDamaged
	}
	f.broken = err
	return err
}
