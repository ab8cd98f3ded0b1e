package notify

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
)

const maxSecret = 4 << 10

// ReadSecret reads a secret out of a file that only its owner can read.
func ReadSecret(path string) (string, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "a file with a secret cannot be read", "check its path in the configuration and its permissions", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "a file with a secret cannot be read", "check its permissions", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fault.New(fault.Invalid, "others can read the file "+path, "run chmod 600 on it")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "a file with a secret cannot be read", "", err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(secret) == "" || len(text) > maxSecret {
		return "", fault.New(fault.Invalid, "the file "+path+" does not hold a secret", "it has one line with the secret and nothing else")
	}
	return secret, nil
}
