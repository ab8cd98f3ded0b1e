package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/notify"
)

// checkSetUp looks at the files, folders and secrets that the configuration names for
// `chartwatch serve`. What is not set up is left out.
func (a *app) checkSetUp(ctx context.Context, send bool) []check {
	var list []check
	messages := func() (check, bool) { return a.checkMessages(ctx, send) }
	for _, one := range []func() (check, bool){messages, a.checkMetrics, a.checkDrop, a.checkPaths} {
		if c, there := one(); there {
			list = append(list, c)
		}
	}
	return list
}

// failedCheck is a check that ended with an error. Its own hint is better than a
// general one.
func failedCheck(name string, err error, hint string) check {
	if h := fault.HintOf(err); h != "" {
		hint = h
	}
	return check{Name: name, Status: checkFailed, Detail: err.Error(), Hint: hint}
}

// checkMessages prepares mail and webhook as serve does, each for itself, so that both
// are told if both are broken. With send, a message is sent that says it is a trial.
func (a *app) checkMessages(ctx context.Context, send bool) (check, bool) {
	n := a.loaded.Config.Notify
	c := check{Name: "messages", Status: checkOK}
	var details, hints []string
	for _, part := range []config.Notify{{Link: n.Link, Mail: n.Mail}, {Link: n.Link, Webhook: n.Webhook}} {
		if part.Mail.Server == "" && part.Webhook.URL == "" {
			continue
		}
		name := "mail"
		if part.Webhook.URL != "" {
			name = "webhook"
		}
		if err := a.tryMessages(ctx, part, send); err != nil {
			failed := failedCheck("", err, "check notify."+name+" in the configuration")
			c.Status, details, hints = checkFailed, append(details, name+": "+strings.TrimPrefix(failed.Detail, name+": ")), append(hints, failed.Hint)
			continue
		}
		said := "its settings and secrets can be used; nothing was sent (see --send-test)"
		if send {
			said = "a test was sent; look whether it has arrived"
		}
		details = append(details, name+": "+said)
	}
	c.Detail, c.Hint = strings.Join(details, "\n"), strings.Join(slices.Compact(hints), "\n")
	return c, len(details) > 0
}

// tryMessages prepares the ways of sending that some settings are for, and sends a test.
func (a *app) tryMessages(ctx context.Context, n config.Notify, send bool) error {
	s := a.site()
	s.Loaded.Config.Notify = n
	channels, err := a.channels(s)
	if err != nil || !send {
		return err
	}
	names, err := notify.NewNames(s.Loaded.Config.Site, nil)
	if err != nil {
		return err
	}
	for _, c := range channels {
		if err := c.Send(ctx, notify.Message{Kind: notify.Test, Site: names.Site(), At: a.env.Clock()}); err != nil {
			return err
		}
	}
	return nil
}

// checkMetrics looks at the files of /metrics, which belongs to the program and not to
// one of several practices.
func (a *app) checkMetrics() (check, bool) {
	const name = "metrics"
	m := a.whole.Config.Metrics
	answered := m.Listen != "" && (m.TokenFile != "" || m.TLSCert != "")
	if answered && m.TokenFile != "" {
		if _, err := notify.ReadSecret(m.TokenFile); err != nil {
			return failedCheck(name, fmt.Errorf("metrics.token_file: %w", err), ""), true
		}
	}
	if answered && m.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(m.TLSCert, m.TLSKey); err != nil {
			return failedCheck(name, fmt.Errorf("the certificate for metrics cannot be used: %w", err), "check metrics.tls_cert and metrics.tls_key in the configuration"), true
		}
	}
	if m.TextFile != "" {
		dir := filepath.Dir(m.TextFile)
		if err := writable(dir); err != nil {
			return failedCheck(name, fmt.Errorf("metrics.textfile cannot be written: %w", err), "make the folder "+dir+", or name another one in metrics.textfile"), true
		}
	}
	return check{Name: name, Status: checkOK, Detail: "the files that they need can be used"}, answered || m.TextFile != ""
}

// checkDrop looks at the drop folder, which serve makes if it can.
func (a *app) checkDrop() (check, bool) {
	const name = "drop folder"
	dir := a.loaded.Config.Drop.Dir
	if dir == "" {
		return check{}, false
	}
	there := dir
	for {
		if _, err := os.Stat(there); err == nil || filepath.Dir(there) == there {
			break
		}
		there = filepath.Dir(there)
	}
	if info, err := os.Stat(there); err == nil && !info.IsDir() {
		return check{Name: name, Status: checkFailed, Detail: "there is a file and no folder at " + there, Hint: "name another folder in drop.dir, or move that file away"}, true
	}
	if err := writable(there); err != nil {
		return failedCheck(name, fmt.Errorf("nothing can be written into %s: %w", there, err),
			"check the path in drop.dir and the permissions of the folder; it must be the account of the service that may write there"), true
	}
	if there != dir {
		return check{Name: name, Status: checkOK, Detail: dir + " is made by the first `chartwatch serve`"}, true
	}
	return check{Name: name, Status: checkOK, Detail: dir}, true
}

// writable finds out by trying, because what permissions say is not all: a share or a
// disk can be read-only.
func writable(dir string) error {
	trial, err := os.MkdirTemp(dir, ".chartwatch-*")
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return failed.Err // the name of the trial says nothing
	}
	if err != nil {
		return err
	}
	return os.Remove(trial)
}

// checkPaths looks at the paths that are imported daily. It names what the configuration
// names, and no file in it.
func (a *app) checkPaths() (check, bool) {
	const name = "schedule.paths"
	var bad []string
	files, paths := 0, a.loaded.Config.Schedule.Paths
	for _, path := range paths {
		found, err := intake.Walk(path)
		if err != nil && !errors.Is(err, intake.ErrNoFiles) {
			bad = append(bad, path)
		}
		files += len(found)
	}
	if len(bad) > 0 {
		return check{
			Name: name, Status: checkFailed, Detail: "missing, or not readable as a whole: " + strings.Join(bad, ", "),
			Hint: "correct the path in the configuration, make the folder, or let the account of the service read it",
		}, true
	}
	return check{Name: name, Status: checkOK, Detail: fmt.Sprintf("%d files are there now", files)}, len(paths) > 0
}
