package openemr

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// field is a column that the parser reads.
type field uint8

const (
	fID field = iota
	fDate
	fEvent
	fCategory
	fUser
	fGroup
	fComments
	fNotes
	fPatient
	fSuccess
	fChecksum // the log's own checksum column, used before 6.0
	fCert
	fLogFrom
	fMenu
	fDocument

	// Columns of other tables that a query may have joined to a row.
	fLogID
	fEncrypt
	fEncChecksum
	fEncVersion
	fFirstName
	fLastName
	fUserName
	fAddress
	fMethod

	// Columns of extended_log only.
	fRecipient
	fDescription

	numFields
	noField = numFields
)

// name returns the column's name in its table.
func (f field) name() string {
	switch f {
	case fID:
		return "id"
	case fDate:
		return "date"
	case fEvent:
		return "event"
	case fCategory:
		return "category"
	case fUser:
		return "user"
	case fGroup:
		return "groupname"
	case fComments:
		return "comments"
	case fNotes:
		return "user_notes"
	case fPatient:
		return "patient_id"
	case fSuccess:
		return "success"
	case fChecksum, fEncChecksum:
		return "checksum"
	case fCert:
		return "crt_user"
	case fLogFrom:
		return "log_from"
	case fMenu:
		return "menu_item_id"
	case fDocument:
		return "ccda_doc_id"
	case fLogID:
		return "log_id"
	case fEncrypt:
		return "encrypt"
	case fEncVersion:
		return "version"
	case fFirstName:
		return "fname"
	case fLastName:
		return "lname"
	case fUserName:
		return "username"
	case fAddress:
		return "ip_address"
	case fMethod:
		return "method"
	case fRecipient:
		return "recipient"
	case fDescription:
		return "description"
	default:
		return ""
	}
}

// fieldOf returns the column of a name in lower case, or noField.
func fieldOf(name string) field {
	for f := range numFields {
		if f.name() == name {
			return f
		}
	}
	return noField
}

// row is one row of the log, or of the disclosures, as text; null is empty. Its
// bytes are valid until the next row is read.
type row struct {
	line int64
	raw  []byte // for rejects
	v    [numFields][]byte
	has  present
}

// present says which columns the source has.
type present struct {
	success bool
	id      bool
	hashed  bool // every column that goes into the checksum
	check   bool // the checksum of log_comment_encrypt, joined
}

func presentIn(fields []field) present {
	var seen [numFields + 1]bool
	for _, f := range fields {
		seen[f] = true
	}
	p := present{success: seen[fSuccess], id: seen[fID], hashed: seen[fDate], check: seen[fEncChecksum]}
	for _, f := range hashedFields() {
		p.hashed = p.hashed && seen[f]
	}
	return p
}

func (r *row) reject(f field, reason ingest.Reason) *ingest.Reject {
	return &ingest.Reject{Line: r.line, Column: f.name(), Reason: reason, Raw: r.raw}
}

// fullName joins the parts of a name.
func fullName(first, last string) string {
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}
