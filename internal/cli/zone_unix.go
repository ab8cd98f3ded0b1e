//go:build !windows

package cli

import (
	"errors"
	"os"
)

// platformZone reads the link that names the zone. Without that file the
// system's time is UTC.
func platformZone() string {
	target, err := os.Readlink("/etc/localtime")
	if errors.Is(err, os.ErrNotExist) {
		return "UTC"
	}
	return zoneFromLink(target)
}
