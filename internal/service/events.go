package service

import (
	"bytes"
	"context"
	"log/slog"
	"sync"

	manager "github.com/kardianos/service"
)

// Events is the event log of Windows. What a service prints there goes nowhere.
type Events struct{ log manager.Logger }

// OpenEvents opens the event log under the name of the service, which Install has made
// known there.
func OpenEvents(name string) (Events, error) {
	s, err := manager.New(&program{}, &manager.Config{Name: name})
	if err != nil {
		return Events{}, err
	}
	l, err := s.SystemLogger(nil)
	return Events{l}, err
}

// Write makes one event of p, an error. What cannot be written is lost: there is no
// other place.
func (e Events) Write(p []byte) (int, error) { return len(p), e.log.Error(string(p)) }

// Handler makes one event of every record of a log from a level on.
func (e Events) Handler(from slog.Level) slog.Handler {
	line := &eventLine{to: e.log}
	return eventHandler{line, slog.NewTextHandler(&line.text, &slog.HandlerOptions{Level: from, ReplaceAttr: withoutTime})}
}

// withoutTime leaves out what every event has by itself.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

// eventLine is the record that is being written.
type eventLine struct {
	mu   sync.Mutex
	text bytes.Buffer
	to   manager.Logger
}

type eventHandler struct {
	line *eventLine
	slog.Handler
}

// Handle implements slog.Handler.
func (h eventHandler) Handle(ctx context.Context, r slog.Record) error {
	h.line.mu.Lock()
	defer h.line.mu.Unlock()
	h.line.text.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	text := h.line.text.String()
	switch {
	case r.Level >= slog.LevelError:
		return h.line.to.Error(text)
	case r.Level >= slog.LevelWarn:
		return h.line.to.Warning(text)
	default:
		return h.line.to.Info(text)
	}
}

// WithAttrs implements slog.Handler.
func (h eventHandler) WithAttrs(list []slog.Attr) slog.Handler {
	return eventHandler{h.line, h.Handler.WithAttrs(list)}
}

// WithGroup implements slog.Handler.
func (h eventHandler) WithGroup(name string) slog.Handler {
	return eventHandler{h.line, h.Handler.WithGroup(name)}
}
