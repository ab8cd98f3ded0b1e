package service

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// saidLimit bounds what is passed on of a command's words.
const saidLimit = 600

// ctl runs systemctl. The error says what systemctl said.
func (s systemd) ctl(ctx context.Context, args ...string) error {
	_, err := s.ask(ctx, args...)
	return err
}

func (s systemd) ask(ctx context.Context, args ...string) ([]byte, error) {
	journal := "see journalctl -u " + s.unit()
	if s.o.UserService {
		args = slices.Insert(args, 0, "--user")
		journal = "see journalctl --user -u " + s.unit()
	}
	out, err := s.o.Run(ctx, "systemctl", args...)
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, fault.Wrap(fault.NotFound, "there is no systemctl", "see `chartwatch service files` for a computer without systemd", err)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	message := "systemctl " + strings.Join(args, " ") + " did not work"
	if said := oneLine(out); said != "" {
		message += "; it said: " + said
	}
	return nil, fault.Wrap(fault.Internal, message, journal, err)
}

// oneLine makes what a command said fit for a message.
func oneLine(out []byte) string {
	text := strings.Join(strings.FieldsFunc(string(bytes.ToValidUTF8(out, nil)), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(text) > saidLimit {
		text = strings.ToValidUTF8(text[:saidLimit], "") + " …"
	}
	return text
}

func query(ctx context.Context, o Options) (Status, error) {
	files, err := Files(Systemd, o)
	if err != nil {
		return Status{}, err
	}
	s := systemd{o: o}
	file, err := s.read()
	if err != nil {
		return Status{}, err
	}
	st := Status{
		Installed: file.exists && file.ours, Foreign: file.exists && !file.ours, Path: s.path(),
		Outdated: file.ours && !bytes.Equal(file.content, files[0].Content),
	}
	if err := s.ready(); err != nil && fault.KindOf(err) == fault.NotFound {
		st.State = "systemd does not run"
		return st, nil
	}
	err = s.fill(ctx, &st)
	return st, err
}

// fill adds what systemd says. A unit that does not exist is no error for it.
func (s systemd) fill(ctx context.Context, st *Status) error {
	out, err := s.ask(ctx, "show", "--property=UnitFileState,ActiveState,SubState,Result", s.unit())
	if err != nil {
		return err
	}
	p := properties(out)
	st.Enabled = p["UnitFileState"] == "enabled"
	st.Running = p["ActiveState"] == "active" || p["ActiveState"] == "reloading"
	st.State = p["ActiveState"]
	switch {
	case p["ActiveState"] == "failed":
		st.State += " (" + p["Result"] + ")"
	case p["SubState"] != "":
		st.State += " (" + p["SubState"] + ")"
	}
	if st.Running {
		st.Since = s.since(ctx)
	}
	return nil
}

// since asks for the start as seconds. systemd before version 247 cannot say it in
// a form that does not depend on zone and language: then it stays unknown.
func (s systemd) since(ctx context.Context) time.Time {
	out, err := s.ask(ctx, "show", "--timestamp=unix", "--property=ActiveEnterTimestamp", s.unit())
	if err != nil {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(strings.TrimPrefix(properties(out)["ActiveEnterTimestamp"], "@"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func properties(out []byte) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			m[k] = v
		}
	}
	return m
}
