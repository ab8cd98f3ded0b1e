//go:build unix

package store

import "syscall"

// closeNewFiles makes the files that DuckDB creates by itself, such as its log,
// unreadable for other users. Only the process as a whole can be told so.
func closeNewFiles() { syscall.Umask(0o077) }
