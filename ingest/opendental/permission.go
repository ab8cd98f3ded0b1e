package opendental

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// permissionTable has every permission of release 24.3 by its number, with what
// a row of the log that names it means.
//
//go:embed permissions.csv
var permissionTable string

// permission is what is logged: the permission that a user made use of.
type permission struct {
	label  string // as the source writes it, or the name of its number
	action ingest.Action
	record ingest.RecordType
}

// Numbers of permissions that are treated in a way of their own.
const (
	permUserLogOnOff       = 83
	permEhrEmergencyAccess = 48
	permPatientPortal      = 75
	permPatientPortalLogin = 175
	permUnknown            = -1
)

// permissions knows the permissions by number and by name.
type permissions struct {
	list    []permission
	numbers map[string]int32
}

func readPermissions() (*permissions, error) {
	p := &permissions{numbers: map[string]int32{}}
	table := ingest.NewTableReader(strings.NewReader(permissionTable), ',')
	table.SetFields(4)
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the list of permissions: %w", err)
		}
		if row.Line == 1 {
			continue
		}
		n := int32(len(p.list)) //nolint:gosec // the list is short
		if row.Problem != "" || row.Fields[0] != strconv.Itoa(len(p.list)) {
			return nil, fmt.Errorf("reading the list of permissions: line %d is not permission %d", row.Line, n)
		}
		p.list = append(p.list, permission{
			label: row.Fields[1], action: ingest.Action(row.Fields[2]), record: ingest.RecordType(row.Fields[3]),
		})
		p.numbers[strings.ToLower(row.Fields[1])] = n
	}
	// As the grid of the audit trail, and its manual, call them.
	for alias, name := range map[string]string{
		"chartmoduleviewed": "chartmodule", "familymoduleviewed": "familymodule", "accountmoduleviewed": "accountmodule",
		"treatmentplanmoduleviewed": "tpmodule", "imagesmoduleviewed": "imagingmodule", "imagingmoduleviewed": "imagingmodule",
	} {
		p.numbers[alias] = p.numbers[name]
	}
	return p, nil
}

// byNumber returns a permission. The label of an unknown one is its number.
func (p *permissions) byNumber(n int32) permission {
	if n < 0 || int(n) >= len(p.list) {
		return permission{label: strconv.Itoa(int(n)), action: ingest.ActionOther, record: ingest.RecordOther}
	}
	return p.list[n]
}

// find reads a permission that is written as a number or as a name.
func (p *permissions) find(s string) (n int32, label string, ok bool) {
	if s == "" || len(s) > maxLabel {
		return 0, "", false
	}
	if v, err := strconv.ParseInt(s, 10, 32); err == nil {
		return int32(v), p.byNumber(int32(v)).label, v >= 0
	}
	if n, known := p.numbers[strings.ToLower(s)]; known {
		return n, s, true
	}
	return permUnknown, s, isName(s)
}

// maxLabel is the length of the longest label that is kept.
const maxLabel = 64

// isName reports whether s looks like a name of the enumeration and not like
// free text.
func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' {
			return false
		}
	}
	return true
}

// logOn is what the text of a row with UserLogOnOff says.
type logOn uint8

const (
	logOnOther logOn = iota
	loggedOn
	loggedOff
)

// logOnOf reads the text. It ends with what happened; before, it has the name
// of the account.
func logOnOf(text string) logOn {
	text = strings.ToLower(strings.TrimRight(text, ". \t\r\n"))
	for _, end := range []string{" has logged on", " has logged on via command line"} {
		if strings.HasSuffix(text, end) {
			return loggedOn
		}
	}
	for _, end := range []string{" has logged off", " has auto logged off"} {
		if strings.HasSuffix(text, end) {
			return loggedOff
		}
	}
	return logOnOther
}

// Programs that write rows.
const (
	sourceOpenDental    = 0
	sourcePatientPortal = 6
	sourceMobileWeb     = 10
	sourceMobileApp     = 16
	sourceUnknown       = -1
)

// sourceNames lists the programs by number.
func sourceNames() []string {
	return []string{
		"None", "WebSched", "InsPlanImport834", "HL7", "DBM", "FHIR", "PatientPortal", "WebSchedNewPatAppt", "AutoConfirmations",
		"Diagnostic", "MobileWeb", "CanadaEobAutoImport", "WebSchedASAP", "OpenDentalService", "BroadcastMonitor", "AutoLogOff",
		"ODMobile", "TextMessaging", "CareCredit", "WebSchedExistingPatient", "eRx", "SignupPortal", "EmployerImport834", "API",
		"ClaimReceiveAutomatic", "PaymentPortal",
	}
}

// findSource reads a program that is written as a number or as a name; no text
// is Open Dental itself.
func findSource(s string) (n int32, label string, ok bool) {
	if s == "" {
		return sourceOpenDental, "", true
	}
	names := sourceNames()
	if v, err := strconv.ParseInt(s, 10, 32); err == nil {
		return int32(v), sourceLabel(int32(v)), v >= 0
	}
	for i, name := range names {
		if strings.EqualFold(name, s) {
			return int32(i), sourceLabel(int32(i)), true
		}
	}
	return sourceUnknown, s, len(s) <= maxLabel && isName(s)
}

// sourceLabel returns the name of a program; Open Dental itself needs none.
func sourceLabel(n int32) string {
	names := sourceNames()
	switch {
	case n == sourceOpenDental:
		return ""
	case n > 0 && int(n) < len(names):
		return names[n]
	}
	return strconv.Itoa(int(n))
}

// atDesk reports whether a program is one that a person of the practice uses.
func atDesk(source int32) bool {
	return source == sourceOpenDental || source == sourceMobileWeb || source == sourceMobileApp
}
