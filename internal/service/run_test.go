package service_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/service"
)

var errBroken = errors.New("the database is broken")

func TestRunWithoutManager(t *testing.T) {
	if service.UnderManager() {
		t.Fatal("UnderManager() = true in a test")
	}
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "same")
	err := service.Run(ctx, "chartwatch", func(ctx context.Context) error {
		if diff := cmp.Diff("same", ctx.Value(key{})); diff != "" {
			t.Errorf("context of serve (-want +got):\n%s", diff)
		}
		return errBroken
	})
	if err != errBroken { //nolint:errorlint // it has to be passed on as it is
		t.Errorf("Run() = %v, want %v", err, errBroken)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
