// Package openemr reads the audit log of OpenEMR and of its fork LibreHealth
// EHR: a dump of the database or of some of its tables (mysqldump, or an
// export of phpMyAdmin in SQL), or the table log or extended_log as a table
// with separators, whose header has the names of the columns.
//
// # The dump
//
// A dump is SQL text. These tables are read, in whatever order they come; all
// others are passed over and counted once each:
//
//	log                  the accesses: one row for each SQL statement
//	log_comment_encrypt  a checksum for each row of the log
//	api_log              address, method and patient of requests to the API
//	extended_log         disclosures, each an event with the action export
//	users                names of the accounts
//	gacl_aro, gacl_aro_groups, gacl_groups_aro_map   roles of the accounts
//
// The order of the columns is taken from the CREATE TABLE statement in the dump
// or from the INSERT; a log without either is read as that of OpenEMR 6 (15
// columns) or LibreHealth (11 columns). Release 6 has the columns id, date,
// event, category, user, groupname, comments, user_notes, patient_id, success,
// checksum, crt_user, log_from, menu_item_id and ccda_doc_id in log, and id,
// log_id, encrypt, checksum, checksum_api and version in log_comment_encrypt.
// An INSERT holds any number of rows, often all on one line: rows are read one
// by one, and a row may have 1 MiB.
//
// The rows of the log wait for the tables that complete them, in a compact form
// of about 100 bytes each. Where that would take more than 256 MiB, about 2.5
// million rows, those that wait are written as they are: their integrity is
// then unknown, and names and roles from tables further on are missing.
//
// # What a row says
//
// The date is the server's local time. The event is a subject and a verb, such
// as "patient-record-select", or one word, such as "login". The category
// refines the record type only where it can be trusted: the product labels
// every statement on an encounter form as "Billing", and without a patient it
// labels reads of its own settings as a patient's record. Success is 1; null is
// 1 too, which is the column's default. A patient of 0 is none.
//
// A comment holds an SQL statement with its values. It is never kept. From the
// comment of a log-on, plain or in base64, the client's address is taken and,
// after a failure, the reason, as one of a closed list of phrases. groupname is
// the provider group of an installation, "Default" nearly everywhere, and
// neither a role nor a place: it is not kept.
//
// Members of the group breakglass (Emergency Login) are accounts for emergency
// access, so all that they do is marked as such, by the state of the dump.
//
// # Checksums
//
// checksum in log_comment_encrypt is the SHA3-512, in hexadecimal, of the date,
// event, category, user, groupname, comments, user_notes, patient_id, success,
// crt_user, log_from, menu_item_id and ccda_doc_id as stored, without
// separators and with null as nothing. A row of the log with another sum has
// the integrity failed. A row there, or in api_log, whose log_id has no row in
// the log is noted as a deleted row, unless its id is not below the next id
// (AUTO_INCREMENT) of the log's definition: then it was written while the dump
// was made. Nothing is noted where rows of the log could not be read, because
// they may be the missing ones. For rows with a version below 4, written before
// release 6.0, a sum that does not match proves nothing and gives unknown.
//
// # What it refuses to do
//
// It keeps no comment, no note, no recipient or description of a disclosure and
// no request of the API, because they hold patients' data. It does not decrypt
// anything, does not read the page of the log viewer, and does not guess a date
// that is not written as in the database. Of an event or category that is free
// text it keeps the first word only.
package openemr

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// heldBytes is how much memory the rows of a dump may take while they wait.
const heldBytes = 256 << 20

// viewerRows is the number of rows at which the product's log viewer stops.
const viewerRows = 5000

// Plugin describes the parser.
func Plugin() ingest.Plugin { return plugin(heldBytes) }

func plugin(held int) ingest.Plugin {
	return ingest.Plugin{
		Name:       "openemr",
		Summary:    "OpenEMR and LibreHealth audit log: dump of the database, or tables as CSV",
		Version:    1,
		Produces:   []ingest.Dataset{ingest.Events},
		Sample:     "sample_logs/openemr/openemr_log.sql",
		ExportCaps: []int64{viewerRows},
		New:        func(ingest.Settings) (ingest.Parser, error) { return parser{held: held}, nil },
	}
}

type parser struct{ held int }

// Detect accepts a dump that starts with a table of OpenEMR, and a table whose
// header has the columns of the log.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if mysqldump.Is(h.Bytes) {
		return detectDump(h)
	}
	return detectTable(h)
}

// Parse reads the log.
func (p parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning of the file: %w", err)
	}
	if mysqldump.Is(head) {
		return newDump(src, data, w, p.held).run(ctx)
	}
	return newSheet(src, data, separator(firstLine(head)), w).run(ctx)
}
