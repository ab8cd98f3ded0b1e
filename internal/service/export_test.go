package service

import (
	"context"
	"time"

	manager "github.com/kardianos/service"
)

// RunUnderManager runs serve the way the service control manager of Windows has it
// run. The manager is the one of this computer; it sees to the end when wait returns.
func RunUnderManager(ctx context.Context, wait func(), serve func(context.Context) error, limit time.Duration) error {
	return underManager(ctx, &manager.Config{Name: "chartwatch", Option: manager.KeyValue{"RunWait": wait}}, serve, limit)
}

// EventsOn is an event log that is a test's own.
func EventsOn(l manager.Logger) Events { return Events{l} }
