// Package ingest is the public contract between exported log files and
// chartwatch: what a parser is, what it may read and what rows it produces.
//
// A parser turns one export into normalised rows and pushes them into a
// [Writer], which hands them on as Apache Arrow record batches. The package
// knows no database, no configuration, no clock and no network. It decides
// nothing about an access; it only says what the export says, in one
// vocabulary.
//
// All instants are UTC. A time that an export writes without an offset is read
// in [Source.Zone] by a [LocalClock], and the row says so in
// [Event.TZBasis] and [Event.TimeFlag].
//
// No error, reject or note made with this package may quote the contents of a
// cell: cells are protected health information. The only place a raw row may
// go is [Reject.Raw], which ends in the sealed quarantine.
package ingest
