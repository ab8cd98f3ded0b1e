// Package atna reads audit messages of the ATNA profile: the AuditMessage of
// DICOM PS3.15 and its ancestor RFC 3881, in both spellings, which may be mixed
// in one message. They may come as an XML file with one message, with several
// one after the other or inside another element, or as the payload of syslog
// (RFC 5424, RFC 3164, and the shortened header of OpenEMR), with one record a
// line, with octet counts, or with nothing in between.
//
// What is in a message follows DICOM PS3.15 A.5, RFC 3881, the audit chapters
// of the IHE transactions, the documentation of dcm4chee and the source of
// OpenEMR.
//
// The parser decodes no query and no detail of an object, which may hold
// anything about a patient. It never makes a user out of a machine: a message
// in which only machines took part has no user. It resolves no document type,
// no schema and no entity, and refuses a document type with declarations of its
// own.
package atna

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
)

const auditMessage = "AuditMessage"

// Plugin describes the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "atna",
		Summary:  "ATNA audit messages, DICOM PS3.15 and RFC 3881: XML files and syslog",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "sample_logs/atna/atna_audit.log",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

type parser struct{}

// The reasons for which a file is refused.
var (
	errNoMessage = errors.New("no AuditMessage at the beginning")
	errNoEvent   = errors.New("no AuditMessage with an EventIdentification at the beginning")
)

// Detect accepts a file whose beginning holds an AuditMessage, which must be
// well-formed as far as it can be seen.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if !bytes.Contains(h.Bytes, []byte(auditMessage)) {
		return errNoMessage
	}
	f, err := newFramer(bytes.NewReader(h.Bytes))
	if err != nil {
		return err
	}
	var b batch
	var m message
	for {
		err := f.next(&b)
		for i := range b.items {
			it := &b.items[i]
			if it.kind != itemMessage && it.kind != itemCut {
				continue
			}
			st := m.read(string(b.buf[it.body:it.end]))
			if m.identified && (st == statusOK || st == statusEnd && it.kind == itemCut) {
				return nil
			}
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

// Parse reads the file to its end.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := newFramer(src.Data)
	if err != nil {
		return err
	}
	return run(ctx, f, newOutput(src, w))
}
