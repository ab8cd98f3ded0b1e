package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Channel is a way to tell people.
type Channel interface {
	// Name is mail or webhook.
	Name() string
	// Send delivers a message, or says in words without names why it could not. An error
	// of the kind [fault.Incomplete] says that not all recipients were reached, and that it
	// is of no use to try again.
	Send(ctx context.Context, m Message) error
}

// OutboxOptions say how messages are delivered.
type OutboxOptions struct {
	Channels []Channel
	Clock    func() time.Time
	Log      *slog.Logger
}

// Outbox keeps what must be told until it is. It is one file beside the data, replaced
// as a whole, so that neither a crash nor a server that is away loses a message. A
// crash between sending and remembering sends twice, with the same id. It is for use
// by one goroutine at a time.
//
// A file that is damaged is set aside, and a new one begins: what waited in it is not
// sent, and what was told before may be told again.
type Outbox struct {
	path    string
	options OutboxOptions
	box     box
	unsaved bool // the file is behind the box
}

// box is the file.
type box struct {
	Pending   []pending            `json:"pending"`
	Delivered map[string]time.Time `json:"delivered"` // by channel and key
	Counts    map[string]int64     `json:"counts"`    // by channel and outcome
}

// pending is a message that one channel has not delivered.
type pending struct {
	Channel  string    `json:"channel"`
	Key      string    `json:"key"`
	Message  stored    `json:"message"`
	Created  time.Time `json:"created"`
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next"`
}

// stored is the form of a message in the file.
type stored struct {
	Kind       Kind      `json:"kind"`
	Site       string    `json:"site"`
	Week       Week      `json:"week"`
	Levels     Levels    `json:"levels"`
	Review     int       `json:"review"`
	Open       int       `json:"open"`
	Incomplete bool      `json:"incomplete"`
	Source     string    `json:"source"`
	Since      Date      `json:"since"`
	Count      int       `json:"count"`
	At         time.Time `json:"at"`
}

func store(m Message) stored {
	return stored{m.Kind, m.Site.name, m.Week, m.Levels, m.Review, m.Open, m.Incomplete, m.Source.name, m.Since, m.Count, m.At.UTC()}
}

// check keeps what somebody wrote into the file by hand out of messages.
func (s stored) check() error {
	if _, err := s.Kind.MarshalText(); err != nil {
		return err
	}
	if !isSlug(s.Site) || (s.Source != "" && !isSlug(s.Source)) {
		return errors.New("a message holds a name that no configuration can have")
	}
	return nil
}

func (s stored) message() Message {
	return Message{s.Kind, Site{s.Site}, s.Week, s.Levels, s.Review, s.Open, s.Incomplete, Source{s.Source}, s.Since, s.Count, s.At}
}

// How long messages are kept and when they are tried again.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
	expires    = 14 * 24 * time.Hour
	remembered = 400 * 24 * time.Hour
)

// The outcomes of a message.
const (
	delivered = "delivered"
	failed    = "failed" // an attempt; it is tried again
	expired   = "expired"
)

// OpenOutbox reads the file, or begins one if there is none. One that is damaged is set
// aside beside it, with .damaged- and the time in its name, and an error is logged.
func OpenOutbox(path string, o OutboxOptions) (*Outbox, error) {
	b := &Outbox{path: path, options: o, box: box{Delivered: map[string]time.Time{}, Counts: map[string]int64{}}}
	text, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, os.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the list of messages cannot be read", "check the permissions of the data directory", err)
	}
	if err := b.read(text); err == nil {
		return b, nil
	}
	aside := fmt.Sprintf("%s.damaged-%d", path, o.Clock().Unix())
	if err := os.Rename(path, aside); err != nil {
		return nil, fault.Wrap(fault.Internal, "the list of messages is damaged and cannot be set aside", "check the permissions of the data directory", err)
	}
	o.Log.Error("the list of messages was damaged; it was set aside, and a new one begins", slog.String("file", filepath.Base(aside)))
	return b, nil
}

func (b *Outbox) read(text []byte) error {
	var read box
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if read.Delivered == nil || read.Counts == nil {
		return errors.New("it is not whole")
	}
	for _, p := range read.Pending {
		if err := p.Message.check(); err != nil {
			return err
		}
	}
	b.box = read
	return nil
}

// save replaces the file. If it cannot, the next [Outbox.Put] or [Outbox.Flush] tries
// again.
func (b *Outbox) save() error {
	b.unsaved = true
	text, err := json.Marshal(b.box)
	if err != nil {
		return fmt.Errorf("writing down messages: %w", err)
	}
	if err := replace(b.path, append(text, '\n')); err != nil {
		return fault.Wrap(fault.Internal, "the list of messages cannot be written", "check the free space and the permissions of the data directory", err)
	}
	b.unsaved = false
	return nil
}

// Put keeps a message for every channel that was not told the same before. When it
// returns nil, the message is on the disk.
func (b *Outbox) Put(m Message) error {
	if err := store(m).check(); err != nil {
		return fmt.Errorf("keeping a message: %w", err)
	}
	key, now := m.Key(), b.options.Clock()
	for _, c := range b.options.Channels {
		_, told := b.box.Delivered[c.Name()+" "+key]
		waits := slices.ContainsFunc(b.box.Pending, func(p pending) bool { return p.Channel == c.Name() && p.Key == key })
		if told || waits {
			continue
		}
		b.box.Pending = append(b.box.Pending, pending{Channel: c.Name(), Key: key, Message: store(m), Created: now})
		b.unsaved = true
	}
	if !b.unsaved {
		return nil
	}
	return b.save()
}

// Flush sends what is due, by each way until an attempt fails. A message that cannot be delivered is no error: it is
// logged, and tried again later.
func (b *Outbox) Flush(ctx context.Context) error {
	b.dropOrphans()
	var errs []error
	if b.unsaved {
		errs = append(errs, b.save())
	}
	for _, c := range b.options.Channels {
		for i := 0; i < len(b.box.Pending) && ctx.Err() == nil; {
			p := &b.box.Pending[i]
			if p.Channel != c.Name() || !b.due(p) {
				i++
				continue
			}
			done := b.deliver(ctx, c, p)
			if done {
				b.box.Pending = slices.Delete(b.box.Pending, i, i+1)
			}
			errs = append(errs, b.save())
			if !done {
				break // a server that is away is not waited for once a message
			}
		}
	}
	return errors.Join(errs...)
}

// dropOrphans gives up what has waited too long for a channel that is no longer in the
// configuration.
func (b *Outbox) dropOrphans() {
	now := b.options.Clock()
	b.box.Pending = slices.DeleteFunc(b.box.Pending, func(p pending) bool {
		known := slices.ContainsFunc(b.options.Channels, func(c Channel) bool { return c.Name() == p.Channel })
		if known || now.Sub(p.Created) < expires {
			return false
		}
		b.count(p.Channel, expired)
		b.unsaved = true
		b.options.Log.Error("a message is given up, because its way of sending is no longer in the configuration", slog.String("kind", p.Message.Kind.String()))
		return true
	})
}

// due reports whether it is time for an attempt. After the clock was set back, it is.
func (b *Outbox) due(p *pending) bool {
	now := b.options.Clock()
	return !p.Next.After(now) || p.Next.After(now.Add(lastRetry))
}

// deliver tries to send a message and reports whether it is done with.
func (b *Outbox) deliver(ctx context.Context, c Channel, p *pending) bool {
	err := c.Send(ctx, p.Message.message())
	now := b.options.Clock()
	key := p.Channel + " " + p.Key
	if fault.KindOf(err) == fault.Incomplete {
		b.count(p.Channel, failed)
		b.options.Log.WarnContext(ctx, "a message did not reach everybody", slog.String("channel", p.Channel), slog.String("kind", p.Message.Kind.String()),
			slog.String("error", err.Error()), slog.String("hint", fault.HintOf(err)))
		err = nil
	}
	switch {
	case err == nil:
		b.count(p.Channel, delivered)
		b.box.Delivered[key] = now
		b.forget(now)
		return true
	case ctx.Err() != nil:
		return false // the program ends; that says nothing about the server
	}
	p.Attempts++
	p.Next = now.Add(min(firstRetry<<min(p.Attempts-1, 10), lastRetry))
	b.count(p.Channel, failed)
	log := b.options.Log.With(slog.String("channel", p.Channel), slog.String("kind", p.Message.Kind.String()), slog.String("error", err.Error()), slog.String("hint", fault.HintOf(err)))
	if now.Sub(p.Created) < expires {
		log.WarnContext(ctx, "a message could not be sent; it is kept and tried again", slog.Time("at", p.Next))
		return false
	}
	log.ErrorContext(ctx, "a message could not be sent for two weeks and is given up")
	b.count(p.Channel, expired)
	// What lasts is put down again and told when the way is free. A review is past.
	if p.Message.Kind == ReviewDone || p.Message.Kind == ReviewUpdated {
		b.box.Delivered[key] = now
	}
	return true
}

func (b *Outbox) count(channel, outcome string) { b.box.Counts[channel+" "+outcome]++ }

// forget drops the memory of what was told long ago.
func (b *Outbox) forget(now time.Time) {
	for key, at := range b.box.Delivered {
		if now.Sub(at) > remembered {
			delete(b.box.Delivered, key)
		}
	}
}

// Stat is a number of messages of one channel with one outcome.
type Stat struct {
	Channel, Outcome string
	Count            int64
}

// Stats counts messages since the beginning, for every channel and outcome.
func (b *Outbox) Stats() []Stat {
	var list []Stat
	for _, c := range b.options.Channels {
		for _, outcome := range []string{delivered, failed, expired} {
			list = append(list, Stat{c.Name(), outcome, b.box.Counts[c.Name()+" "+outcome]})
		}
	}
	return list
}

// Pending returns how many messages wait, and since when the oldest does.
func (b *Outbox) Pending() (n int, oldest time.Time) {
	for _, p := range b.box.Pending {
		if oldest.IsZero() || p.Created.Before(oldest) {
			oldest = p.Created
		}
	}
	return len(b.box.Pending), oldest
}
