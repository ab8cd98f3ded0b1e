//go:build unix

package intake_test

import (
	"os/signal"
	"strconv"
	"syscall"
)

// limitFileSize makes the process meet the end of the disk: no file may become
// larger than so many bytes.
func limitFileSize(bytes string) error {
	if bytes == "" {
		return nil
	}
	n, err := strconv.ParseUint(bytes, 10, 63)
	if err != nil {
		return err
	}
	// Without this the system would end the process instead of refusing to write.
	signal.Ignore(syscall.SIGXFSZ)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}
