// Package opendental reads the audit trail of Open Dental in three forms:
//
//   - a dump of the database or of some of its tables (mysqldump);
//   - the table securitylog or loginattempt with separators, as a User Query
//     or a database client writes it, also with the columns UserName, LName,
//     FName and LogHash joined to it;
//   - the text of the grid in the window Audit Trail, with its header: Date,
//     Time, Patient, User, Permission, Computer, Log Text, Log Source, Last
//     Edit.
//
// The facts come from the vendor's manual, schema and source (release 24.3). No
// real export is public, so that the parser has not been tried on one.
//
// # The dump
//
// These tables are read, in whatever order they come; all others are passed
// over and counted once each:
//
//	securitylog      what users and services did
//	securityloghash  a hash for each row of it
//	loginattempt     failed log-ons to the web parts
//	userod           names of the accounts
//	patient          names of the patients
//
// Columns are taken from the definition in the dump or from the INSERT; a
// securitylog without either is read in the order of release 24.3. Of the other
// tables only securityloghash and loginattempt are read without a definition.
//
// The rows of the log wait for the tables behind it, in a compact form of 80
// bytes each. Where that would take more than 256 MiB, about three million rows,
// those that wait are written as they are: their integrity is then unknown, and
// unless userod came first the whole file has the accounts' numbers for names.
// A dump of the tables userod, patient, securityloghash and securitylog in this
// order needs no waiting.
//
// # What a row says
//
// PermType is the permission that was used, a number that grows with every
// release: what is not in the list of 24.3 gives the action other, and the
// number is kept. One permission often covers creating, changing and deleting,
// and only the text tells which: such rows are changes. The grid renames the
// permissions of modules (ChartModuleViewed). A module that was opened is one
// row, so rows stand for screens. Every row is of something that succeeded.
//
// UserLogOnOff holds log-ons, log-offs and clocking in; its English text tells
// which, and a text in another language gives other. UserNum 0 is nobody: a
// service acted. The user is the account's name where the export has it, with
// its number beside it, and otherwise its number; Unknown(123) in the grid is
// the number of an account that is gone.
//
// LogSource is the program that wrote the row. All but 0 (Open Dental), 10
// (mobile web) and 16 (mobile app) are no person at a desk. In rows of the
// patient portal the patient in PatNum acted, and FKey of a PatientPortal row is
// the patient whose data was seen, if not the same. CompName is the device; with
// a terminal server it may hold two names.
//
// Times are those of the database server's clock, without an offset and, in the
// grid, without seconds. The grid writes dates in the format of the workstation:
// whether the day or the month comes first is decided for the file as a whole.
//
// # Hashes
//
// LogHash is the SHA-256, in base64, of UTF-16LE text: PermType, UserNum,
// LogDateTime, LogText, PatNum and, unless it is the year 1, DateTPrevious. A
// row of a dump with another hash has the integrity failed; Open Dental shows it
// in red. Such a row need not be forged: rows that a conversion of the database
// has touched are red there too. Where the text has characters beyond ASCII or
// line ends that are not written as escapes, whatever wrote or copied the dump
// may have changed them, and another hash is unknown. A row without a hash, as
// all from before release 14.1, is unknown. Tables with separators prove a hash
// only: a User Query drops line breaks and tabs and cuts texts off, so that
// another hash means failed only where the text is empty and all other columns
// are there, and unknown elsewhere. The grid has no hashes.
//
// A hash whose row is not in the dump is noted as a deleted row, where all rows
// could be read and the dump has the whole log as far as can be seen: it was not
// made with a condition, does not have more hashes without a row than rows, and
// what is older than its first row does not count.
//
// # What it refuses to do
//
// It never keeps LogText, which names patients, and not Last Edit. It does not
// read a User Query in the human-readable view, which has names instead of
// patients' numbers: such rows are rejected. It does not read the grid without
// its header, and not what the API returns, which are the log entries of the
// caller only. It does not decide from the text what was changed. It refuses a
// dump that has the tables of two databases, whose accounts and patients it
// would mix up.
package opendental

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

// gridRows is how many rows the window Audit Trail shows unless it is told
// otherwise.
const gridRows = 500

// Plugin returns the parser's description.
func Plugin() ingest.Plugin { return plugin(heldBytes) }

func plugin(held int) ingest.Plugin {
	return ingest.Plugin{
		Name:       "opendental",
		Summary:    "Open Dental: audit trail as mysqldump, User Query or copied grid; from documentation",
		Version:    1,
		Produces:   []ingest.Dataset{ingest.Events},
		Sample:     "sample_logs/opendental/opendental_audit.sql",
		ExportCaps: []int64{gridRows},
		New: func(ingest.Settings) (ingest.Parser, error) {
			return parser{held: held}, nil
		},
	}
}

type parser struct{ held int }

// Detect accepts a dump that starts with a table of Open Dental, and a table
// whose header is that of securitylog, of loginattempt or of the grid.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if mysqldump.Is(h.Bytes) {
		return detectDump(h)
	}
	return detectTable(h)
}

// Parse reads the audit trail.
func (p parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning of the file: %w", err)
	}
	perms, err := readPermissions()
	if err != nil {
		return err
	}
	src.Data = data
	if mysqldump.Is(head) {
		return newDump(src, w, perms, p.held).run(ctx)
	}
	return readTable(ctx, src, w, perms)
}
