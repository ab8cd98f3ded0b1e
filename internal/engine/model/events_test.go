package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules/models"
)

// wideHeader is the first line of a log in our own format's columns.
const wideHeader = "timestamp,event_id,user_id,user_name,role,patient_id,patient_name,action,record_type,workstation,ip,outcome"

func TestEvents(t *testing.T) {
	d := newDesk(t)
	d.practice.Patients = []practice.PatientLink{{Number: "X9", SameAs: "1001"}, {Number: "X8", SameAs: "X9"}}
	d.practice.Workstations = []practice.Workstation{{Name: "OP-*", Location: "North", Onsite: true}, {Name: "OP-2", Location: "South"}}
	d.practice.Lists = []practice.ListEntry{{List: "interface_accounts", Value: "LabLink"}}
	d.practice.Closures = []practice.Closure{{From: day("03-11"), To: day("03-11"), Why: "storm"}}
	d.file("ehr", wideHeader,
		"2025-03-10 09:00:10,501,ana,Ana A,rn,1001,Pia P,view,clinical_note,OP-1,10.0.0.1,success",
		"2025-03-11 23:59:59,502,ana,Ana A,rn,X8,Pia P,export,billing,OP-2,203.0.113.5,failure",
		"2025-03-11 08:00:00,503,ana,Ana B,rn,,\"Łuczak, Anna\",update,,,,",
		"2025-03-12 08:00:00,504,lablink,,,1002,,create,lab_result,,,success",
		"2025-03-12 08:01:00,505,,,,,,login,,W9,not-an-address,failure",
		"2025-03-12 08:02:00,508,,,rn,1002,,view,,W9,,",
		"2025-03-18 08:01:00,506,ana,,,1001,,view,,W9,,",
		"2024-11-03 01:30:00,507,ana,,,1001,,view,,W9,,")
	d.build("03-10", "03-16", func(b built) {
		b.check(`SELECT source_seq, ts_s, hour_no, day_no, local_date, local_hour, local_minute, local_dow, is_holiday, time_doubtful FROM events ORDER BY source_seq`,
			"501 1741611610 483781 25-03-10 2025-03-10 9 540 1 0 0", "502 1741751999 483819 25-03-11 2025-03-11 23 1439 2 1 0",
			"503 1741694400 483804 25-03-11 2025-03-11 8 480 2 1 0", "504 1741780800 483828 25-03-12 2025-03-12 8 480 3 0 0",
			"505 1741780860 483828 25-03-12 2025-03-12 8 481 3 0 0",
			"508 1741780920 483828 25-03-12 2025-03-12 8 482 3 0 0")
		b.check(`SELECT source_seq, user_id, person_id, user_type, role, patient_id FROM events ORDER BY source_seq`,
			"501 ana ana staff unknown 1001", "502 ana ana staff unknown 1001", "503 ana ana staff unknown name:anna luczak",
			"504 lablink lablink system unknown 1002", "505 - - staff unknown -", "508 - - staff unknown 1002")
		b.check(`SELECT source_seq, action, record_type, is_read, is_write, is_taking, is_clinical, outcome, break_glass, interactive, granularity FROM events ORDER BY source_seq`,
			"501 view clinical_note 1 0 0 1 success 0 1 event", "502 export billing 1 0 1 0 failure 0 1 event", "503 update '' 0 1 0 1 unknown 0 1 event",
			"504 create lab_result 0 1 0 1 success 0 1 event", "505 login_failed '' 0 0 0 0 failure 0 1 event",
			"508 view '' 1 0 0 1 unknown 0 1 event")
		b.check(`SELECT source_seq, workstation, location, ip, ip_class, building_closed FROM events ORDER BY source_seq`,
			"501 OP-1 North 10.0.0.1 onsite 0", "502 OP-2 South 203.0.113.5 external 1", "503 - - - unknown 1", "504 - - - unknown 0",
			"505 W9 - not-an-address unknown 0", "508 W9 - - unknown 0")
		b.check("SELECT site, source_id, ingested_s, count(*) AS n FROM events GROUP BY ALL", "main ehr 1764676801 6")
		b.check("SELECT workstation, location, is_onsite, n_users FROM station ORDER BY ALL", "OP-1 North 1 0", "OP-2 South 0 0", "W9 '' 0 0")
		b.check("SELECT count(*) FROM opening WHERE is_open = 1", "0")
		b.check("SELECT location, day_no, is_open, why FROM opening", "'' 25-03-11 0 closure")
		shares := map[string]float64{
			"user_id": 4 / 6., "person_id": 4 / 6., "patient_id": 5 / 6., "workstation": 4 / 6., "location": 2 / 6., "ip": 3 / 6.,
			"record_type": 3 / 6., "source_seq": 1, "second": 1, "login_origin": 1,
		}
		if diff := cmp.Diff(shares, b.Sources[0].Shares); diff != "" || b.Sources[0].Name != "ehr" || b.Sources[0].Events != 6 {
			t.Errorf("sources %+v (-want +got):\n%s", b.Sources, diff)
		}
		if diff := cmp.Diff([]string{"create", "export", "login_failed", "update", "view"}, b.Actions); diff != "" {
			t.Errorf("actions (-want +got):\n%s", diff)
		}
		if want := coverage.DayOf(time.Date(2024, 11, 3, 0, 0, 0, 0, time.UTC)); b.FirstDay != want || b.FirstSeen["ana"] != want || b.HistoryDays != 1 {
			t.Errorf("first day %v, of ana %v, %d days of history", b.FirstDay, b.FirstSeen["ana"], b.HistoryDays)
		}
	})
	d.build("11-10", "11-16", func(b built) { b.check("SELECT count(*) FROM events", "0") })
}

// Models must have the documented columns in the documented order and types, and no
// null where there may be none.
func TestContract(t *testing.T) {
	d := sampleDesk(t)
	kinds := map[models.Type]string{models.Integer: "BIGINT", models.Real: "DOUBLE", models.Text: "VARCHAR"}
	d.build("03-10", "03-16", func(b built) {
		for _, m := range models.All() {
			if !isBase(m.Name) {
				continue
			}
			var want, nulls []string
			for _, c := range m.Columns {
				want = append(want, c.Name+" "+kinds[c.Type])
				if !c.Nullable {
					nulls = append(nulls, c.Name+" IS NULL")
				}
			}
			got := b.rows("SELECT column_name, column_type FROM (DESCRIBE " + m.Name + ")")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("columns of %s (-want +got):\n%s", m.Name, diff)
			}
			b.check(fmt.Sprintf("SELECT count(*) FROM %s WHERE %s", m.Name, strings.Join(nulls, " OR ")), "0")
			b.check(fmt.Sprintf("SELECT count(*) FROM %s WHERE site <> 'main'", m.Name), "0")
		}
	})
}

// isBase reports whether a model is one of those that rest on nothing but the store.
func isBase(name string) bool {
	switch name {
	case "first_open", "explained", "user_day", "user_hour", "user_week", "user_first":
		return false
	}
	return true
}

func TestSessions(t *testing.T) {
	d := newDesk(t)
	d.log("2025-03-10 09:00:00,ana,,login,session,W1", "2025-03-10 09:10:00,ana,1001,view,clinical_note,W1", "2025-03-10 09:25:00,ana,1001,view,clinical_note,W1",
		"2025-03-10 09:26:00,ana,1002,view,clinical_note,W2", "2025-03-10 09:40:00,ana,1002,view,clinical_note,W1", "2025-03-10 09:40:00,ana,,logout,session,W1",
		"2025-03-10 09:55:01,ana,1003,view,clinical_note,W1", "2025-03-10 09:55:02,ben,1003,view,clinical_note,W1", "2025-03-10 09:56:00,ben,1003,view,clinical_note,")
	d.build("03-10", "03-10", func(b built) {
		b.check("SELECT user_id, workstation, end_s - start_s, n_events, n_patients, began_login, ended_logout FROM sessions ORDER BY start_s, user_id",
			"ana W1 2400 5 2 1 1", "ana W2 0 1 1 0 0", "ana W1 0 1 1 0 0", "ben W1 0 1 1 0 0", "ben - 0 1 1 0 0")
	})
}

func TestAccountChanges(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader, "ana,Ana A,manager,,,,,,,,", "ben,Ben B,rn,,,,,,,,")
	path := d.write("events.ndjson",
		`{"dataset":"events","source_event_id":"1","occurred_at":"2025-03-10T15:00:00Z","tz_basis":"explicit","user_id":"ana","action":"update","action_raw":"Role granted","record_type":"user_admin","record_id":"BEN","outcome":"success","granularity":"event"}`,
		`{"dataset":"events","source_event_id":"2","occurred_at":"2025-03-10T15:01:00Z","tz_basis":"explicit","user_id":"ana","action":"update","action_raw":"Password reset","record_type":"user_admin","record_label":"ana","outcome":"success","granularity":"event"}`,
		`{"dataset":"events","source_event_id":"3","occurred_at":"2025-03-10T15:02:00Z","tz_basis":"explicit","user_id":"ana","action":"create","record_type":"user_admin","record_id":"new1","outcome":"success","granularity":"event"}`,
		`{"dataset":"events","source_event_id":"4","occurred_at":"2025-03-10T15:03:00Z","tz_basis":"explicit","user_id":"ana","action":"view","record_type":"user_admin","outcome":"success","granularity":"event"}`)
	d.path("ehr", path)
	d.build("03-10", "03-10", func(b built) {
		b.check("SELECT user_id, person_id, target_user_id, target_person_id, change FROM account_change ORDER BY ts_s",
			"ana ana ben ben grant", "ana ana ana ana reset", "ana ana new1 - create")
	})
}

func TestAccounts(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader, "ana,Ana A,rn,,,,,,,,", "never,Nia N,ma,,,,,,,,", "vendor-it,Northgate,vendor,,,,,,,,")
	d.practice.Lists = []practice.ListEntry{
		{List: "interface_accounts", Value: "hl7"},
		{List: "vendor_accounts", Value: "helper"},
		{Entry: practice.Entry{Expires: day("03-09")}, List: "interface_accounts", Value: "ana"},
		{List: "pairs", Value: "a", Value2: "b"},
	}
	d.log("2024-05-01 09:00:00,ana,1,view,clinical_note,W1", "2025-01-06 09:00:00,ana,1,view,clinical_note,W1", "2025-01-06 10:00:00,ana,1,view,clinical_note,W1",
		"2025-02-28 09:00:00,ana,1,view,clinical_note,W2", "2025-03-10 09:00:00,ana,1,view,clinical_note,W1", "2025-03-10 09:00:00,hl7,1,view,clinical_note,W1",
		"2025-03-10 09:00:00,frontdesk,1,view,clinical_note,W1", "2025-03-10 09:00:00,helper,1,view,clinical_note,W1", "2025-01-06 09:00:00,gone,1,view,clinical_note,W1",
		"2024-05-02 09:00:00,slept,1,view,clinical_note,W1", "2025-03-12 09:00:00,slept,1,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT user_id, person_id, n_persons, on_roster, is_generic, is_interface, is_vendor, role, prior_active_days, last_active_day, first_seen_day FROM accounts ORDER BY user_id",
			"ana ana 1 1 0 0 0 nurse 2 25-02-28 24-05-01", "frontdesk - 0 0 1 0 0 unknown 0 - 25-03-10", "gone - 0 0 0 0 0 unknown 1 25-01-06 25-01-06",
			"helper - 0 0 0 0 1 unknown 0 - 25-03-10", "hl7 - 0 0 0 1 0 unknown 0 - 25-03-10", "never never 1 1 0 0 0 assistant 0 - -",
			"slept - 0 0 0 0 0 unknown 0 24-05-02 24-05-02", "vendor-it vendor-it 1 1 0 0 1 vendor 0 - -")
		b.check("SELECT list, value, value2 FROM list_entry ORDER BY ALL", "interface_accounts hl7 ''", "pairs a b", "pairs b a", "vendor_accounts helper ''")
		b.check("SELECT workstation, n_users FROM station ORDER BY ALL", "W1 0", "W2 1")
	})
}

func TestPolicyAndTickets(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader, "vendor-it,Northgate,vendor,,,,,,,,")
	d.practice.Policy = []practice.PolicyRow{
		{Role: "front_desk", RecordType: "clinical_note", Action: "update", Verdict: "review"},
		{Entry: practice.Entry{Expires: day("03-01")}, Role: "billing", RecordType: "clinical_note", Action: "update", Verdict: "allow"},
		{Role: "lab", RecordType: "report", Action: "view", Verdict: "allow"},
		{Role: "lab", RecordType: "report", Action: "*", Verdict: "deny"},
		{Role: "lab", RecordType: "*", Action: "*", Verdict: "review"},
	}
	at := time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)
	d.practice.Tickets = []practice.Ticket{{Number: "T1", Person: "Northgate", From: at, To: at.Add(time.Hour)}}
	d.log("2025-03-10 09:00:00,ana,1,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT role, verdict FROM role_policy WHERE record_type = 'clinical_note' AND action = 'update' AND role IN ('front_desk', 'billing', 'clinician', 'vendor', 'housekeeping') ORDER BY role",
			"billing deny", "front_desk review", "housekeeping deny")
		b.check("SELECT verdict, count(*) FROM role_policy WHERE role = 'lab' GROUP BY verdict ORDER BY verdict",
			"allow 1", fmt.Sprintf("deny %d", len(ingest.Actions())-1), fmt.Sprintf("review %d", (len(ingest.RecordTypes())-1)*len(ingest.Actions())))
		b.check("SELECT person_id, from_s, to_s FROM ticket ORDER BY ALL", "Northgate 1741597200 1741600800", "vendor-it 1741597200 1741600800")
	})
}

func TestEmptyStore(t *testing.T) {
	d := newDesk(t)
	d.build("03-10", "03-16", func(b built) {
		for _, m := range models.All() {
			if m.Name != "role_policy" {
				b.check("SELECT count(*) FROM "+m.Name, "0")
			}
		}
		if len(b.Sources)+len(b.Notices)+b.HistoryDays > 0 {
			t.Errorf("an empty store has %+v", b.Built)
		}
	})
}
