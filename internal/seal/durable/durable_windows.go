package durable

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// rename tries for a while: a virus scanner opens new files for a moment, and
// nothing can be renamed during that time.
func rename(from, to string) error {
	const tries, pause = 20, 25 * time.Millisecond
	var err error
	for range tries {
		err = os.Rename(from, to)
		if !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			return err
		}
		time.Sleep(pause)
	}
	return err
}

// syncDir does nothing: NTFS journals names, and a directory cannot be flushed.
func syncDir(string) error { return nil }
