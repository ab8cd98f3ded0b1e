//go:build !windows

package cli

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// ownerOf is the account that a file or folder belongs to. An account without a name
// is called by its number.
func ownerOf(path string) (owner user.User, known bool) {
	info, err := os.Stat(path)
	if err != nil {
		return user.User{}, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return user.User{}, false
	}
	id := strconv.FormatUint(uint64(stat.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return *u, true
	}
	return user.User{Uid: id, Username: "#" + id}, true
}
