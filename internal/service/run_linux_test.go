package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

// On Linux the library ends a service when it is told to, and not only at a signal:
// that stands in for the service control manager of Windows.
func TestRunUnderManager(t *testing.T) {
	const long = time.Hour
	t.Run("stopped", func(t *testing.T) {
		started, saved := make(chan struct{}), false
		err := service.RunUnderManager(t.Context(), func() { <-started }, func(ctx context.Context) error {
			close(started)
			<-ctx.Done()
			saved = true // the manager waits for this
			return nil
		}, long)
		if err != nil || !saved {
			t.Errorf("error %v, serve came to its end: %t; want none, and true", err, saved)
		}
	})
	t.Run("stopped-with-error", func(t *testing.T) {
		err := service.RunUnderManager(t.Context(), func() {}, func(ctx context.Context) error {
			<-ctx.Done()
			return errBroken
		}, long)
		if !errors.Is(err, errBroken) {
			t.Errorf("error %v, want %v", err, errBroken)
		}
	})
	t.Run("ends-by-itself", func(t *testing.T) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		err := service.RunUnderManager(t.Context(), func() { <-never }, func(context.Context) error { return errBroken }, long)
		if !errors.Is(err, errBroken) {
			t.Errorf("error %v, want %v: the manager must see the process end", err, errBroken)
		}
	})
	t.Run("told-from-above", func(t *testing.T) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		ctx, cancel := context.WithCancel(t.Context())
		err := service.RunUnderManager(ctx, func() { <-never }, func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			return nil
		}, long)
		if err != nil {
			t.Errorf("error %v, want none", err)
		}
	})
	t.Run("does-not-stop", func(t *testing.T) {
		never := make(chan struct{})
		t.Cleanup(func() { close(never) })
		err := service.RunUnderManager(t.Context(), func() {}, func(context.Context) error {
			<-never
			return nil
		}, time.Nanosecond)
		if diff := cmp.Diff("the service did not stop within 1ns", text(err)); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
		if fault.HintOf(err) == "" {
			t.Error("no hint")
		}
	})
}
