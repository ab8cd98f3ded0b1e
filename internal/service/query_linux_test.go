package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/service"
)

func TestQuery(t *testing.T) {
	const show, since = "show --property=", "show --timestamp=unix"
	for _, tc := range []struct {
		name    string
		unit    string // "now" is what would be written
		answers map[string]string
		change  func(*service.Options)
		want    service.Status
	}{
		{
			"nothing", "",
			map[string]string{show: "UnitFileState=\nActiveState=inactive\nSubState=dead\nResult=success\n"},
			nil,
			service.Status{State: "inactive (dead)"},
		},
		{
			"runs", "now",
			map[string]string{show: "UnitFileState=enabled\nActiveState=active\nSubState=running\nResult=success\n", since: "ActiveEnterTimestamp=@1742198400\n"},
			nil,
			service.Status{Installed: true, Enabled: true, Running: true, State: "active (running)", Since: time.Date(2025, 3, 17, 8, 0, 0, 0, time.UTC)},
		},
		{
			"since-is-not-known", "now",
			map[string]string{show: "UnitFileState=enabled\nActiveState=active\nSubState=running\n", since: "ActiveEnterTimestamp=Mon 2025-03-17 09:00:00 CET\n"},
			nil,
			service.Status{Installed: true, Enabled: true, Running: true, State: "active (running)"},
		},
		{
			"failed", "now",
			map[string]string{show: "UnitFileState=disabled\nActiveState=failed\nSubState=failed\nResult=exit-code\n"},
			nil,
			service.Status{Installed: true, State: "failed (exit-code)"},
		},
		{
			"outdated", "# Written by chartwatch. An older one.\n",
			map[string]string{show: "UnitFileState=enabled\nActiveState=inactive\nSubState=dead\n"},
			nil,
			service.Status{Installed: true, Outdated: true, Enabled: true, State: "inactive (dead)"},
		},
		{
			"foreign", "[Unit]\n",
			map[string]string{show: "UnitFileState=enabled\nActiveState=active\nSubState=running\n", since: ""},
			nil,
			service.Status{Foreign: true, Enabled: true, Running: true, State: "active (running)"},
		},
		{
			"no-systemd", "now", nil, func(o *service.Options) { o.SystemdDir = "/nowhere" },
			service.Status{Installed: true, State: "systemd does not run"},
		},
		{
			"not-root", "now",
			map[string]string{show: "UnitFileState=enabled\nActiveState=activating\nSubState=auto-restart\n"},
			func(o *service.Options) { o.EUID = 1000 },
			service.Status{Installed: true, Enabled: true, State: "activating (auto-restart)"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, o := setUp(t)
			c.answers = tc.answers
			if tc.change != nil {
				tc.change(&o)
			}
			switch tc.unit {
			case "":
			case "now":
				write(t, unitPath(o), only(t, service.Systemd, o))
			default:
				write(t, unitPath(o), tc.unit)
			}
			got, err := service.Query(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Path = unitPath(o)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("no-answer", func(t *testing.T) {
		c, o := setUp(t)
		c.refuses = "show"
		_, err := service.Query(t.Context(), o)
		if !strings.Contains(text(err), "systemctl show") || fault.KindOf(err) != fault.Internal {
			t.Errorf("error %v", err)
		}
	})
}
