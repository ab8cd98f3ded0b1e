// Package serve is chartwatch at work by itself: it imports what arrives, reviews
// every week once it is due, tells people what happened and shows its health, for
// one practice or for many.
//
// It keeps no data of its own that matters: what is to be done follows from the
// journal of each practice, so that a run that was missed, killed or triggered
// twice changes nothing. It refuses to count ticks: the wall clock is compared
// with the journal each time. It holds a database only while it works in it, so
// that people can use the command line beside it.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/notify"
	"github.com/chartwatch/chartwatch/internal/site"
)

// Options say what to serve.
type Options struct {
	// Sites are the practices. Each has a data directory of its own.
	Sites []*site.Site
	// Unusable are the names of practices that cannot be served because of their
	// configuration. They are shown as not up.
	Unusable []string
	// Create makes the data directories of practices that have none when the server
	// is made, and never later.
	Create bool
	// Registry are the parsers.
	Registry *ingest.Registry
	// Metrics receives the state of every practice.
	Metrics *metrics.Metrics
	// TextFile is where the metrics are written for an exporter, or empty.
	TextFile string
	// Channels returns the ways to tell people of a practice; it may return none.
	Channels func(*site.Site) ([]notify.Channel, error)
	// Parallel is how many practices are worked on at a time; 0 means 1. It bounds
	// the memory.
	Parallel int
	Clock    func() time.Time
	Log      *slog.Logger
}

// Server works for its practices. Run and Round are not for concurrent use.
type Server struct {
	options Options
	keepers []*keeper
	working chan struct{} // as many places as practices may be worked on at a time
}

// New takes the practices' locks and opens their drop folders. A practice for which that
// does not succeed is tried again later, so that it does not keep the others waiting. It
// is an error if that is so for all of them, or if another server looks after one.
// Whoever calls it calls Close, also after an error of Run.
func New(ctx context.Context, o Options) (*Server, error) {
	s := &Server{options: o, working: make(chan struct{}, max(1, o.Parallel))}
	for _, name := range o.Unusable {
		o.Metrics.Set(name, metrics.Site{IntegrityOK: true})
	}
	var failed []func()
	for _, one := range o.Sites {
		k, err := s.keeper(one)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.keepers = append(s.keepers, k)
		err = k.begin(ctx, o.Create)
		if err == nil {
			continue
		}
		failed = append(failed, func() { k.notBegun(ctx, err) })
		if len(failed) == len(o.Sites) || fault.KindOf(err) == fault.Conflict {
			return nil, errors.Join(err, s.Close())
		}
	}
	for _, say := range failed {
		say()
	}
	return s, nil
}

// Close gives the locks free.
func (s *Server) Close() error {
	var errs []error
	for _, k := range s.keepers {
		errs = append(errs, k.close())
	}
	s.keepers = nil
	return errors.Join(errs...)
}

// Run works until the context ends, which is no error. What was not finished then
// is undone and done again next time.
func (s *Server) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for _, k := range s.keepers {
		group.Go(func() { k.run(ctx) })
	}
	err := s.publish(ctx)
	group.Wait()
	return errors.Join(err, s.writeTextFile())
}

// publishEvery is how often the text file of metrics is written.
const publishEvery = time.Minute

// publish writes the text file of metrics now and then, and sees whether all practices
// are still worked for, until the context ends.
func (s *Server) publish(ctx context.Context) error {
	ticker := time.NewTicker(publishEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			s.noticeStuck(ctx)
			if err := s.writeTextFile(); err != nil {
				s.options.Log.ErrorContext(ctx, "the metrics file cannot be written", slog.String("hint", fault.HintOf(err)))
			}
		}
	}
}

func (s *Server) writeTextFile() error {
	if s.options.TextFile == "" {
		return nil
	}
	return s.options.Metrics.WriteTextFile(s.options.TextFile)
}

// Summary is what a round came to.
type Summary struct {
	// Imported and Failed are files; Reviewed are weeks.
	Imported, Failed, Reviewed int
	// Incomplete are reviews that miss something.
	Incomplete int
	// Practices are all that are configured, Unfinished those for which not everything
	// could be done.
	Practices, Unfinished int
}

// Round does everything that is due now, once. Its error is that of the context.
func (s *Server) Round(ctx context.Context) (Summary, error) {
	var sum Summary
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, k := range s.keepers {
		group.Go(func() {
			one := k.round(ctx)
			mu.Lock()
			defer mu.Unlock()
			sum.add(one)
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return sum, err
	}
	sum.Practices, sum.Unfinished = len(s.keepers)+len(s.options.Unusable), sum.Unfinished+len(s.options.Unusable)
	return sum, s.writeTextFile()
}

func (s *Summary) add(o Summary) {
	s.Imported += o.Imported
	s.Failed += o.Failed
	s.Reviewed += o.Reviewed
	s.Incomplete += o.Incomplete
	s.Unfinished += o.Unfinished
}

// Once does everything that is due now, for those who run it by a timer. A file that
// has just arrived in a drop folder is looked at twice.
func (s *Server) Once(ctx context.Context) (Summary, error) {
	wait := time.Duration(0)
	for _, k := range s.keepers {
		if k.drop == nil {
			continue
		}
		if scan, err := k.drop.Scan(ctx); err == nil && scan.Waiting > 0 {
			wait = max(wait, k.config.Drop.Every)
		}
	}
	select {
	case <-ctx.Done():
		return Summary{}, ctx.Err()
	case <-time.After(wait):
	}
	return s.Round(ctx)
}
