package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// dirLock keeps other processes out of a data directory. DuckDB has a lock of
// its own, but it can neither wait nor say who holds it.
type dirLock struct {
	lock   *flock.Flock
	holder string // the file that says who holds the lock
}

func lockDir(ctx context.Context, o Options) (*dirLock, error) {
	l := &dirLock{
		lock:   flock.New(filepath.Join(o.Dir, "lock"), flock.SetPermissions(0o600)),
		holder: filepath.Join(o.Dir, "lock.holder"),
	}
	const step, tellAfter = 20 * time.Millisecond, time.Second
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	for waited := time.Duration(0); ; waited += step {
		ok, err := l.lock.TryLock()
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "cannot lock the data directory", "check its permissions, or choose another one with --data", err)
		}
		if ok {
			// Who holds the lock is a courtesy: without it waiting still works.
			_ = os.WriteFile(l.holder, fmt.Appendf(nil, "process %d", os.Getpid()), 0o600)
			return l, nil
		}
		if waited == tellAfter && o.Waiting != nil {
			o.Waiting(l.heldBy())
		}
		if waited >= o.Wait {
			return nil, fault.New(fault.Conflict,
				"the data directory is in use by "+l.heldBy(),
				"wait until it has finished, or raise store.wait in the configuration")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}

func (l *dirLock) heldBy() string {
	text, err := os.ReadFile(l.holder)
	if err != nil || len(text) == 0 {
		return "another process"
	}
	return strings.TrimSpace(string(text))
}

func (l *dirLock) release() error {
	if l.lock == nil {
		return nil // a database in memory locks nothing
	}
	err := os.Remove(l.holder)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.lock.Unlock())
}
