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
	// Send delivers a message, or says in words without names why it could not.
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
type Outbox struct {
	path    string
	options OutboxOptions
	box     box
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
	Open       int       `json:"open"`
	Incomplete bool      `json:"incomplete"`
	Source     string    `json:"source"`
	Since      Date      `json:"since"`
	Count      int       `json:"count"`
	At         time.Time `json:"at"`
}

func store(m Message) stored {
	return stored{m.Kind, m.Site.name, m.Week, m.Levels, m.Open, m.Incomplete, m.Source.name, m.Since, m.Count, m.At}
}

func (s stored) message() Message {
	return Message{s.Kind, Site{s.Site}, s.Week, s.Levels, s.Open, s.Incomplete, Source{s.Source}, s.Since, s.Count, s.At}
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

// OpenOutbox reads the file. One that is damaged is set aside, and that is logged.
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
	b.box = read
	return nil
}

// save replaces the file.
func (b *Outbox) save() error {
	text, err := json.Marshal(b.box)
	if err != nil {
		return fmt.Errorf("writing down messages: %w", err)
	}
	if err := replace(b.path, text); err != nil {
		return fault.Wrap(fault.Internal, "the list of messages cannot be written", "check the free space and the permissions of the data directory", err)
	}
	return nil
}

func replace(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // a path of the data directory
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	return os.Rename(path+".new", path)
}

// Put keeps a message for every channel that was not told the same before. When it
// returns, the message is on the disk.
func (b *Outbox) Put(m Message) error {
	key, now, added := m.Key(), b.options.Clock(), false
	for _, c := range b.options.Channels {
		_, told := b.box.Delivered[c.Name()+" "+key]
		waits := slices.ContainsFunc(b.box.Pending, func(p pending) bool { return p.Channel == c.Name() && p.Key == key })
		if told || waits {
			continue
		}
		b.box.Pending = append(b.box.Pending, pending{Channel: c.Name(), Key: key, Message: store(m), Created: now})
		added = true
	}
	if !added {
		return nil
	}
	return b.save()
}

// Flush sends what is due. A message that cannot be delivered is no error: it is
// logged, and tried again later.
func (b *Outbox) Flush(ctx context.Context) error {
	var errs []error
	for _, c := range b.options.Channels {
		for i := 0; i < len(b.box.Pending) && ctx.Err() == nil; {
			p := &b.box.Pending[i]
			if p.Channel != c.Name() || !b.due(p) {
				i++
				continue
			}
			if b.deliver(ctx, c, p) {
				b.box.Pending = slices.Delete(b.box.Pending, i, i+1)
			} else {
				i++
			}
			errs = append(errs, b.save())
		}
	}
	return errors.Join(errs...)
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
	b.box.Delivered[key] = now
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
