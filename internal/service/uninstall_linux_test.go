package service_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

func TestUninstall(t *testing.T) {
	c, o := setUp(t)
	dir := filepath.Dir(o.Config)
	before := snapshot(t, dir)
	if err := service.Install(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	c.take()
	// What nobody installed with these options can still be taken away.
	o.Executable, o.Config, o.User, o.DataDirs = "", "", "", nil
	if err := service.Uninstall(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := []string{"systemctl disable --now chartwatch.service", "systemctl daemon-reload", "systemctl reset-failed chartwatch.service"}
	if diff := cmp.Diff(want, c.take()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	complain(t, service.Uninstall(t.Context(), o), fault.NotFound, "the service chartwatch is not installed")
	if c.calls != nil {
		t.Errorf("commands were run: %v", c.calls)
	}
}

func TestUninstallRefuses(t *testing.T) {
	t.Run("foreign", func(t *testing.T) {
		c, o := setUp(t)
		write(t, unitPath(o), "[Unit]\n")
		complain(t, service.Uninstall(t.Context(), o), fault.Conflict, unitPath(o)+" exists and was not written by chartwatch")
		if got := unit(t, o); got != "[Unit]\n" || c.calls != nil {
			t.Errorf("unit %q, commands %v", got, c.calls)
		}
	})
	t.Run("not-root", func(t *testing.T) {
		c, o := setUp(t)
		write(t, unitPath(o), "# Written by chartwatch.\n")
		o.EUID = 1000
		complain(t, service.Uninstall(t.Context(), o), fault.Usage, "only root may change the services of this computer")
		if got := unit(t, o); got == "" || c.calls != nil {
			t.Errorf("unit %q, commands %v", got, c.calls)
		}
	})
	t.Run("does-not-stop", func(t *testing.T) {
		c, o := setUp(t)
		write(t, unitPath(o), "# Written by chartwatch.\n")
		c.refuses = "disable"
		complain(t, service.Uninstall(t.Context(), o), fault.Internal,
			`systemctl disable --now chartwatch.service did not work; it said: Job for chartwatch.service failed. See "systemctl status".: exit status 1`)
		if unit(t, o) == "" {
			t.Error("the unit of a service that runs is gone")
		}
	})
}
