// Package builtin is the one list of the parsers that chartwatch ships. A new
// parser is one folder beside this one and one import and one entry here; the
// tests of this package fail by name if the entry is missing.
//
// It registers nothing by itself and keeps no state: who wants the list calls
// [Plugins] or [Registry].
package builtin

//go:generate go run ./readme ../../README.md

import (
	"fmt"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/appointments"
	"github.com/chartwatch/chartwatch/ingest/atna"
	"github.com/chartwatch/chartwatch/ingest/azurefhir"
	"github.com/chartwatch/chartwatch/ingest/bahmni"
	"github.com/chartwatch/chartwatch/ingest/delimited"
	"github.com/chartwatch/chartwatch/ingest/epic"
	"github.com/chartwatch/chartwatch/ingest/fhiraudit"
	"github.com/chartwatch/chartwatch/ingest/fhircontext"
	"github.com/chartwatch/chartwatch/ingest/gcphealthcare"
	"github.com/chartwatch/chartwatch/ingest/healthlake"
	"github.com/chartwatch/chartwatch/ingest/normalized"
	"github.com/chartwatch/chartwatch/ingest/opendental"
	"github.com/chartwatch/chartwatch/ingest/openemr"
	"github.com/chartwatch/chartwatch/ingest/openmrs"
	"github.com/chartwatch/chartwatch/ingest/oscar"
	"github.com/chartwatch/chartwatch/ingest/patients"
	"github.com/chartwatch/chartwatch/ingest/roster"
	"github.com/chartwatch/chartwatch/ingest/touchworks"
)

// Plugins returns every parser, in the order in which help shows them. The
// caller owns the slice.
func Plugins() []ingest.Plugin {
	return []ingest.Plugin{
		fhiraudit.Plugin(),
		atna.Plugin(),
		openemr.Plugin(),
		opendental.Plugin(),
		oscar.Plugin(),
		openmrs.Plugin(),
		bahmni.Plugin(),
		azurefhir.Plugin(),
		healthlake.Plugin(),
		gcphealthcare.Plugin(),
		epic.Plugin(),
		touchworks.Plugin(),
		delimited.Plugin(),
		normalized.Plugin(),
		roster.Plugin(),
		patients.Plugin(),
		appointments.Plugin(),
		fhircontext.Plugin(),
	}
}

// Registry returns a registry of [Plugins].
func Registry() (*ingest.Registry, error) {
	r, err := ingest.NewRegistry(Plugins()...)
	if err != nil {
		return nil, fmt.Errorf("listing the built-in parsers: %w", err)
	}
	return r, nil
}
