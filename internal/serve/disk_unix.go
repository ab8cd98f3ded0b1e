//go:build unix

package serve

import "golang.org/x/sys/unix"

// DiskFree returns the bytes that are free for this user on the volume of a
// folder, or -1 if that cannot be told.
func DiskFree(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize) //nolint:gosec,unconvert // the types differ between systems
}
