package service

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	manager "github.com/kardianos/service"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// stopLimit is how long a service may take to come to an end once it is told to.
const stopLimit = 90 * time.Second

// UnderManager reports whether the service control manager of Windows started this
// process. On other systems a service is a process like any other, which is told
// to stop by a signal.
func UnderManager() bool { return runtime.GOOS == "windows" && !manager.Interactive() }

// Run calls serve and returns what it returns. Under the service control manager of
// Windows it answers the manager meanwhile: when the service is stopped, or the
// computer is shut down, the context of serve ends, and serve has some time to
// return. If serve returns without having been told to, Run returns at once, and the
// process must end: the manager takes that for a failure and starts it again.
func Run(ctx context.Context, name string, serve func(context.Context) error) error {
	if !UnderManager() {
		return serve(ctx)
	}
	return underManager(ctx, &manager.Config{Name: name}, serve, stopLimit)
}

func underManager(ctx context.Context, c *manager.Config, serve func(context.Context) error, limit time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &program{cancel: cancel, serve: func() error { return serve(ctx) }, limit: limit, done: make(chan struct{})}
	s, err := manager.New(p, c)
	if err != nil {
		return fmt.Errorf("talking to the service manager: %w", err)
	}
	managed := make(chan error, 1)
	go func() { managed <- s.Run() }()
	select {
	case err := <-managed:
		return errors.Join(p.result(), err)
	case <-p.done:
	}
	if p.stopping.Load() {
		err = <-managed
	}
	return errors.Join(p.err, err)
}

// program is what the service manager starts and stops.
type program struct {
	cancel   context.CancelFunc
	serve    func() error
	limit    time.Duration
	stopping atomic.Bool   // the manager said so
	done     chan struct{} // closed when serve has returned
	err      error         // what serve returned; to be read after done
}

// Start is called by the manager and returns at once.
func (p *program) Start(manager.Service) error {
	go func() {
		p.err = p.serve()
		close(p.done)
	}()
	return nil
}

// Stop is called by the manager, also when the computer is shut down.
func (p *program) Stop(manager.Service) error {
	p.stopping.Store(true)
	p.cancel()
	t := time.NewTimer(p.limit)
	defer t.Stop()
	select {
	case <-p.done:
		return nil
	case <-t.C:
		return fault.New(fault.Internal, fmt.Sprintf("the service did not stop within %s", p.limit), "what it was doing is done again after the next start")
	}
}

// result is what serve returned, if it has.
func (p *program) result() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}
