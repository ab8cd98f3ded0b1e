package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// maxKeyFile is far more than a file of keys ever needs.
const maxKeyFile = 64 << 10

// readKeyFile reads a file and refuses it if somebody in the forbidden classes
// may do anything with it.
func readKeyFile(path string, forbidden fs.FileMode) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "the key file "+path+" is not a regular file", "")
	}
	if err := checkMode(path, info.Mode(), forbidden); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	if len(data) > maxKeyFile {
		return nil, fault.New(fault.Invalid, "the key file "+path+" is too large to be one", "")
	}
	return data, nil
}

// formatRing writes keys, one a line, the current one first.
func formatRing(r Ring) string {
	var b strings.Builder
	b.WriteString("# Key of a chartwatch data directory. Whoever has it can read the data.\n")
	b.WriteString(r.Current.Export() + "\n")
	if len(r.Previous) > 0 {
		b.WriteString("# Earlier keys, the latest first.\n")
	}
	for _, k := range r.Previous {
		b.WriteString(k.Export() + "\n")
	}
	return b.String()
}

// parseRing reads what formatRing wrote. Its errors name the line and never
// repeat it.
func parseRing(text, from string) (Ring, error) {
	var keys []Key
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := ParseKey(line)
		if err != nil {
			return Ring{}, fault.Wrap(fault.Invalid, fmt.Sprintf("%s, line %d", from, number), "", err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return Ring{}, fault.New(fault.Invalid, from+" holds no key",
			"if no data was stored yet, remove it; otherwise use `chartwatch key import`")
	}
	return Ring{Current: keys[0], Previous: keys[1:]}, nil
}
