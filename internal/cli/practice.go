package cli

import (
	"context"

	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/site"
)

// site is the configured practice.
func (a *app) site() *site.Site {
	return &site.Site{
		Loaded: a.loaded, Computer: a.env.Zone, CredentialsDir: a.env.Getenv("CREDENTIALS_DIRECTORY"), Version: buildInfo().Version,
		Clock: a.env.Clock, Log: a.log,
		Waiting: func(holder string) { a.say("waiting for %s, which is using the data directory", holder) },
	}
}

// withOffice opens the configured data directory for the work of review.
func (a *app) withOffice(ctx context.Context, do func(*site.Office) error) error {
	return a.withWorkspace(ctx, false, func(w *intake.Workspace) error {
		o, err := a.site().Office(ctx, w)
		if err != nil {
			return err
		}
		return do(o)
	})
}
