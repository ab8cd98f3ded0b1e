package synth

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// Sizes of the uniform logs for measurements.
const (
	benchUsers        = 200
	benchPatients     = 20_000
	benchWorkstations = 60
	benchDays         = 90

	storeUsers    = 500
	storePatients = 200_000
	storeYears    = 6

	// firstBenchEvent is the number of the first event.
	firstBenchEvent = 250_300_000_000
)

// WriteBenchCSV writes rows lines of a plain CSV export below a header, for
// measurements: the twelve columns of sample_logs/delimited, about 166 bytes a
// line, local times that rise over 90 days without a change of the clocks,
// 200 users, 20,000 patients and 60 workstations. It keeps nothing in memory
// but its tables of names.
func WriteBenchCSV(w io.Writer, seed uint64, rows int) error {
	g, err := newBench(seed, rows, benchUsers, benchPatients, benchStart(), benchDays)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	line := append([]byte(strings.Join(accessColumns(), ",")), '\n')
	if _, err := out.Write(line); err != nil {
		return err
	}
	for g.next() {
		line = g.row.at.AppendFormat(line[:0], wallClock)
		line = append(line, ',')
		line = strconv.AppendInt(line, firstBenchEvent+g.row.number, 10)
		for _, cell := range []string{
			g.row.user.id, g.row.user.name, g.row.user.role, g.row.patient.id, g.row.patient.name,
			g.row.what.action, g.row.what.record, g.row.station.name, g.row.station.ip, g.row.outcome,
		} {
			line = append(append(line, ','), cell...)
		}
		line = append(line, '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// BenchEvents calls each for rows finished events, for filling a store without
// a parser: times that rise over six years from 2019, 500 users and 200,000
// patients. An error of each ends it and is returned.
func BenchEvents(seed uint64, rows int, each func(ingest.Event) error) error {
	start := time.Date(2019, time.January, 7, 5, 0, 0, 0, time.UTC)
	g, err := newBench(seed, rows, storeUsers, storePatients, start, storeYears*365)
	if err != nil {
		return err
	}
	for g.next() {
		r := &g.row
		e := ingest.Event{
			Line: r.number + 2, SourceEventID: strconv.FormatInt(firstBenchEvent+r.number, 10), SourceSystem: "bench",
			At: r.at, TZBasis: ingest.TZExplicit,
			UserID: r.user.id, UserName: r.user.name, UserRole: r.user.role, UserType: ingest.UserStaff,
			PatientID: r.patient.id, PatientName: r.patient.name,
			Action: ingest.Action(r.what.action), ActionRaw: r.what.action,
			RecordType: ingest.RecordType(r.what.record), RecordRaw: r.what.record,
			Workstation: r.station.name, IP: r.station.ip, Outcome: ingest.Outcome(r.outcome),
			Interactive: ingest.InteractiveYes, Granularity: ingest.GranularityEvent,
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// benchStart is the Monday after a change of the clocks in America, so that 90
// days follow without another. The time is what a clock on the wall shows.
func benchStart() time.Time { return time.Date(2025, time.March, 10, 0, 0, 0, 0, time.UTC) }

type benchName struct{ id, name, role string }

type benchStation struct{ name, ip string }

type benchKind struct{ action, record string }

// benchRow is one access of a uniform log. The patient is empty where the kind
// concerns none.
type benchRow struct {
	number  int64 // from 0
	at      time.Time
	user    benchName
	patient benchName
	station benchStation
	what    benchKind
	outcome string
}

// bench draws the rows of a uniform log in their order. A user has a usual
// workstation and a circle of patients, and the hours have the weight of a
// working week.
type bench struct {
	dice     dice
	rows     int64
	start    time.Time
	users    []benchName
	patients []benchName
	stations []benchStation
	kinds    []benchKind

	weights [7 * 24]int64 // of the hours of a week that begins on a Monday
	total   int64         // of all hours
	hour    int64
	before  int64 // weight of the hours before the current one
	from    int64 // first row of the current hour
	to      int64 // first row of the next
	step    int64 // microseconds between two rows of it
	drawn   int64
	row     benchRow
}

func newBench(seed uint64, rows, users, patients int, start time.Time, days int) (*bench, error) {
	if rows < 0 {
		return nil, errors.New("writing a uniform log: negative number of rows")
	}
	g := &bench{dice: newDice(seed, 3), rows: int64(rows), start: start, kinds: benchKinds()}
	g.users = benchNames(g.dice, users, "user", benchRoles())
	g.patients = benchNames(g.dice, patients, "MRN0", nil)
	for i := range benchWorkstations {
		g.stations = append(g.stations, benchStation{
			name: "NORTHSIDE-CLINIC-WS-" + strconv.Itoa(101+i), ip: "10." + strconv.Itoa(20+i%4) + ".114." + strconv.Itoa(101+i),
		})
	}
	for i := range g.weights {
		dayOfWeek, hour := i/24, i%24
		g.weights[i] = 1
		if hour >= 7 && hour < 19 {
			g.weights[i] = 6
			if dayOfWeek < 5 {
				g.weights[i] = 60
			}
		}
	}
	for h := range int64(days) * 24 {
		g.total += g.weights[h%int64(len(g.weights))]
	}
	g.hour = -1
	return g, nil
}

// next draws the next row and reports whether there is one.
func (g *bench) next() bool {
	i := g.drawn
	if i == g.rows {
		return false
	}
	for i >= g.to {
		g.advance()
	}
	g.drawn++
	in := (i-g.from)*g.step + g.dice.upTo64(g.step)
	user := g.dice.upTo(len(g.users))
	g.row = benchRow{
		number: i,
		at:     g.start.Add(time.Duration(g.hour)*time.Hour + time.Duration(in)*time.Microsecond),
		user:   g.users[user], what: g.kinds[g.dice.upTo(len(g.kinds))], outcome: "success",
		station: g.stations[user%len(g.stations)],
	}
	draw := g.dice.upTo(1000)
	switch {
	case draw < 80:
		g.row.station = g.stations[g.dice.upTo(len(g.stations))]
	case draw < 85:
		g.row.outcome = "failure"
	}
	if g.row.what.record != string(ingest.RecordSession) && g.row.what.action != string(ingest.ActionSearch) {
		// Most accesses are to the twentieth of the patients that a user mostly sees.
		circle := len(g.patients) / 20
		patient := user*37%20*circle + g.dice.upTo(circle)
		if g.dice.chance(30) {
			patient = g.dice.upTo(len(g.patients))
		}
		g.row.patient = g.patients[patient]
	}
	return true
}

// advance goes to the next hour.
func (g *bench) advance() {
	g.hour++
	g.before += g.weights[g.hour%int64(len(g.weights))]
	g.from, g.to = g.to, g.rows*g.before/g.total
	if n := g.to - g.from; n > 0 {
		g.step = time.Hour.Microseconds() / n
	}
}

// benchNames invents n people. Numbers keep names apart where there are more
// people than pairs of names.
func benchNames(d dice, n int, prefix string, roles []string) []benchName {
	firsts, lasts := firstNames(), lastNames()
	out := make([]benchName, n)
	for i := range out {
		out[i] = benchName{id: prefix + strconv.Itoa(100_001+i), name: pick(d, firsts) + " " + pick(d, lasts)}
		if len(roles) > 0 {
			out[i].role = roles[i%len(roles)]
		}
	}
	return out
}

func benchRoles() []string {
	return []string{
		"registered_nurse", "registered_nurse", "medical_assistant", "medical_assistant", "physician", RoleFrontDesk, RoleFrontDesk,
		RoleBilling, "laboratory_technician", RoleOfficeManager,
	}
}

// benchKinds is the mix of a working day, one entry a draw.
func benchKinds() []benchKind {
	return []benchKind{
		{"view", "demographics"},
		{"view", "demographics"},
		{"view", "demographics"},
		{"view", "clinical_note"},
		{"view", "clinical_note"},
		{"view", "clinical_note"},
		{"view", "lab_result"},
		{"view", "lab_result"},
		{"view", "medication"},
		{"view", "medication"},
		{"view", "appointment"},
		{"view", "appointment"},
		{"view", "billing"},
		{"view", "allergy"},
		{"view", "problem"},
		{"view", "imaging"},
		{"create", "clinical_note"},
		{"create", "clinical_note"},
		{"create", "order"},
		{"create", "billing"},
		{"create", "appointment"},
		{"update", "clinical_note"},
		{"update", "appointment"},
		{"update", "medication"},
		{"update", "demographics"},
		{"search", "demographics"},
		{"print", "document"},
		{"export", "document"},
		{"login", "session"},
		{"logout", "session"},
	}
}
