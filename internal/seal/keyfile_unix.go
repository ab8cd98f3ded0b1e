//go:build !windows

package seal

import (
	"fmt"
	"io/fs"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// checkMode refuses a file that others may use.
func checkMode(path string, mode, forbidden fs.FileMode) error {
	if mode.Perm()&forbidden == 0 {
		return nil
	}
	return fault.New(fault.Invalid,
		fmt.Sprintf("the key file %s can be used by others than its owner (mode %04o)", path, mode.Perm()),
		fmt.Sprintf("run `chmod 600 %s`", path))
}

// guarded writes a key file; its mode says who may use it.
func guarded(_ string, write func() error) error { return write() }

// protect leaves the text as it is: the file's permissions protect it.
func protect(text string) ([]byte, error) { return []byte(text), nil }

func unprotect(data []byte) (string, error) { return string(data), nil }
