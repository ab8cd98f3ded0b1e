package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	manager "github.com/kardianos/service"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// controlled is a service under the service control manager.
type controlled struct {
	o       Options
	service manager.Service
}

func install(_ context.Context, o Options) error {
	s, err := newControlled(o)
	if err != nil {
		return err
	}
	if err := o.checkPresent(); err != nil {
		return err
	}
	old, err := s.config()
	fresh := errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST)
	switch {
	case err != nil && !fresh:
		return s.refused("the service cannot be looked at", err)
	case !fresh && !s.ours(old):
		return s.foreign()
	}
	err = o.permit()
	switch {
	case err == nil && !fresh:
		return s.update(old)
	case err == nil:
		err = s.create()
	}
	if err != nil && fresh {
		return errors.Join(err, o.forbid())
	}
	return err
}

func (s controlled) create() error {
	if err := s.service.Install(); err != nil {
		return s.refused("the service cannot be installed", err)
	}
	err := s.setEnvironment()
	if err == nil {
		err = s.service.Start()
	}
	if err != nil {
		return errors.Join(s.refused("the service is installed and does not start; it is taken away again", err), s.service.Uninstall())
	}
	return nil
}

// update changes a service in place. To remove it and make it again would fail for
// as long as somebody has the window of the services open.
func (s controlled) update(old mgr.Config) error {
	fresh := old
	fresh.BinaryPathName, fresh.ServiceStartName, fresh.Description = s.commandLine(), s.account(), description
	fresh.StartType, fresh.DelayedAutoStart = mgr.StartAutomatic, true
	err := s.set(fresh)
	if err == nil {
		err = s.setEnvironment()
	}
	if err != nil {
		return s.refused("the service cannot be changed", err)
	}
	st, err := s.service.Status()
	if err == nil && st == manager.StatusRunning {
		err = s.service.Stop()
	}
	if err == nil {
		err = s.service.Start()
	}
	if err != nil {
		return errors.Join(s.refused("the changed service does not start; it is as it was before", err), s.set(old), s.service.Start())
	}
	return nil
}

func uninstall(_ context.Context, o Options) error {
	s, err := newControlled(o)
	if err != nil {
		return err
	}
	old, err := s.config()
	switch {
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		return fault.New(fault.NotFound, "the service "+o.Name+" is not installed", "see the list of services: services.msc")
	case err != nil:
		return s.refused("the service cannot be looked at", err)
	case !s.ours(old):
		return s.foreign()
	}
	st, err := s.service.Status()
	if err == nil && st == manager.StatusRunning {
		err = s.service.Stop()
	}
	if err != nil {
		return s.refused("the service cannot be stopped", err)
	}
	if err := s.service.Uninstall(); err != nil {
		return s.refused("the service cannot be removed", err)
	}
	return o.forbid()
}

// setEnvironment tells the service where the keys are: with those of the person who
// installs it, and not where its own account would have them.
func (s controlled) setEnvironment() (err error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\`+s.o.Name, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	return k.SetStringsValue("Environment", []string{"XDG_CONFIG_HOME=" + s.o.ConfigHome})
}

func query(_ context.Context, o Options) (Status, error) {
	s, err := newControlled(o)
	if err != nil {
		return Status{}, err
	}
	c, err := s.config()
	switch {
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		return Status{}, nil
	case err != nil:
		return Status{}, s.refused("the service cannot be looked at", err)
	}
	same := s.ours(c)
	st := Status{
		Installed: same, Foreign: !same, Enabled: c.StartType == mgr.StartAutomatic, Path: c.BinaryPathName,
		Outdated: same && (c.BinaryPathName != s.commandLine() || !strings.EqualFold(c.ServiceStartName, s.account())),
	}
	err = s.with(func(h *mgr.Service) error {
		now, err := h.Query()
		st.Running, st.State = now.State == svc.Running, stateName(now.State)
		return err
	})
	if err != nil {
		return st, s.refused("the service manager does not answer", err)
	}
	return st, nil
}

func stateName(s svc.State) string {
	switch s {
	case svc.Stopped:
		return "stopped"
	case svc.StartPending:
		return "starting"
	case svc.StopPending:
		return "stopping"
	case svc.Running:
		return "running"
	default:
		return "paused"
	}
}

func newControlled(o Options) (controlled, error) {
	if err := o.check(windowsSystem); err != nil {
		return controlled{}, err
	}
	if o.UserService {
		return controlled{}, fault.New(fault.Usage, "Windows has no services of a person", "leave --user-service out, or write a task with `chartwatch service files --kind windows-task --logged-on`")
	}
	s := controlled{o: o}
	if !passwordless(s.account()) {
		return controlled{}, fault.New(fault.Usage, "a service under the account of a person needs the person's password, which chartwatch does not take",
			"leave the account out, or write a task with `chartwatch service files --kind windows-task`")
	}
	var err error
	s.service, err = manager.New(&program{}, &manager.Config{
		Name: o.Name, DisplayName: "Chartwatch", Description: description, UserName: s.account(), Executable: o.Executable, Arguments: o.arguments(),
		Option: manager.KeyValue{
			manager.StartType: manager.ServiceStartAutomatic, "DelayedAutoStart": true,
			manager.OnFailure: manager.OnFailureRestart, manager.OnFailureDelayDuration: "30s", manager.OnFailureResetPeriod: 24 * 60 * 60,
		},
	})
	if err != nil {
		return controlled{}, fmt.Errorf("talking to the service manager: %w", err)
	}
	return s, nil
}

// account is that of the service alone, if no other one is wanted. Windows has one for
// each service.
func (s controlled) account() string {
	if s.o.User == "" {
		return `NT SERVICE\` + s.o.Name
	}
	return s.o.User
}

// passwordless reports whether Windows runs services under an account without a
// password: its own accounts, those of services, and managed ones, which end in "$".
func passwordless(account string) bool {
	a := strings.ToLower(account)
	return strings.HasPrefix(a, `nt authority\`) || strings.HasPrefix(a, `nt service\`) || a == "localsystem" || strings.HasSuffix(a, "$")
}

// commandLine is what the library registers.
func (s controlled) commandLine() string {
	args := append([]string{s.o.Executable}, s.o.arguments()...)
	for i, a := range args {
		args[i] = windows.EscapeArg(a)
	}
	return strings.Join(args, " ")
}

// ours reports whether a service of our name starts chartwatch, from whatever folder.
func (s controlled) ours(c mgr.Config) bool {
	args, err := windows.DecomposeCommandLine(c.BinaryPathName)
	return err == nil && len(args) > 0 && strings.EqualFold(filepath.Base(args[0]), filepath.Base(s.o.Executable))
}

func (s controlled) config() (c mgr.Config, err error) {
	err = s.with(func(h *mgr.Service) error {
		c, err = h.Config()
		return err
	})
	return c, err
}

func (s controlled) set(c mgr.Config) error {
	m, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer func() { _ = m.Disconnect() }()
	h, err := m.OpenService(s.o.Name)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	return h.UpdateConfig(c)
}

// with opens the service for looking at it only, which everybody may.
func (s controlled) with(f func(*mgr.Service) error) error {
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseServiceHandle(m) }()
	name, err := windows.UTF16PtrFromString(s.o.Name)
	if err != nil {
		return err
	}
	h, err := windows.OpenService(m, name, windows.SERVICE_QUERY_CONFIG|windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseServiceHandle(h) }()
	return f(&mgr.Service{Name: s.o.Name, Handle: h})
}

func (s controlled) foreign() error {
	return fault.New(fault.Conflict, "a service "+s.o.Name+" exists and does not start chartwatch", "choose another name for the service")
}

func (s controlled) refused(message string, err error) error {
	hint := "see the event log, or services.msc"
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		hint = "open the console as administrator and do it again"
	}
	return fault.Wrap(fault.Internal, message, hint, err)
}
