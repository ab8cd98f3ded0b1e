package world

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// row is an access in chartwatch's interchange format.
type row struct {
	Dataset       string `json:"dataset"`
	SourceEventID string `json:"source_event_id"`
	SourceSystem  string `json:"source_system"`
	OccurredAt    string `json:"occurred_at"`
	TZBasis       string `json:"tz_basis"`
	UserID        string `json:"user_id,omitempty"`
	UserName      string `json:"user_name,omitempty"`
	UserType      string `json:"user_type,omitempty"`
	PatientID     string `json:"patient_id,omitempty"`
	PatientName   string `json:"patient_name,omitempty"`
	Action        string `json:"action"`
	ActionRaw     string `json:"action_raw"`
	RecordType    string `json:"record_type,omitempty"`
	RecordID      string `json:"record_id,omitempty"`
	RecordLabel   string `json:"record_label,omitempty"`
	Workstation   string `json:"workstation,omitempty"`
	IP            string `json:"ip,omitempty"`
	Location      string `json:"location,omitempty"`
	Outcome       string `json:"outcome"`
	OutcomeReason string `json:"outcome_reason,omitempty"`
	SessionID     string `json:"session_id,omitempty"`
	BreakGlass    bool   `json:"break_glass,omitempty"`
	ReasonText    string `json:"reason_text,omitempty"`
	RecordCount   int    `json:"n_records,omitempty"`
	Interactive   string `json:"interactive"`
	Granularity   string `json:"granularity"`
}

// names returns the names that the log shows beside the identifiers.
func (w *World) names(a *Access) (user, patient string) {
	if x := w.Patient(a.PatientID); x != nil {
		patient = x.FirstName + " " + x.LastName
	}
	if a.UserType == ingest.UserPatient {
		return patient, patient
	}
	if p := w.Person(a.UserID); p != nil {
		user = p.Name()
	}
	return user, patient
}

// WriteNormalized writes accesses as JSON lines in chartwatch's interchange format.
func (w *World) WriteNormalized(out io.Writer, list []Access) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i := range list {
		a := &list[i]
		user, patient := w.names(a)
		interactive := ingest.InteractiveYes
		if a.Job {
			interactive = ingest.InteractiveNo
		}
		if err := enc.Encode(row{
			Dataset: string(ingest.Events), SourceEventID: strconv.FormatInt(a.ID, 10), SourceSystem: source,
			OccurredAt: a.At.Format(time.RFC3339), TZBasis: string(ingest.TZExplicit), UserID: a.UserID, UserName: user,
			UserType: string(a.UserType), PatientID: a.PatientID, PatientName: patient, Action: string(a.Action), ActionRaw: a.Raw,
			RecordType: string(a.Record), RecordID: a.RecordID, RecordLabel: a.RecordName, Workstation: a.Station, IP: a.IP,
			Location: a.Location, Outcome: string(a.Outcome), OutcomeReason: a.Why, SessionID: a.SessionID, BreakGlass: a.Glass,
			ReasonText: a.GlassWhy, RecordCount: a.Found, Interactive: string(interactive), Granularity: string(ingest.GranularityEvent),
		}); err != nil {
			return fmt.Errorf("writing the log: %w", err)
		}
	}
	return nil
}

// WriteCSV writes accesses as a plain CSV export with local times and no offsets.
func (w *World) WriteCSV(out io.Writer, list []Access) error {
	c := csv.NewWriter(out)
	err := c.Write([]string{
		"timestamp", "event_id", "user_id", "user_name", "user_type", "patient_id", "patient_name", "action", "record_type", "record_id",
		"record_label", "workstation", "ip", "location", "outcome", "outcome_reason", "session_id", "break_glass", "reason_text", "interactive",
	})
	for i := range list {
		a := &list[i]
		user, patient := w.names(a)
		if err != nil {
			break
		}
		interactive := "yes"
		if a.Job {
			interactive = "no"
		}
		err = c.Write([]string{
			a.At.In(w.Options.Zone).Format(time.DateTime), strconv.FormatInt(a.ID, 10), a.UserID, user, string(a.UserType), a.PatientID,
			patient, string(a.Action), string(a.Record), a.RecordID, a.RecordName, a.Station, a.IP, a.Location, string(a.Outcome), a.Why,
			a.SessionID, strconv.FormatBool(a.Glass), a.GlassWhy, interactive,
		})
	}
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	return nil
}

// WriteStaff writes the roster, as it was known some weeks before the end if it is stale.
func (w *World) WriteStaff(out io.Writer) error {
	known := w.date(w.days - 7*w.Options.Dirt.StaleRoster).Format(isoDate)
	records := [][]string{{
		"user_id", "name", "role", "department", "hired_on", "left_on", "weekdays", "shift_start", "shift_end", "address", "patient_id",
	}}
	for i := range w.Staff {
		p := &w.Staff[i]
		left := p.LeftOn
		if left > known {
			left = ""
		}
		if p.HiredOn > known {
			continue
		}
		line := []string{p.UserID, p.Name(), p.Title, p.Department, p.HiredOn, left, "", "", "", p.Address, p.PatientID}
		if p.Role != Vendor && p.Role != Interface && !p.monthly {
			line[6], line[7], line[8] = weekdays(p.Weekdays), clock(p.ShiftStart), clock(p.ShiftEnd)
		}
		records = append(records, line)
		if p.Saturday {
			more := slices.Clone(line)
			more[6], more[7], more[8] = "sat", "09:00", "13:00"
			records = append(records, more)
		}
		if p.Also != "" {
			more := slices.Clone(line)
			more[2], more[3] = string(p.Also), department(p.Also)
			records = append(records, more)
		}
	}
	return table(out, "the roster", records)
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// WritePatients writes the patients.
func (w *World) WritePatients(out io.Writer) error {
	records := [][]string{{"patient_id", "first_name", "last_name", "birth_date", "address", "vip"}}
	for i := range w.Patients {
		x := &w.Patients[i]
		records = append(records, []string{x.PatientID, x.FirstName, x.LastName, x.BirthDate, x.Address, strconv.FormatBool(x.VIP)})
	}
	return table(out, "the patients", records)
}

// WriteAppointments writes the calendar with local times, as it was on the last
// day: what was yet to come is booked.
func (w *World) WriteAppointments(out io.Writer) error {
	records := [][]string{{"appointment_id", "patient_id", "provider_id", "starts_at", "minutes", "status"}}
	for _, a := range w.calendarByTime() {
		if !a.recorded || a.walkIn && a.day >= w.days {
			continue
		}
		status := a.Status
		switch {
		case a.day >= w.days:
			status = Booked
		case !w.happens(a) && status == Fulfilled:
			status = Cancelled
		}
		records = append(records, []string{
			a.AppointmentID, a.PatientID, a.ProviderID, a.StartsAt.In(w.Options.Zone).Format("2006-01-02 15:04"),
			strconv.Itoa(a.Minutes), string(status),
		})
	}
	return table(out, "the calendar", records)
}

func table(out io.Writer, what string, records [][]string) error {
	if err := csv.NewWriter(out).WriteAll(records); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}

// WriteFiles writes the world into a folder that must not exist yet:
//
//	chartwatch.yaml                 zone and sources
//	log/ehr-20250106.ndjson …       the log, one file a delivery
//	csv/ehr-20250106.csv …          the same as plain CSV; to be read instead
//	context/staff.csv, patients.csv, appointments.csv
//	settings.json, habits.json, labels.json
//
// Context tables and settings that the dirt takes away are not written.
func (w *World) WriteFiles(dir string) error {
	for _, sub := range []string{"log", "csv", "context"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return fmt.Errorf("making the folder of a world: %w", err)
		}
	}
	dirt := w.Options.Dirt
	type file struct {
		path  string
		write func(io.Writer) error
		skip  bool
	}
	files := []file{
		{"chartwatch.yaml", w.writeConfig, false},
		{"context/staff.csv", w.WriteStaff, dirt.NoRoster},
		{"context/patients.csv", w.WritePatients, dirt.NoPatients},
		{"context/appointments.csv", w.WriteAppointments, dirt.NoAppointments},
		{"settings.json", asJSON(w.Settings), dirt.NoSettings},
		{"habits.json", asJSON(w.Habits), false},
		{"labels.json", asJSON(w.Labels), false},
	}
	for _, x := range w.Deliveries() {
		files = append(files,
			file{"log/" + x.Name + ".ndjson", func(o io.Writer) error { return w.WriteNormalized(o, x.Accesses) }, false},
			file{"csv/" + x.Name + ".csv", func(o io.Writer) error { return w.WriteCSV(o, x.Accesses) }, false})
	}
	for _, f := range files {
		if f.skip {
			continue
		}
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(f.path)), f.write); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) writeConfig(out io.Writer) error {
	_, err := fmt.Fprintf(out, "# One made-up practice; nobody in it exists.\ntimezone: %s\nsources:\n"+
		"  - name: ehr\n    match: \"ehr-*\"\n    expect: weekdays\n", w.Options.Zone)
	return err
}

func asJSON(v any) func(io.Writer) error {
	return func(out io.Writer) error {
		enc := json.NewEncoder(out)
		enc.SetIndent("", " ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return fmt.Errorf("writing a file of a world: %w", err)
	}
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("writing a file of a world: %w", e)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}
