// Package fhiraudit reads FHIR AuditEvent resources: DSTU2, STU3, R4, R4B, R5
// and the shape of the R6 build, told apart by their structure and never by the
// file's name. They may come alone, in a Bundle, in a JSON array, as NDJSON,
// inside the lines of a server's log, or as XML. In a log they may stand behind a
// prefix, inside the object of a logger, or as a text in the object of a collector,
// as Docker, CloudWatch and Cloud Logging keep what Medplum or HAPI FHIR prints.
//
// It refuses documents with a document type declaration, and files that show no
// AuditEvent at their beginning. It never reads the narrative, contained
// resources, or the query of an event, which may hold anything about a patient.
// It never makes a user out of a machine: an event in which only machines took
// part has no user.
package fhiraudit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

const (
	auditEvent       = "AuditEvent"
	auditEventQuoted = `"AuditEvent"`
	bundle           = "Bundle"
)

// Plugin describes the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "fhiraudit",
		Summary:  "FHIR AuditEvent, DSTU2 to R6: single resources, Bundles, arrays, NDJSON, server logs, XML",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "sample_logs/fhiraudit/audit.ndjson",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

type parser struct{}

// The reasons for which a file is refused.
var (
	errNotFHIR  = errors.New("neither JSON nor XML with FHIR resources")
	errNoEvent  = errors.New("no AuditEvent among the first resources")
	errNoFHIRNS = errors.New("the XML does not use the FHIR namespace")
)

// Detect accepts a file whose beginning holds an AuditEvent.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if !bytes.Contains(h.Bytes, []byte(auditEvent)) {
		if !bytes.Contains(h.Bytes, []byte("resourceType")) && !bytes.Contains(h.Bytes, []byte(fhirNamespace)) {
			return errNotFHIR
		}
		return errNoEvent
	}
	f, err := newFramer(bytes.NewReader(h.Bytes))
	if err != nil {
		return err
	}
	if _, ok := f.(*xmlFramer); ok && !bytes.Contains(h.Bytes, []byte(fhirNamespace)) {
		return errNoFHIRNS
	}
	var b batch
	for {
		err := f.next(&b)
		if hasEvent(&b) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errNoEvent
		}
		if err != nil {
			return err
		}
		b.reset()
	}
}

// fhirNamespace is the XML namespace of every version of FHIR.
const fhirNamespace = "http://hl7.org/fhir"

// hasEvent reports whether a piece is an AuditEvent, or looks like the
// beginning of one that the end of the head cuts off.
func hasEvent(b *batch) bool {
	var r reader
	text := string(b.buf)
	for i := range b.items {
		it := &b.items[i]
		switch it.kind {
		case itemXML:
			return true
		case itemValue, itemEntry, itemLine, itemTooLong, itemBroken, itemCut, itemDamaged:
			piece := text[it.start:it.end]
			// An AuditEvent is all that the framer for XML cuts out; a line is no XML.
			if it.kind != itemLine && strings.HasPrefix(strings.TrimSpace(piece), "<") || r.mentions(piece, it.kind) {
				return true
			}
		case itemSkip:
		}
	}
	return false
}

// Parse reads the file to its end.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	f, err := newFramer(src.Data)
	if err != nil {
		return err
	}
	return run(ctx, f, newOutput(src, w))
}
