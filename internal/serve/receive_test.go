package serve_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/serve"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// TestFailedWhileItChanged has a copy that went on during the import. What failed was a
// part of the file: it comes back as a whole, and nobody is told that it failed.
func TestFailedWhileItChanged(t *testing.T) {
	for name, changed := range map[string]bool{"changed": true, "as-it-was": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, nil))
			folder, err := drop.Open(drop.Options{Dir: dir, Clock: time.Now, Log: logger})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = folder.Close() }()
			if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := folder.Scan(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			c, err := folder.Claim("a.csv")
			if err != nil {
				t.Fatal(err)
			}
			want, lies := 2, filepath.Join("failed", "a.csv")
			if changed {
				if err := os.WriteFile(c.Path, []byte("half and half"), 0o600); err != nil {
					t.Fatal(err)
				}
				want, lies = 0, "a.csv"
			}
			failed, err := serve.EndFailed(t.Context(), c, logger)
			if err != nil || failed != want || strings.Contains(log.String(), "failed") == changed {
				t.Errorf("counted %d, want %d; %v\n%s", failed, want, err, &log)
			}
			if _, err := os.Stat(filepath.Join(dir, lies)); err != nil {
				t.Error(err)
			}
		})
	}
}
