package report

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/access"
)

// WhoCSV prints the accesses as CSV. The answer itself and the reasons, with the
// gaps and the candidates among them, stand in columns of their own on every
// row, so that the file cannot be read without them; without an access there is
// one row.
func WhoCSV(w io.Writer, a access.Answer) error { return WhoCSVWith(w, a, CSVOptions{}) }

// WhoCSVWith is [WhoCSV] with options.
func WhoCSVWith(w io.Writer, a access.Answer, o CSVOptions) error {
	rows := [][]string{{
		"answer", "reasons", "local_time", "at", "user_id", "user_name", "role", "patient_id", "patient_name", "action", "action_raw",
		"record_type", "record_id", "workstation", "ip", "outcome", "break_glass", "purpose", "explanation", "source", "source_event_id",
		"event_id", "matched_by", "file", "sha256", "line", "user_type", "time_flag", "integrity", "conflict", "explained", "explained_strength",
		"explained_by", "also_recorded",
	}}
	reasons := reasonText(a)
	for _, x := range a.Accesses {
		row := []string{
			string(a.Verdict), reasons, x.LocalTime, x.At.Format(time.RFC3339Nano), x.UserID, x.UserName, x.Role, x.PatientID, x.PatientName,
			x.Action, x.ActionRaw, x.RecordType, x.RecordID, x.Workstation, x.IP, x.Outcome, strconv.FormatBool(x.BreakGlass), x.Purpose,
			x.Explanation, x.Source, x.SourceEventID, x.EventID, x.MatchedBy, x.File, x.SHA256, strconv.FormatInt(x.Line, 10),
			x.UserType, x.TimeFlag, x.Integrity, strconv.FormatBool(x.Conflict),
		}
		if e := x.Explained; e != nil {
			row = append(row, e.Answer, e.Strength, e.Words)
		} else {
			row = append(row, "", "", "")
		}
		row = append(row, alsoRecorded(x))
		rows = append(rows, row)
	}
	if len(a.Accesses) == 0 {
		row := make([]string, len(rows[0]))
		row[0], row[1] = string(a.Verdict), reasons
		rows = append(rows, row)
	}
	return writeCSV(w, rows, o)
}

// alsoRecorded lists the event numbers of the other records of an access, as in
// column event_id, with their sources.
func alsoRecorded(x access.Access) string {
	list := make([]string, len(x.AlsoRecorded))
	for i, t := range x.AlsoRecorded {
		list[i] = t.EventID + " (" + t.Source + ")"
	}
	return strings.Join(list, "; ")
}
