package appointments_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/ingest/appointments"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, appointments.Plugin()) }

func FuzzAppointments(f *testing.F) { ingesttest.Fuzz(f, appointments.Plugin()) }
