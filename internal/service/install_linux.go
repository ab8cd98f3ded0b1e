package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// systemd is the systemd of this computer, or of one person.
type systemd struct{ o Options }

func install(ctx context.Context, o Options) error {
	files, err := Files(Systemd, o)
	if err != nil {
		return err
	}
	s := systemd{o: o}
	if err := s.ready(); err != nil {
		return err
	}
	if err := o.checkPresent(); err != nil {
		return err
	}
	if err := s.checkAccount(); err != nil {
		return err
	}
	old, err := s.read()
	if err != nil {
		return err
	}
	if old.exists && !old.ours {
		return s.foreign()
	}
	old.active = old.exists && s.ctl(ctx, "is-active", "--quiet", s.unit()) == nil
	if err := s.write(files[0].Content); err != nil {
		return err
	}
	if err := s.activate(ctx, old.exists); err != nil {
		// Also when the person has given up waiting, nothing is left half done.
		if second := s.restore(context.WithoutCancel(ctx), old); second != nil {
			return errors.Join(err, fmt.Errorf("what was there before could not be brought back: %w", second))
		}
		return err
	}
	return nil
}

// activate starts the new unit. One that was there before is started again, so
// that it is the new one that runs.
func (s systemd) activate(ctx context.Context, again bool) error {
	if err := s.ctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	if !again {
		return s.ctl(ctx, "enable", "--now", s.unit())
	}
	if err := s.ctl(ctx, "enable", s.unit()); err != nil {
		return err
	}
	return s.ctl(ctx, "restart", s.unit())
}

// restore puts back what was there before an installation that failed.
func (s systemd) restore(ctx context.Context, old unitFile) error {
	if !old.exists {
		return s.remove(ctx)
	}
	if err := s.write(old.content); err != nil {
		return err
	}
	if err := s.ctl(ctx, "daemon-reload"); err != nil || !old.active {
		return err
	}
	return s.ctl(ctx, "restart", s.unit())
}

// remove takes back a unit that did not start. It may not have been enabled yet:
// then there is nothing to disable, and that is no error.
func (s systemd) remove(ctx context.Context) error {
	_ = s.ctl(ctx, "disable", "--now", s.unit())
	if err := os.Remove(s.path()); err != nil {
		return fmt.Errorf("removing the unit again: %w", err)
	}
	return s.ctl(ctx, "daemon-reload")
}

func uninstall(ctx context.Context, o Options) error {
	if err := o.checkName(); err != nil {
		return err
	}
	s := systemd{o: o}
	old, err := s.read()
	if err != nil {
		return err
	}
	switch {
	case !old.exists:
		return fault.New(fault.NotFound, "the service "+o.Name+" is not installed", "there is no "+s.path())
	case !old.ours:
		return s.foreign()
	}
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.ctl(ctx, "disable", "--now", s.unit()); err != nil {
		return err
	}
	if err := os.Remove(s.path()); err != nil {
		return fault.Wrap(fault.Internal, "the service is stopped, but its unit cannot be removed", "remove it by hand", err)
	}
	if err := s.ctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	// A service that failed before stays in the list until it is forgotten; one that
	// did not makes this command fail.
	_ = s.ctl(ctx, "reset-failed", s.unit())
	return nil
}

func (s systemd) unit() string { return s.o.Name + ".service" }
func (s systemd) path() string { return filepath.Join(s.o.unitDir(), s.unit()) }

// ready reports what stands against changing services.
func (s systemd) ready() error {
	if _, err := os.Stat(s.o.SystemdDir); errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "systemd does not run on this computer",
			"let cron start chartwatch every hour, as the account that owns the data"+s.dataOwner()+": run `crontab -e` as that account and add the line \""+CronLine(s.o)+"\"; or see `chartwatch service files`")
	}
	if s.o.UserService {
		if !filepath.IsAbs(s.o.unitDir()) {
			return fault.New(fault.Internal, "the configuration directory of the person is not known", "set HOME")
		}
		return nil
	}
	if s.o.EUID != 0 {
		return fault.New(fault.Usage, "only root may change the services of this computer", "put sudo before the command, or add --user-service to run it for yourself only")
	}
	return nil
}

// dataOwner names the account that the data belongs to, if it has a name.
func (s systemd) dataOwner() string {
	for _, dir := range s.o.DataDirs {
		info, err := os.Stat(dir)
		if err != nil {
			continue
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			continue
		}
		if u, err := user.LookupId(strconv.FormatUint(uint64(stat.Uid), 10)); err == nil {
			return " (" + u.Username + ")"
		}
	}
	return ""
}

// checkAccount refuses an account that does not exist: systemd would say
// "status=217/USER" to nobody in particular.
func (s systemd) checkAccount() error {
	if s.o.UserService {
		return nil
	}
	_, err := user.Lookup(s.o.User)
	if errors.As(err, new(user.UnknownUserError)) {
		return fault.New(fault.NotFound, "the account that the service is to run as does not exist",
			"make it, for example with: useradd --system --shell /usr/sbin/nologin NAME")
	}
	return nil // what the directory of accounts does not say now, systemd asks again
}

func (s systemd) foreign() error {
	return fault.New(fault.Conflict, s.path()+" exists and was not written by chartwatch", "choose another name for the service, or move the file away")
}

// unitFile is what lies at the place of the unit.
type unitFile struct {
	exists, ours, active bool
	content              []byte
}

// read looks at the unit. A symbolic link is never ours: that is how a service is
// masked or borrowed.
func (s systemd) read() (unitFile, error) {
	info, err := os.Lstat(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return unitFile{}, nil
	}
	if err != nil {
		return unitFile{}, fault.Wrap(fault.Internal, "the unit of the service cannot be looked at", "", err)
	}
	if !info.Mode().IsRegular() {
		return unitFile{exists: true}, nil
	}
	text, err := os.ReadFile(s.path())
	if err != nil {
		return unitFile{}, fault.Wrap(fault.Internal, "the unit of the service cannot be read", "", err)
	}
	return unitFile{exists: true, ours: bytes.HasPrefix(text, []byte("# "+marker)), content: text}, nil
}

// write puts a unit in its place, as a whole or not at all.
func (s systemd) write(text []byte) error {
	err := replaceFile(s.path(), text)
	if errors.Is(err, fs.ErrPermission) {
		return fault.Wrap(fault.Internal, "the unit of the service cannot be written", "put sudo before the command", err)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "the unit of the service cannot be written", "check the folder "+s.o.unitDir(), err)
	}
	return nil
}

func replaceFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".chartwatch-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(readable), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
