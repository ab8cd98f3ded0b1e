package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	manager "github.com/kardianos/service"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// launchd is a job of this computer, or of one person.
type launchd struct {
	o    Options
	job  manager.Service
	path string
	text []byte
}

func install(_ context.Context, o Options) error {
	l, err := newLaunchd(o)
	if err != nil {
		return err
	}
	if err := l.allowed(); err != nil {
		return err
	}
	if err := o.checkPresent(); err != nil {
		return err
	}
	old, err := l.read()
	if err != nil {
		return err
	}
	if old != nil {
		if !ours(old) {
			return l.foreign()
		}
		if err := l.job.Uninstall(); err != nil {
			return l.refused("the old job cannot be removed", err)
		}
	}
	err = l.job.Install()
	if err == nil {
		err = l.job.Start()
	}
	if err != nil {
		return errors.Join(l.refused("the job cannot be started", err), l.restore(old))
	}
	return nil
}

// restore puts back what was there before an installation that failed.
func (l launchd) restore(old []byte) error {
	if err := os.Remove(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the job again: %w", err)
	}
	if old == nil {
		return nil
	}
	if err := os.WriteFile(l.path, old, readable); err != nil {
		return fmt.Errorf("putting the old job back: %w", err)
	}
	if err := l.job.Start(); err != nil {
		return fmt.Errorf("starting the old job: %w", err)
	}
	return nil
}

func uninstall(_ context.Context, o Options) error {
	l, err := newLaunchd(o)
	if err != nil {
		return err
	}
	old, err := l.read()
	switch {
	case err != nil:
		return err
	case old == nil:
		return fault.New(fault.NotFound, "the service "+o.Name+" is not installed", "there is no "+l.path)
	case !ours(old):
		return l.foreign()
	}
	if err := l.allowed(); err != nil {
		return err
	}
	if err := l.job.Uninstall(); err != nil {
		return l.refused("the job cannot be removed", err)
	}
	return nil
}

func query(_ context.Context, o Options) (Status, error) {
	l, err := newLaunchd(o)
	if err != nil {
		return Status{}, err
	}
	text, err := l.read()
	if err != nil {
		return Status{}, err
	}
	st := Status{
		Installed: text != nil && ours(text), Foreign: text != nil && !ours(text), Path: l.path,
		Outdated: text != nil && ours(text) && !bytes.Equal(text, l.text),
	}
	if text == nil {
		return st, nil
	}
	st.Enabled = true // launchd starts whatever lies in its folder
	s, err := l.job.Status()
	switch {
	case err != nil:
		return st, l.refused("launchd does not answer", err)
	case s == manager.StatusRunning:
		st.Running, st.State = true, "running"
	default:
		st.State = "not running"
	}
	return st, nil
}

func newLaunchd(o Options) (launchd, error) {
	files, err := Files(Launchd, o)
	if err != nil {
		return launchd{}, err
	}
	text := files[0].Content
	if bytes.Contains(text, []byte("{{")) {
		return launchd{}, fault.New(fault.Invalid, "a path of the service holds \"{{\"", "rename the folder or file")
	}
	l := launchd{o: o, text: text, path: "/Library/LaunchDaemons/" + files[0].Name}
	if o.UserService {
		home, err := os.UserHomeDir()
		if err != nil {
			return launchd{}, fmt.Errorf("looking for the home directory: %w", err)
		}
		l.path = filepath.Join(home, "Library", "LaunchAgents", files[0].Name)
	}
	// The library's own job restarts a service that was ended on purpose, and it has
	// no mark by which it could be known again: it gets ours.
	l.job, err = manager.New(&program{}, &manager.Config{
		Name: o.Name, Executable: o.Executable, Option: manager.KeyValue{"LaunchdConfig": string(text), "UserService": o.UserService},
	})
	if err != nil {
		return launchd{}, fmt.Errorf("talking to launchd: %w", err)
	}
	return l, nil
}

// read returns the job's file, or nil if there is none.
func (l launchd) read() ([]byte, error) {
	text, err := os.ReadFile(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fault.Wrap(fault.Internal, "the job of the service cannot be read", "", err)
	}
	return text, nil
}

func ours(text []byte) bool { return bytes.Contains(text, []byte("<!-- "+marker)) }

func (l launchd) allowed() error {
	if l.o.UserService || l.o.EUID == 0 {
		return nil
	}
	return fault.New(fault.Usage, "only root may change the services of this computer", "put sudo before the command, or add --user-service to run it for yourself only")
}

func (l launchd) foreign() error {
	return fault.New(fault.Conflict, l.path+" exists and was not written by chartwatch", "choose another name for the service, or move the file away")
}

func (l launchd) refused(message string, err error) error {
	return fault.Wrap(fault.Internal, message, "look for \""+l.o.Name+"\" in the system log", err)
}
