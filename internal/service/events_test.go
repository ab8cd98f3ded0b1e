package service_test

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/service"
)

// eventList stands in for the event log of Windows.
type eventList []string

func (l *eventList) add(level string, v []any) error {
	*l = append(*l, level+": "+fmt.Sprint(v...))
	return nil
}

func (l *eventList) Error(v ...any) error              { return l.add("error", v) }
func (l *eventList) Warning(v ...any) error            { return l.add("warning", v) }
func (l *eventList) Info(v ...any) error               { return l.add("info", v) }
func (l *eventList) Errorf(f string, v ...any) error   { return l.Error(fmt.Sprintf(f, v...)) }
func (l *eventList) Warningf(f string, v ...any) error { return l.Warning(fmt.Sprintf(f, v...)) }
func (l *eventList) Infof(f string, v ...any) error    { return l.Info(fmt.Sprintf(f, v...)) }

func TestEvents(t *testing.T) {
	var got eventList
	e := service.EventsOn(&got)
	log := slog.New(e.Handler(slog.LevelInfo))
	site := log.With(slog.String("site", "dental")).WithGroup("file")
	log.Info("chartwatch is at work", slog.String("configuration", `C:\cw\a b.yaml`))
	site.Warn("a file could not be imported", slog.Int("rows", 3))
	log.Debug("nobody wants to see this")
	log.Error("the database is broken")
	if _, err := io.WriteString(e, "chartwatch: timezone is missing\n"); err != nil {
		t.Error(err)
	}
	want := eventList{
		`info: msg="chartwatch is at work" configuration="C:\\cw\\a b.yaml"` + "\n",
		`warning: msg="a file could not be imported" site=dental file.rows=3` + "\n",
		`error: msg="the database is broken"` + "\n",
		"error: chartwatch: timezone is missing\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
