package model_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules/models"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"Łuczak, Anna", "anna  LUCZAK"},
		{"Siobhan O’Brien", "O'BRIEN, SIOBHAN"},
		{"Dr. Zoë Núñez", "Zoe Nunez, DDS"},
		{"Jörg Weiß", "Jorg Weiss"},
		{"Robert Smith Jr.", "Smith, Robert"},
	} {
		if x, y := model.NameKey(c.a), model.NameKey(c.b); x != y {
			t.Errorf("%q has key %q, %q has %q", c.a, x, c.b, y)
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Hannah Park", "Hannah M Park", true},
		{"H Park", "Hannah Park", true},
		{"Hannah Park", "Harriet Park", false},
		{"Park", "Hannah Park", false},
		{"Hannah Park", "Hannah Lee", false},
	} {
		if got := model.SameName(model.NameKey(c.a), model.NameKey(c.b)); got != c.want {
			t.Errorf("%q and %q are one name: %v, want %v", c.a, c.b, got, c.want)
		}
	}
	for name, want := range map[string]string{
		"García-López": "garcia lopez", "van der Berg": "berg", "O'Brien": "obrien", "Smith Jr": "smith", "de la Cruz Peña": "cruz pena",
	} {
		if diff := cmp.Diff(want, strings.Join(model.SurnameKeys(name), " ")); diff != "" {
			t.Errorf("surnames of %q (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range map[string]string{
		"Hannah Park": "park", "Park, Hannah": "park", "Hannah Park, DDS": "park", "Hannah Park DDS": "park", "Garcia Lopez, Maria, RN": "garcia lopez",
		"Maria Garcia-Lopez": "garcia lopez", "Anna Weber (née Kowalska)": "weber kowalska", "Anna Weber nee Kowalska": "weber kowalska",
		"Anh Do": "", "": "",
	} {
		if diff := cmp.Diff(want, strings.Join(model.StaffSurnames(name), " ")); diff != "" {
			t.Errorf("surnames of staff %q (-want +got):\n%s", name, diff)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, same := range [][]string{
		{"12 Birch Lane, Millbrook", "12 BIRCH LN. MILLBROOK", "12 Birch ln,  Millbrook"},
		{"43 School Street Apt 4, Millbrook, NY 12345", "43 School St #4, Millbrook NY 12345-6789", "43 School St. Unit 4, Millbrook, NY 12345, USA"},
	} {
		for _, a := range same[1:] {
			if diff := cmp.Diff(model.AddressKey(same[0]), model.AddressKey(a)); diff != "" {
				t.Errorf("key of %q is not that of %q (-want +got):\n%s", a, same[0], diff)
			}
		}
	}
	for _, vague := range []string{"", "Millbrook", "Orchard Rise, Millbrook", "Millbrook 12345", "unknown"} {
		if got := model.AddressKey(vague); got != "" {
			t.Errorf("%q has key %q", vague, got)
		}
	}
	if model.AddressKey("12 Birch Lane, Millbrook") == model.AddressKey("12 Birch Street, Millbrook") {
		t.Error("a lane and a street are one")
	}
	for address, want := range map[string]string{
		"12 Birch Lane, Millbrook": "millbrook", "12 Birch Lane, Millbrook, NY 12345": "12345 millbrook", "12 Birch Lane, Millbrook NY 12345": "12345 millbrook",
		"12 Birch Lane": "", "12 Birch Lane Millbrook 12345": "12345",
	} {
		if diff := cmp.Diff(want, strings.Join(model.Towns(address), " ")); diff != "" {
			t.Errorf("towns of %q (-want +got):\n%s", address, diff)
		}
	}
}

func TestRoles(t *testing.T) {
	for text, want := range map[string]string{
		"dentist": "clinician", "DDS": "clinician", "Family Nurse Practitioner": "clinician", "Physician Assistant": "clinician", "PA-C": "clinician",
		"Registered Nurse": "nurse", "RN": "nurse", "LPN": "nurse", "medical_assistant": "assistant", "Dental Hygienist": "assistant",
		"Dental Assistant II": "assistant", "front_desk": "front_desk", "Receptionist": "front_desk", "Dental office receptionist": "front_desk",
		"Administrative Assistant": "front_desk", "LCSW": "therapist", "Physical Therapist": "therapist", "Clinical Psychologist": "therapist",
		"Psychiatric NP (PMHNP)": "clinician", "RDH": "assistant", "Dental Asst": "assistant", "MA II": "assistant", "Lead MA": "assistant",
		"Front Office Coordinator": "front_desk", "Tx Coordinator": "front_desk", "Check-out": "front_desk", "Virtual Assistant": "front_desk",
		"Intake Coordinator": "front_desk", "Referrals Coordinator": "front_desk", "LCSW-A": "therapist", "Biller/Coder": "billing",
		"AR Specialist": "billing", "Office Mgr": "manager", "Clinic Mgr": "manager", "Billing Mgr": "billing", "Nurse Mgr": "nurse", "Janitorial": "housekeeping", "Cleaning crew": "housekeeping",
		"Medical Biller": "billing", "Coder": "billing", "Office Manager": "manager", "owner": "manager", "Practice Administrator": "manager",
		"IT": "it", "System Administrator": "it", "vendor": "vendor", "hl7 interface": "interface", "Nursing Student": "student",
		"X-Ray Tech": "lab", "laboratory_technician": "lab", "Janitor": "housekeeping", "Security Guard": "security", "Medical Records": "records",
		"Front Desk / Billing": "front_desk billing", "RN; office manager": "nurse manager", "staff": "other", "": "", "Dentist, owner": "clinician manager",
	} {
		got, understood := model.Roles(text)
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" || !understood {
			t.Errorf("roles of %q, understood %v (-want +got):\n%s", text, understood, diff)
		}
	}
	if got, understood := model.Roles("Wizard"); understood || !slices.Equal(got, []string{"other"}) {
		t.Errorf("an unknown word is %v, understood %v", got, understood)
	}
	if got, understood := model.Roles("Wizard", practice.RoleName{Name: "wizard", Role: "manager"}); !understood || !slices.Equal(got, []string{"manager"}) {
		t.Errorf("the practice's word is %v, understood %v", got, understood)
	}
	for _, role := range models.RoleNames() {
		if got, understood := model.Roles(role); !understood || !slices.Equal(got, []string{role}) {
			t.Errorf("role %s is %v, understood %v", role, got, understood)
		}
	}
}

func TestFederalHolidays(t *testing.T) {
	for year, want := range map[int]string{
		2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
		// Independence Day is a Saturday.
		2026: "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
		// Juneteenth and Christmas are Saturdays, Independence Day a Sunday, and New Year's Day
		// 2022 a Saturday.
		2021: "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31",
		// New Year's and Christmas Day are Sundays.
		2022: "01-01 01-17 02-21 05-30 06-19 06-20 07-04 09-05 10-10 11-11 11-24 12-25 12-26",
	} {
		from := coverage.DayOf(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		to := coverage.DayOf(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
		var list []string
		set := model.Holidays("us-federal", coverage.Period{From: from, To: to})
		for d := from; d <= to; d++ {
			if set[d] {
				list = append(list, d.String()[5:])
			}
		}
		if diff := cmp.Diff(want, strings.Join(list, " ")); diff != "" {
			t.Errorf("holidays of %d (-want +got):\n%s", year, diff)
		}
	}
	if got := model.Holidays("none", coverage.Period{From: day("01-01"), To: day("12-31")}); len(got) > 0 {
		t.Errorf("no calendar has holidays: %v", got)
	}
}

func TestGenericAccounts(t *testing.T) {
	for id, want := range map[string]bool{
		"frontdesk": true, "front-desk2": true, "FrontDesk1": true, "nurse1": true, "nursestation": true, "temp": true, "training01": true, "test.user": true,
		"scan": true, "fax": true, "admin": true, "kiosk3": true, "exam_room_2": true, "ma1": true, "hyg2": true, "room12": true,
		"hpark": false, "asmith2": false, "ma": false, "templeton": false, "scanlon": false, "j.deskin": false, "tester-anna": false, "anna.test": true,
		"p1": false, "mtrain": false, "105": false, "dr.osei": false,
	} {
		if got := model.IsGeneric(id, ""); got != want {
			t.Errorf("%q is generic: %v, want %v", id, got, want)
		}
	}
	for _, c := range []struct {
		id, name string
		want     bool
	}{
		{"nurse", "Betty Nurse", false},
		{"scan", "Olaf Scan", false},
		{"frontdesk", "Front Desk", true},
		{"frontdesk", "Beth Farrow", true},
		{"test", "Anna Test", false},
	} {
		if got := model.IsGeneric(c.id, c.name); got != c.want {
			t.Errorf("%q of %q is generic: %v, want %v", c.id, c.name, got, c.want)
		}
	}
	for id, want := range map[string]bool{"vendor-it": true, "it-northgate": true, "northgate.support": true, "msp01": true, "it": false, "smith": false, "kit": false} {
		if got := model.IsVendorName(id); got != want {
			t.Errorf("%q is a vendor's: %v, want %v", id, got, want)
		}
	}
}

func TestAddressClasses(t *testing.T) {
	own := []practice.Network{{CIDR: "10.20.0.0/16", Class: "onsite"}, {CIDR: "10.20.9.0/24", Class: "vpn"}, {CIDR: "198.51.100.7", Class: "onsite"}}
	for _, c := range []struct {
		ip, open, known string // the class with no network known, and with some
	}{
		{"10.20.4.11", "onsite", "onsite"},
		{"10.20.9.3", "onsite", "vpn"},
		{"192.168.1.5", "onsite", "unknown"},
		{"127.0.0.1", "onsite", "onsite"},
		{"203.0.113.9", "external", "external"},
		{"198.51.100.7", "external", "onsite"},
		{"203.0.113.9:5501", "external", "external"},
		{"::ffff:10.20.4.1", "onsite", "onsite"},
		{"[2001:db8::1]", "external", "external"},
		{"fe80::1%eth0", "onsite", "unknown"},
		{"100.64.0.1", "unknown", "unknown"},
		{"", "unknown", "unknown"},
		{"FRONT-1", "unknown", "unknown"},
		{"0.0.0.0", "unknown", "unknown"},
	} {
		if got := model.ClassOf(c.ip); got != c.open {
			t.Errorf("%q is %s, want %s", c.ip, got, c.open)
		}
		if got := model.ClassOf(c.ip, own...); got != c.known {
			t.Errorf("%q is %s among networks, want %s", c.ip, got, c.known)
		}
	}
}

func TestStatuses(t *testing.T) {
	for word, want := range map[string]string{
		"": "booked", "booked": "booked", "pending": "booked", "fulfilled": "kept", "checked-in": "kept", "Arrived": "kept", "finished": "kept",
		"noshow": "missed", "No-Show": "missed", "cancelled": "", "Canceled <24h": "", "entered-in-error": "", "x": "", "@": "kept", "?": "missed",
		"-": "booked", "not arrived": "booked",
	} {
		if got := model.VisitStatus(word); got != want {
			t.Errorf("status %q is %q, want %q", word, got, want)
		}
	}
	for _, c := range []struct{ action, raw, want string }{
		{"update", "Role added to user", "grant"},
		{"update", "Permission revoked", "revoke"},
		{"update", "Password reset", "reset"},
		{"create", "", "create"},
		{"delete", "", "disable"},
		{"update", "Account disabled", "disable"},
		{"update", "Account enabled", "enable"},
		{"update", "", "other"},
	} {
		if got := model.ChangeOf(c.action, c.raw); got != c.want {
			t.Errorf("%s %q is %s, want %s", c.action, c.raw, got, c.want)
		}
	}
}

func TestRecordNumbers(t *testing.T) {
	for _, c := range []struct {
		ids  string
		want []int64
	}{
		{"1001 1002 0003", []int64{1001, 1002, 3}},
		{"MRN001 MRN002 X5 name:anna", []int64{1, 2, 0, 0}},
		{"a-b c-d", []int64{0, 0}},
		{"12345678901234567890 12", []int64{0, 12}},
	} {
		if diff := cmp.Diff(c.want, model.RecordNumbers(strings.Fields(c.ids)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.ids, diff)
		}
	}
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		bounds []int64
		want   []int64
	}{
		{"day", []int64{480, 1020}, []int64{480, 1020}},
		{"over-midnight", []int64{1320, 1440 + 360}, []int64{1320, 1440}},
		{"from-yesterday", []int64{-120, 60}, []int64{0, 60}},
		{"overlap", []int64{480, 720, 700, 1020}, []int64{480, 1020}},
		{"closest-joined", []int64{0, 10, 100, 110, 115, 120, 500, 510}, []int64{0, 10, 100, 120, 500, 510}},
		{"elsewhere", []int64{1440, 1500}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, model.Ranges(0, c.bounds...), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlacesOutside(t *testing.T) {
	for name, want := range map[string]bool{
		"HOME-PC": true, "lwest-laptop": true, "iPad 3": true, "VPN01": true, "FRONT-1": false, "OP-2": false, "MOBILEHEAD": false, "WEBSTER-PC": false, "": false,
	} {
		if got := model.IsAway(name); got != want {
			t.Errorf("%q is away: %v, want %v", name, got, want)
		}
	}
	for id, want := range map[string]string{`CLINIC\anna`: "anna", "anna@clinic.example": "anna", `a\b\anna`: "anna", "anna": "anna", "": ""} {
		if got := model.BareAccount(id); got != want {
			t.Errorf("%q without its domain is %q, want %q", id, got, want)
		}
	}
}
