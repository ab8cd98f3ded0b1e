package ingest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
)

// hasher answers with a hash of its own making, to show where the hash is taken from.
type hasher struct {
	bytes.Buffer
	err error
}

func (h *hasher) SHA256() ([sha256.Size]byte, error) {
	sum := sha256.Sum256(h.Bytes())
	sum[0] ^= 0xff
	return sum, h.err
}

func TestOpenTakesTheHashFromRaw(t *testing.T) {
	ignore := func(context.Context, ingest.Member) error { return nil }
	for name, data := range map[string][]byte{"text": []byte(logText), "gzip": gzipped(t, logText), "zip": zipped(t, "a.csv", logText)} {
		t.Run(name, func(t *testing.T) {
			h := &hasher{}
			info, err := ingest.OpenStream(t.Context(), "log", bytes.NewReader(data), ingest.OpenOptions{Raw: h}, ignore)
			if err != nil {
				t.Fatal(err)
			}
			want := sha256.Sum256(data)
			want[0] ^= 0xff
			if info.SHA256 != want || info.Size != int64(len(data)) || !bytes.Equal(h.Bytes(), data) {
				t.Errorf("hash %x of %d bytes, want %x of %d", info.SHA256, info.Size, want, len(data))
			}
			lost := errors.New("the disk is lost")
			_, err = ingest.OpenStream(t.Context(), "log", bytes.NewReader(data), ingest.OpenOptions{Raw: &hasher{err: lost}}, ignore)
			if !errors.Is(err, lost) || !strings.HasPrefix(err.Error(), "keeping the original: ") {
				t.Errorf("error = %v, want that of the hash", err)
			}
		})
	}
}
