package practice

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
)

// Recorded is an entry that a person made by command.
type Recorded struct {
	ID      string            `json:"id"`
	Kind    string            `json:"kind"`
	Fields  map[string]string `json:"fields"`
	Reason  string            `json:"reason"`
	Expires coverage.Day      `json:"expires,omitempty"`
	By      string            `json:"by"`
	At      time.Time         `json:"at"`
}

// recordedContent is what of an entry the journal keeps.
type recordedContent struct {
	Kind    string            `json:"kind"`
	Fields  map[string]string `json:"fields"`
	Reason  string            `json:"reason"`
	Expires coverage.Day      `json:"expires,omitempty"`
}

// Record checks an entry and writes it into the journal.
func Record(ctx context.Context, j *evidence.Journal, zone *time.Location, r Recorded) (Recorded, error) {
	hint := "`chartwatch context kinds` shows what can be entered"
	k, ok := KindByName(r.Kind)
	if !ok {
		return r, fault.New(fault.Usage, fmt.Sprintf("there is no kind of entry %q", r.Kind), hint)
	}
	if k.NeedsExpiry && r.Expires == 0 {
		return r, fault.New(fault.Usage, "an entry of a list must have a last day", "add --expires DATE, at most a year from now")
	}
	if strings.TrimSpace(r.Reason) == "" {
		return r, fault.New(fault.Usage, "the reason is missing", "add --reason TEXT: somebody will want to know")
	}
	if err := (&Practice{Zone: zone}).Add(r.Kind, Entry{}, r.Fields); err != nil {
		return r, fault.Wrap(fault.Usage, "the entry cannot be used", hint, err)
	}
	r.ID = strings.ToLower(rand.Text()[:8])
	content := recordedContent{Kind: r.Kind, Fields: r.Fields, Reason: r.Reason, Expires: r.Expires}
	e, err := j.Append(ctx, evidence.KindContext, r.ID, r.By, content)
	r.At = e.At
	return r, err
}

// Remove takes an entry away; the journal keeps both.
func Remove(ctx context.Context, j *evidence.Journal, id, by, reason string) error {
	all, err := List(ctx, j)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(r Recorded) bool { return r.ID == id }) {
		return fault.New(fault.NotFound, "there is no entry "+id, "`chartwatch context list` shows the entries; what the configuration says is changed there")
	}
	_, err = j.Append(ctx, evidence.KindRemoval, id, by, map[string]string{"reason": reason})
	return err
}

// List returns the entries that have been made and not taken away, in their order.
func List(ctx context.Context, j *evidence.Journal) ([]Recorded, error) {
	entries, err := j.Entries(ctx, evidence.KindContext, evidence.KindRemoval)
	if err != nil {
		return nil, err
	}
	var list []Recorded
	for _, e := range entries {
		if e.Kind == evidence.KindRemoval {
			list = slices.DeleteFunc(list, func(r Recorded) bool { return r.ID == e.Object })
			continue
		}
		var c recordedContent
		if err := json.Unmarshal(e.Content, &c); err != nil {
			return nil, fmt.Errorf("reading an entry of the journal: %w", err)
		}
		list = append(list, Recorded{ID: e.Object, Kind: c.Kind, Fields: c.Fields, Reason: c.Reason, Expires: c.Expires, By: e.By, At: e.At})
	}
	return list, nil
}

// AddRecorded takes in the entries of the journal.
func (p *Practice) AddRecorded(list []Recorded) error {
	for _, r := range list {
		e := Entry{ID: r.ID, By: r.By, At: r.At, Reason: r.Reason, Expires: r.Expires}
		if err := p.Add(r.Kind, e, r.Fields); err != nil {
			return fault.Wrap(fault.Invalid, "the entry "+r.ID+" cannot be used any more", "take it away with `chartwatch context remove "+r.ID+"` and enter it again", err)
		}
	}
	return nil
}
