package serve

import "golang.org/x/sys/windows"

// DiskFree returns the bytes that are free for this user on the volume of a
// folder, or -1 if that cannot be told.
func DiskFree(dir string) int64 {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return -1
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(path, &free, nil, nil) != nil {
		return -1
	}
	return int64(free) //nolint:gosec // no disk is that large
}
