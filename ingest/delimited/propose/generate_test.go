package propose_test

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"time"
)

// people are made-up.
func people() (first, last []string) {
	return strings.Fields("Jane Max Kim Ana Omar Lena Paul Ruth Ivan Noor Tess Hugo Mona Carl Edda Finn Gail Hana Iris Jack"),
		strings.Fields("Doe Example Sample Rivera Testman Moore Quill Fabler Novak Stone Hill Berger Ortega Lindqvist O'Neil Santos Weber Marsh Young Field")
}

// generator makes the cells of one table.
type generator struct {
	*rand.Rand
	set   set
	row   int
	at    time.Time
	users [][3]string // first, last, login
	pats  [][3]string // first, last, number
}

func newGenerator(s set, seed int64) *generator {
	g := &generator{Rand: rand.New(rand.NewSource(seed)), set: s, at: time.Date(2025, 3, 3, 8, 1, 7, 123e6, time.UTC)}
	first, last := people()
	for range 9 {
		f, l := first[g.Intn(len(first))], last[g.Intn(len(last))]
		g.users = append(g.users, [3]string{f, l, strings.ToLower(f[:1] + strings.ReplaceAll(l, "'", ""))})
	}
	for i := range 70 {
		g.pats = append(g.pats, [3]string{first[g.Intn(len(first))], last[g.Intn(len(last))], strconv.Itoa(10422 + 37*i*(1+i%3))})
	}
	return g
}

func (g *generator) one(words string) string {
	all := strings.Split(words, ",")
	return all[g.Intn(len(all))]
}

// cells makes one row.
func (g *generator) cells() []string {
	g.row++
	g.at = g.at.Add(time.Duration(g.Intn(18000)) * time.Second)
	u, p := g.users[g.Intn(len(g.users))], g.pats[g.Intn(len(g.pats))]
	row := make([]string, len(g.set.kinds))
	for i, kind := range g.set.kinds {
		row[i] = g.cell(kind, u, p)
	}
	return row
}

func (g *generator) cell(kind string, u, p [3]string) string {
	some := func(text string, percent int) string {
		if g.Intn(100) < percent {
			return text
		}
		return ""
	}
	switch kind {
	case "time":
		return g.time(g.at, g.set.style)
	case "endtime":
		return g.time(g.at.Add(time.Minute*time.Duration(1+g.Intn(9))), g.set.style)
	case "oldtime":
		return g.time(g.at.AddDate(0, 0, -g.Intn(400)), g.set.style)
	case "date":
		return g.date(g.at)
	case "clock":
		return g.clock(g.at)
	case "login":
		return u[2]
	case "num":
		return strconv.Itoa(100 + len(u[2])*7 + int(u[0][0]))
	case "email":
		return u[2] + "@practice.example"
	case "fullname":
		return u[0] + " " + u[1]
	case "lastfirst":
		return u[1] + ", " + u[0]
	case "capsname":
		return strings.ToUpper(u[1] + "," + u[0])
	case "nameLogin":
		return u[1] + ", " + u[0] + " (" + u[2] + ")"
	case "mostemptyname":
		return some(u[0]+" "+u[1], 10)
	case "provider":
		return "Dr. " + p[1]
	case "patnum":
		return some(p[2], 92)
	case "patz":
		return some("Z"+p[2], 92)
	case "patguid":
		return fmt.Sprintf("%08s-0000-4000-8000-%012s", p[2], p[2])
	case "patname":
		return some(p[0]+" "+p[1], 92)
	case "patlast":
		return some(p[1]+", "+p[0], 92)
	case "patcaps":
		return strings.ToUpper(p[1] + "," + p[0])
	case "patidname":
		return some(p[2]+"-"+p[1]+", "+p[0], 92)
	case "patnameid":
		return some(p[1]+", "+p[0]+" ("+p[2]+")", 92)
	case "surname":
		return p[1]
	case "forename":
		return p[0]
	case "dob":
		return g.date(time.Date(1930+len(p[1])*7, time.Month(1+len(p[0])), 3+len(p[2])*3, 0, 0, 0, 0, time.UTC))
	case "seq":
		return strconv.Itoa(90000 + g.row)
	case "guid":
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", g.Uint32(), g.Intn(1<<16), g.Intn(1<<12), g.Intn(1<<12), g.Int63()&0xffffffffffff)
	case "constguid":
		return "0c1d2e3f-0000-4000-8000-00000000abcd"
	case "hex":
		return fmt.Sprintf("%016x%016x", g.Uint64(), g.Uint64())
	case "manynum":
		return some(strconv.Itoa(100000+g.Intn(800000)), 85)
	case "bignum":
		return strconv.Itoa(5_000_000_000 + g.row*977)
	case "smallnum":
		return strconv.Itoa(1 + g.Intn(30))
	case "session":
		return "s" + strconv.Itoa(7000+g.row/6)
	case "ip":
		return "10.0." + strconv.Itoa(g.Intn(4)) + "." + strconv.Itoa(1+g.Intn(30))
	case "host":
		return g.one("FRONT-PC1,FRONT-PC2,NURSE-03,EXAM-12,DESKTOP-7A1B2C,BILLING-PC")
	case "old":
		return some(g.one("555-0101,12 Elm Street,penicillin,none,120/80,yes,"+p[1]), 80)
	case "free":
		return some("Saw the record of "+p[0]+" "+p[1]+" on "+strconv.Itoa(g.Intn(28)), 90)
	case "url":
		return "/fhir/Patient/" + p[2] + "?x=" + strconv.Itoa(g.Intn(99))
	case "reason":
		return some(g.one("patient called,chart review,billing question,covering for a colleague,referral letter needed,lab follow-up"), 60)
	case "mostempty":
		return some(g.one("wrong password,patient unconscious,account locked,no consent"), 8)
	}
	return g.word(kind, p)
}

// word makes a value of a closed vocabulary.
func (g *generator) word(kind string, p [3]string) string {
	switch kind {
	case "empty":
		return ""
	case "one":
		return g.one("1,1,1,1,1,0")
	case "yn":
		return g.one("No,No,No,No,Yes")
	case "truefalse":
		return g.one("true,true,true,false")
	case "failed":
		return g.one("No,No,No,No,Yes")
	case "result":
		return g.one("Success,Success,Success,Failure")
	case "httpcode":
		return g.one("200,200,200,403,500")
	case "http":
		return g.one("GET,GET,POST,PUT,DELETE")
	case "verb":
		return g.one("View,View,View,Edit,Create,Delete,Print,Export,Login,Logout")
	case "VERB":
		return g.one("CREATED,UPDATED,DELETED")
	case "crud":
		return g.one("C,R,R,R,U,D")
	case "crude":
		return g.one("C,R,R,R,U,D,E")
	case "rquws":
		return g.one("R,R,R,Q,U,W,S")
	case "gerund":
		return g.one("Viewing,Creating,Editing,Signing,Login,Failed Login,Logout")
	case "signin":
		return g.one("Successful Logins,Successful Logins,Failed Login Attempts,Forgot Password Requests")
	case "phrase":
		return g.one("Chart opened,Storyboard viewed,Note signed,Order entered,Chart printed,Results reviewed,Patient searched")
	case "dash":
		return g.one("patient-record-select,patient-record-update,login,logout,scheduling-insert,view,other-delete")
	case "perm":
		return g.one("ChartModuleViewed,ImagesModuleViewed,AppointmentCreate,AppointmentEdit,UserLogOnOff,RxEdit")
	case "bahmni":
		return g.one("VIEWED_CLINICAL_DASHBOARD,EDIT_ENCOUNTER,OPEN_VISIT,RUN_REPORT,USER_LOGIN_SUCCESS,USER_LOGIN_FAILED")
	case "fhirop":
		return g.one("read,read,search-type,update,create")
	case "awsop":
		return g.one("ReadResource,SearchWithGet,CreateResource,UpdateResource,DeleteResource")
	case "german":
		return g.one("Ansehen,Ansehen,Bearbeitet,Angelegt,Gelöscht,Drucken,Anmeldung")
	case "spanish":
		return g.one("Consultar,Consultar,Modificar,Crear,Eliminar,Imprimir")
	case "french":
		return g.one("Consulter,Consulter,Modifier,Créer,Supprimer,Imprimer")
	case "code":
		return g.one("0,12,16,24,48,101")
	case "rec":
		return g.one("Medications,Allergies,Appointments,Demographics,Lab Results,Progress Notes,Billing,Documents")
	case "class":
		return g.one("org.openmrs.Patient,org.openmrs.Obs,org.openmrs.Encounter,org.openmrs.User")
	case "resource":
		return g.one("Patient,Observation,MedicationRequest,Appointment,Encounter")
	case "field":
		return g.one("Phone,Address,Allergy,Dose,Note Text")
	case "role":
		return g.one("Nurse,Front Desk,Biller,Physician,Medical Assistant")
	case "dept":
		return g.one("Front Desk,Nursing,Billing,Surgery")
	case "site":
		return g.one("North Clinic,Main Street,Westside")
	case "payer":
		return g.one("Aetna,Medicare,Blue Cross,United Health")
	case "purpose":
		return g.one("TREAT,TREAT,HPAYMT,HOPERAT")
	case "usertype":
		return g.one("staff,staff,system,patient")
	case "source":
		return g.one("None,None,WebSched,API")
	case "constname":
		return "MedSuite"
	case "version":
		return "2.3.1"
	case "letterw":
		return "W"
	case "agent":
		return g.one("Mozilla/5.0 (Windows NT 10.0; Win64; x64),Mozilla/5.0 (Macintosh),App/7.1 (iPhone)")
	}
	return "?" + kind + p[2]
}

func (g *generator) time(at time.Time, style string) string {
	layouts := map[string]string{
		"iso": "2006-01-02 15:04:05", "isoT": "2006-01-02T15:04:05", "isoz": "2006-01-02T15:04:05Z", "isofrac": "2006-01-02 15:04:05.000",
		"us12": "1/2/2006 3:04 PM", "us12s": "01/02/2006 03:04:05 PM", "us24": "1/2/2006 15:04", "usyy24": "1/2/06 15:04",
		"dmy24": "02/01/2006 15:04", "dmy12": "2/01/2006 3:04:05 pm", "dmydot": "02.01.2006 15:04:05", "mon": "02-Jan-2006 15:04", "mon12": "Jan 2, 2006 3:04 PM",
	}
	switch style {
	case "epoch":
		return strconv.FormatInt(at.Unix(), 10)
	case "epochms":
		return strconv.FormatInt(at.UnixMilli(), 10)
	case "serial":
		return strconv.FormatFloat(float64(at.Unix())/86400+25569, 'f', 8, 64)
	}
	if l, ok := layouts[style]; ok {
		return at.Format(l)
	}
	return at.Format("1/2/2006 3:04 PM")
}

func (g *generator) date(at time.Time) string {
	switch g.set.style {
	case "two-iso", "iso":
		return at.Format("2006-01-02")
	case "two-mon":
		return at.Format("2 Jan 2006")
	case "midnight":
		return at.Format("2006-01-02") + " 00:00:00"
	}
	return at.Format("01/02/2006")
}

func (g *generator) clock(at time.Time) string {
	if g.set.style == "two-us12" {
		return at.Format("3:04 PM")
	}
	return at.Format("15:04:05")
}

// write makes the file of a set.
func write(s set, rows int, seed int64) []byte {
	g := newGenerator(s, seed)
	sep := map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}[s.sep]
	var b strings.Builder
	line := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(sep)
			}
			if strings.ContainsAny(c, sep+"\"\n") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteString("\r\n")
	}
	pad := func(cells ...string) []string {
		return append(cells, make([]string, max(0, len(s.headers)-len(cells)))...)
	}
	switch s.pre {
	case "1":
		line(pad("Access report"))
	case "2":
		line([]string{"Audit Report"})
		line(pad("From", "03/01/2025", "To", "03/31/2025"))
	case "3":
		line([]string{"Audit Report"})
		line([]string{"Run by: administrator"})
		b.WriteString("\r\n")
	case "4":
		line(pad("Audit Report"))
		line(pad("Patient:", "All"))
		line(pad("Users:", "All", "Date:", "03/01/2025"))
		line(pad())
	}
	line(s.headers)
	for range rows {
		line(g.cells())
	}
	switch s.foot {
	case "total":
		line(pad("Total", strconv.Itoa(rows)))
	case "printed":
		line([]string{"Printed by Jane Doe on 03/31/2025"})
	case "single":
		line([]string{"see the handbook"})
	case "end":
		b.WriteString("\r\n")
		line([]string{"End of report"})
	}
	return []byte(b.String())
}
