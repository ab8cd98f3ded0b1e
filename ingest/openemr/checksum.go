package openemr

import (
	"crypto/sha3"
	"encoding/hex"
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
)

// digest is a SHA3-512 sum with its four quarters laid over each other: enough
// to notice any change, and a quarter of the memory for each pending row.
type digest [16]byte

func fold(sum [64]byte) digest {
	var d digest
	for i, c := range sum {
		d[i%len(d)] ^= c
	}
	return d
}

// sumRow computes the checksum that the product stores for a row: over the
// values of these columns as stored, without separators, null as empty.
func sumRow(scratch []byte, v *[numFields][]byte, date [19]byte) ([]byte, digest) {
	scratch = append(scratch[:0], date[:]...)
	for _, f := range hashedFields() {
		scratch = append(scratch, v[f]...)
	}
	return scratch, fold(sha3.Sum512(scratch))
}

// hashedFields are the columns behind the date that go into the checksum.
func hashedFields() [12]field {
	return [12]field{
		fEvent, fCategory, fUser, fGroup, fComments, fNotes, fPatient, fSuccess, fCert, fLogFrom, fMenu, fDocument,
	}
}

// check is one row of log_comment_encrypt.
type check struct {
	logID  int64
	line   int64
	sum    digest
	usable bool // it holds a sum of the right form
	// old says that the row comes from a release before 6.0, whose recipe is
	// not known for certain: it can prove that a row is right, but not that it
	// is wrong.
	old bool
	// late says that it stands behind the log in the dump.
	late bool
}

// firstKnownVersion is the first value of the version column with the recipe of sumRow.
const firstKnownVersion = 4

func newCheck(sum, version []byte) check {
	var c check
	var full [64]byte
	if len(sum) == hex.EncodedLen(len(full)) {
		if _, err := hex.Decode(full[:], sum); err == nil {
			c.sum, c.usable = fold(full), true
		}
	}
	if n, err := strconv.Atoi(string(version)); err == nil {
		c.old = n < firstKnownVersion
	}
	return c
}

// judge compares a row's own sum with the stored one.
func (c check) judge(sum digest, known bool) integrity {
	switch {
	case !c.usable || !known:
		return integrityUnknown
	case sum == c.sum:
		return integrityOK
	case c.old:
		return integrityUnknown
	default:
		return integrityFailed
	}
}

// integrity is the small form of [ingest.Integrity]. A worse result is larger.
type integrity uint8

const (
	integrityNone integrity = iota
	integrityUnknown
	integrityOK
	integrityFailed
)

func (i integrity) value() ingest.Integrity {
	switch i {
	case integrityUnknown:
		return ingest.IntegrityUnknown
	case integrityOK:
		return ingest.IntegrityOK
	case integrityFailed:
		return ingest.IntegrityFailed
	default:
		return ""
	}
}
