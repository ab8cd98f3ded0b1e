package ingest

import (
	"fmt"
	"slices"
	"time"
)

// Reason says why a record could not be normalised, or why a file could not be
// read. The list is closed, so that reasons can be metric labels.
type Reason string

// The closed list of reasons for a record.
const (
	ReasonFieldCount   Reason = "field_count"   // more or fewer fields than the header has
	ReasonBadQuote     Reason = "bad_quote"     // a quote that never ends, or text after a closing quote
	ReasonTooLong      Reason = "too_long"      // a line, record or field above its limit
	ReasonTooDeep      Reason = "too_deep"      // nested deeper than the limit
	ReasonBadEncoding  Reason = "bad_encoding"  // bytes that are not text in the file's encoding
	ReasonBadSyntax    Reason = "bad_syntax"    // not well-formed JSON, XML or SQL
	ReasonTruncated    Reason = "truncated"     // the record is cut off by the end of the file
	ReasonMissingTime  Reason = "missing_time"  // no time of the event
	ReasonBadTime      Reason = "bad_time"      // a time that cannot be read or does not exist in the calendar
	ReasonMissingField Reason = "missing_field" // another required field is absent
	ReasonBadValue     Reason = "bad_value"     // a value outside what its field allows
	ReasonWrongType    Reason = "wrong_type"    // not a record of this format
)

// Reasons returns the closed list of reasons, in a fixed order.
func Reasons() []Reason {
	return []Reason{
		ReasonFieldCount, ReasonBadQuote, ReasonTooLong, ReasonTooDeep, ReasonBadEncoding, ReasonBadSyntax,
		ReasonTruncated, ReasonMissingTime, ReasonBadTime, ReasonMissingField, ReasonBadValue, ReasonWrongType,
	}
}

// Valid reports whether r is one of the closed list.
func (r Reason) Valid() bool { return slices.Contains(Reasons(), r) }

// Reject says where and why a record could not be normalised.
type Reject struct {
	Line   int64  // 1-based line on which the record starts
	Column string // the column or element concerned, from the format's own definition or the header; may be empty
	Reason Reason
	// At is the record's time where it could be read, else zero. It narrows
	// down which days the reject casts doubt on.
	At time.Time
	// PatientID is the record's patient where it could be read, else empty. It
	// goes to the sealed quarantine only.
	PatientID string
	// Raw is the record as text, cut off at [MaxRaw] bytes. It goes to the sealed quarantine
	// only and must never be printed, logged or counted by value.
	// The writer copies it; the caller may reuse the slice.
	Raw []byte
}

// MaxRaw is how many bytes of a rejected record are kept.
const MaxRaw = 64 << 10

// String names the position and the reason, and never the content.
func (r Reject) String() string {
	if r.Column == "" {
		return fmt.Sprintf("line %d: %s", r.Line, r.Reason)
	}
	return fmt.Sprintf("line %d, column %q: %s", r.Line, r.Column, r.Reason)
}

// SkipKind says what was passed over without being a record. Skipped things are
// counted, and they are no part of the balance of records.
type SkipKind string

// The closed list of things that may be skipped.
const (
	SkipBlank         SkipKind = "blank"          // an empty line
	SkipHeader        SkipKind = "header"         // a repeated header
	SkipPreamble      SkipKind = "preamble"       // lines above the header, or below the data
	SkipOtherResource SkipKind = "other_resource" // a FHIR resource of a type that the parser does not read
	SkipOtherTable    SkipKind = "other_table"    // a table of a dump that the parser does not read
	SkipOtherLine     SkipKind = "other_line"     // a line of a mixed log that carries no record
)

// SkipKinds returns the closed list, in a fixed order.
func SkipKinds() []SkipKind {
	return []SkipKind{SkipBlank, SkipHeader, SkipPreamble, SkipOtherResource, SkipOtherTable, SkipOtherLine}
}

// NoteKind names something about the export as a whole that a reader of its
// rows must know.
type NoteKind string

// The closed list of notes.
const (
	// NoteRowDeleted: the export proves that this row once existed and is gone.
	NoteRowDeleted NoteKind = "row_deleted"
	// NoteExportCap: the export ends exactly at a limit of the exporting product.
	NoteExportCap NoteKind = "export_cap"
	// NoteNoReads: this format or configuration does not record reads.
	NoteNoReads NoteKind = "no_reads"
	// NoteEncodingAssumed: the file is not UTF-8 and no encoding was declared.
	NoteEncodingAssumed NoteKind = "encoding_assumed"
	// NoteTruncated: the export ends in the middle of something.
	NoteTruncated NoteKind = "truncated"
	// NoteDateOrderAssumed: nothing in the file proves the order of day and month.
	NoteDateOrderAssumed NoteKind = "date_order_assumed"
)

// NoteKinds returns the closed list, in a fixed order.
func NoteKinds() []NoteKind {
	return []NoteKind{
		NoteRowDeleted, NoteExportCap, NoteNoReads, NoteEncodingAssumed, NoteTruncated, NoteDateOrderAssumed,
	}
}

// Note is one such fact. It carries no cell content.
type Note struct {
	Kind NoteKind
	// Line is the 1-based line it was seen on, or 0.
	Line int64
	// Count is how often it holds, at least 1.
	Count int64
	// SourceEventID identifies the row concerned where the export does; it is
	// an identifier of a log row, not of a person.
	SourceEventID string
}
