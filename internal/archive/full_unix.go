//go:build !windows

package archive

import "syscall"

// errDiskFull is what the system says when a disk quota is used up.
const errDiskFull = syscall.EDQUOT
