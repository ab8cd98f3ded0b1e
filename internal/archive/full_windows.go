package archive

import "golang.org/x/sys/windows"

// errDiskFull is what Windows says when the disk is full.
const errDiskFull = windows.ERROR_DISK_FULL
