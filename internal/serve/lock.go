package serve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// lock keeps a second daemon away from a folder. The command line does not look
// at it: it may be used beside the daemon.
type lock struct {
	file   *flock.Flock
	holder string
}

func lockFolder(dir, what string) (*lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, what+" cannot be made", "check its path and permissions", err)
	}
	l := &lock{
		file:   flock.New(filepath.Join(dir, ".chartwatch-serve.lock"), flock.SetPermissions(0o600)),
		holder: filepath.Join(dir, ".chartwatch-serve.holder"),
	}
	ok, err := l.file.TryLock()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, what+" cannot be locked", "check its permissions", err)
	}
	if !ok {
		return nil, fault.New(fault.Conflict, what+" "+dir+" is already looked after by "+l.heldBy(),
			"one `chartwatch serve` is enough; stop the other one (`chartwatch service status` shows whether it is a service), or use another folder")
	}
	// Who holds it is a courtesy to whoever comes second.
	_ = os.WriteFile(l.holder, fmt.Appendf(nil, "process %d", os.Getpid()), 0o600)
	return l, nil
}

func (l *lock) heldBy() string {
	text, err := os.ReadFile(l.holder)
	if err != nil || len(text) == 0 {
		return "another process"
	}
	return "a chartwatch serve (" + strings.TrimSpace(string(text)) + ")"
}

func (l *lock) release() error {
	err := os.Remove(l.holder)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.file.Unlock())
}
