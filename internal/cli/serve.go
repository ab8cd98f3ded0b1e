package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/notify"
	"github.com/chartwatch/chartwatch/internal/serve"
	"github.com/chartwatch/chartwatch/internal/service"
	"github.com/chartwatch/chartwatch/internal/site"
)

func (a *app) serveCommand() *cobra.Command {
	var once, create bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Work by itself: import what arrives, review every week, tell people, show its health",
		Long: `Import what is put into the drop folder and what lies in the configured paths,
review every week once it is due, send messages, and answer /metrics.

What is to be done follows from the journal, not from a timer: a review that was
missed because the computer was off is caught up once, and none is made twice. The
command line can be used beside it.

It does not make a data directory by itself: one that is missing may lie on a disk that
is not there yet, and a second one would keep apart what belongs together. The first
` + "`chartwatch ingest`" + ` makes it, or ` + "`chartwatch serve --create`" + ` for every practice that has none.

With --once everything that is due is done, and the command ends. That is for those
who start it with a timer of the system (see ` + "`chartwatch service files`" + `).`,
		Example: `  chartwatch serve
  chartwatch serve --once`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if once {
				return a.serveOnce(c.Context(), create)
			}
			return service.Run(c.Context(), serviceName, func(ctx context.Context) error { return a.serve(ctx, create) })
		},
	}
	c.Flags().BoolVar(&once, "once", false, "do what is due, and end")
	c.Flags().BoolVar(&create, "create", false, "make the data directory of a practice that has none")
	return c
}

// parallel is how many practices are worked on at a time.
func parallel() int { return min(max(1, runtime.NumCPU()/2), 4) }

// sites are the configured practices, one or many. All of them must be usable.
func (a *app) sites() ([]*site.Site, error) {
	list, unusable, err := a.usableSites()
	if err == nil && len(unusable) > 0 {
		err = unusable[0]
	}
	return list, err
}

// usableSites are the configured practices without those whose configuration cannot be
// used.
func (a *app) usableSites() ([]*site.Site, []*config.UnusableError, error) {
	if len(a.loaded.Config.Sites) == 0 {
		return []*site.Site{a.quietSite(a.loaded)}, nil, nil
	}
	all, unusable, err := config.LoadSites(a.loaded, config.Options{Environ: a.env.Environ, WorkDir: a.env.WorkDir})
	if err != nil {
		return nil, nil, err
	}
	list := make([]*site.Site, 0, len(all))
	for _, l := range all {
		list = append(list, a.quietSite(l))
	}
	return list, unusable, nil
}

// quietSite is a practice that nobody sits in front of.
func (a *app) quietSite(l config.Loaded) *site.Site {
	s := a.site()
	s.Loaded, s.Waiting = l, nil
	return s
}

// server makes the daemon; without metrics of its own, those are new ones.
func (a *app) server(ctx context.Context, create bool) (*serve.Server, *metrics.Metrics, error) {
	sites, unusable, err := a.usableSites()
	if err != nil {
		return nil, nil, err
	}
	if len(sites) == 0 {
		return nil, nil, unusable[0]
	}
	var names []string
	for _, u := range unusable {
		a.log.ErrorContext(ctx, "the configuration of a practice cannot be used; the others are served without it", slog.String("error", u.Error()), slog.String("hint", "mend it and start again"))
		names = append(names, strings.TrimSuffix(filepath.Base(u.File), filepath.Ext(u.File)))
	}
	reg, err := parsers()
	if err != nil {
		return nil, nil, err
	}
	info := buildInfo()
	m := metrics.New(metrics.Build{Version: info.Version, Revision: info.Revision, GoVersion: info.Go}, metrics.Options{MinCount: a.loaded.Config.Metrics.MinCount, Process: true})
	s, err := serve.New(ctx, serve.Options{
		Sites: sites, Unusable: names, Create: create, Registry: reg, Metrics: m, TextFile: a.loaded.Config.Metrics.TextFile, Channels: a.channels,
		Parallel: parallel(), Clock: a.env.Clock, Log: a.log,
	})
	if err == nil && len(unusable) == 0 {
		a.noteSites(sites)
	}
	return s, m, err
}

func (a *app) serve(ctx context.Context, create bool) (err error) {
	s, m, err := a.server(ctx, create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answered := make(chan error, 1)
	if a.loaded.Config.Metrics.Listen == "" {
		answered <- nil
	} else {
		l, err := a.listen(ctx, m)
		if err != nil {
			return err
		}
		a.log.InfoContext(ctx, "metrics are answered", slog.String("address", l.Addr()))
		go func() {
			defer stop()
			answered <- l.Serve(ctx)
		}()
	}
	a.log.InfoContext(ctx, "chartwatch is at work", slog.String("configuration", a.loaded.File))
	err = s.Run(ctx)
	stop()
	a.log.InfoContext(ctx, "chartwatch has stopped")
	return errors.Join(err, <-answered)
}

func (a *app) listen(ctx context.Context, m *metrics.Metrics) (*serve.Listener, error) {
	c := a.loaded.Config.Metrics
	o := serve.ListenOptions{Address: c.Listen, TLSCert: c.TLSCert, TLSKey: c.TLSKey, Log: a.log}
	if c.TokenFile != "" {
		var err error
		if o.Token, err = notify.ReadSecret(c.TokenFile); err != nil {
			return nil, err
		}
	}
	return serve.Listen(ctx, m, o)
}

func (a *app) serveOnce(ctx context.Context, create bool) (err error) {
	s, _, err := a.server(ctx, create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	sum, err := s.Once(ctx)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d files imported, %d failed; %d weeks reviewed, %d of them incomplete", sum.Imported, sum.Failed, sum.Reviewed, sum.Incomplete)
	if sum.Unfinished > 0 {
		text += fmt.Sprintf("; for %d of %d practices not everything could be done", sum.Unfinished, sum.Practices)
	}
	if _, err := fmt.Fprintln(a.env.Stdout, text); err != nil {
		return err
	}
	if sum.Failed+sum.Incomplete+sum.Unfinished > 0 {
		return incomplete()
	}
	return nil
}

// channels are the ways to tell the people of a practice.
func (a *app) channels(s *site.Site) ([]notify.Channel, error) {
	n := s.Loaded.Config.Notify
	var list []notify.Channel
	if n.Mail.Server != "" {
		c, err := a.mail(n)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	if n.Webhook.URL != "" {
		secret, err := notify.ReadSecret(n.Webhook.SecretFile)
		if err != nil {
			return nil, err
		}
		ca, err := readCA(n.Webhook.CAFile)
		if err != nil {
			return nil, err
		}
		c, err := notify.NewWebhook(notify.WebhookOptions{URL: n.Webhook.URL, Secret: secret, CAPEM: ca, Link: n.Link, Clock: a.env.Clock, Proxy: a.env.Proxy})
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (a *app) mail(n config.Notify) (notify.Channel, error) {
	o := notify.MailOptions{
		Server: n.Mail.Server, Port: n.Mail.Port, TLS: n.Mail.TLS, User: n.Mail.User, From: n.Mail.From, To: n.Mail.To, Link: n.Link, Clock: a.env.Clock,
	}
	var err error
	if n.Mail.PasswordFile != "" {
		if o.Password, err = notify.ReadSecret(n.Mail.PasswordFile); err != nil {
			return nil, err
		}
	}
	if o.CAPEM, err = readCA(n.Mail.CAFile); err != nil {
		return nil, err
	}
	return notify.NewMail(o)
}

func readCA(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the certificate authority cannot be read", "check ca_file in the configuration", err)
	}
	return text, nil
}

// noteSites remembers which practices there are and tells of those that are no
// longer in the configuration: their data stays, and nobody looks after it.
func (a *app) noteSites(sites []*site.Site) {
	if len(a.loaded.Config.Sites) == 0 {
		return
	}
	now := map[string]serve.Known{}
	for _, s := range sites {
		c := s.Loaded.Config
		now[c.Site] = serve.Known{DataDir: c.DataDir, Drop: c.Drop.Dir}
	}
	gone, err := serve.NoteSites(a.loaded.Config.DataDir, now)
	if err != nil {
		a.log.Warn("the list of practices could not be kept", slog.String("hint", "check the data directory of the configuration"))
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		k := gone[name]
		a.log.Warn("a practice is no longer in the configuration; its data stays where it is, and nothing arrives or is reviewed any more",
			slog.String("site", name), slog.String("data_dir", k.DataDir), slog.Int("waiting_files", k.Waiting),
			slog.String("hint", "add its configuration again, or move its data directory away"))
	}
}

// chooseSite takes one practice of a configuration of several.
func (a *app) chooseSite(c *cobra.Command) error {
	name := a.flags.site
	if len(a.loaded.Config.Sites) == 0 {
		if name != "" && name != a.loaded.Config.Site {
			return fault.New(fault.Usage, "the configuration has no practice "+name, "--site is for a configuration of several practices")
		}
		return nil
	}
	if name == "" {
		if worksOnAll(c) {
			return nil
		}
		return fault.New(fault.Usage, "the configuration is of several practices", "add --site NAME, the name of one of them")
	}
	all, unusable, err := config.LoadSites(a.loaded, config.Options{Environ: a.env.Environ, WorkDir: a.env.WorkDir})
	if err != nil {
		return err
	}
	names := make([]string, 0, len(all))
	for _, l := range all {
		if l.Config.Site == name {
			a.loaded = l
			return nil
		}
		names = append(names, l.Config.Site)
	}
	if len(unusable) > 0 {
		return unusable[0] // it may be the one
	}
	return fault.New(fault.Usage, "the configuration has no practice "+name, "there are: "+strings.Join(names, ", "))
}

// worksOnAll reports whether a command needs no single practice.
func worksOnAll(c *cobra.Command) bool {
	for c.Parent() != nil && c.Parent().HasParent() {
		c = c.Parent()
	}
	return slices.Contains([]string{"serve", "service", "mixin", "config", "version", "completion", "inspect", "scrub", "help", "chartwatch"}, c.Name())
}
