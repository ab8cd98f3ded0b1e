package world

// Habits are what differs from practice to practice and from log to log without
// anybody doing anything wrong. They are drawn from the seed, so that nothing
// can be tuned to the habits of one practice.
type Habits struct {
	// WalkBase and WalkRoom are the seconds to leave one device and begin at
	// another, and the seconds for each room in between.
	WalkBase int `json:"walk_base_s"`
	WalkRoom int `json:"walk_room_s"`
	// Drive is the way between two locations in minutes.
	Drive int `json:"drive_min"`
	// Sessions says which session records the log has.
	Sessions SessionRecords `json:"sessions"`
	// LogoutPercent is how often somebody who leaves a device logs out.
	LogoutPercent int `json:"logout_percent"`
	// AutoLogoff ends a session without activity, in minutes.
	AutoLogoff int `json:"auto_logoff_min"`
	// Detail scales how many reads of one chart are logged, in percent.
	Detail int `json:"detail_percent"`
	// Workstations, Locations, SessionIDs and Failures say which columns and
	// records the log has.
	Workstations bool `json:"workstations"`
	Locations    bool `json:"locations"`
	SessionIDs   bool `json:"session_ids"`
	Failures     bool `json:"failures"`
	// BurnedPermille is how often the log uses up a running number without a record.
	BurnedPermille int `json:"burned_permille"`
	// Remote is how people reach the EHR from outside.
	Remote Remote `json:"remote"`
	// LateCharting is how often a clinician works at home in the evening, in percent.
	LateCharting int `json:"late_charting_percent"`
	// WalkIns, NoShows and Cancelled are percent of the visits.
	WalkIns   int `json:"walk_in_percent"`
	NoShows   int `json:"no_show_percent"`
	Cancelled int `json:"cancelled_percent"`
	// WalkInRecorded is how often a walk-in is entered into the calendar.
	WalkInRecorded int `json:"walk_in_recorded_percent"`
	// CallsLogged is how often a call leaves a message in the chart.
	CallsLogged int `json:"calls_logged_percent"`
	// ChartPrep is how often a chart is prepared the day before.
	ChartPrep int `json:"chart_prep_percent"`
	// Summaries is how often a visit summary is printed.
	Summaries int `json:"summaries_percent"`
	// LoginFailures is how often a login needs a second try, in permille.
	LoginFailures int `json:"login_failures_permille"`
	// TwoNames is the number of desks that appear under two names.
	TwoNames int `json:"two_names"`
	// Glass is the number of emergency accesses a week.
	Glass int `json:"glass_per_week"`
	// SwapsDeclared is how often a swapped shift is entered anywhere, in percent.
	SwapsDeclared int `json:"swaps_declared_percent"`
	// Overtime is how often somebody of the office stays for an hour or two, in
	// permille of the days.
	Overtime int `json:"overtime_permille"`
	// Saturday says that a small crew works on Saturday mornings.
	Saturday bool `json:"saturday"`
	// Busy is how full the calendar is, in percent of the slots.
	Busy int `json:"busy_percent"`
}

// SessionRecords says which session records a log has.
type SessionRecords string

// The kinds of session records.
const (
	SessionsNone  SessionRecords = "none"
	SessionsLogin SessionRecords = "login"
	SessionsBoth  SessionRecords = "both"
)

// Remote is how people reach the EHR from outside.
type Remote string

// The ways.
const (
	RemoteExternal Remote = "external"
	RemoteVPN      Remote = "vpn"
	RemoteMixed    Remote = "mixed"
)

func drawHabits(d dice) Habits {
	h := Habits{
		WalkBase: d.between(14, 34), WalkRoom: d.between(2, 9), Drive: d.between(17, 35),
		Sessions:      pick(d, []SessionRecords{SessionsBoth, SessionsBoth, SessionsBoth, SessionsLogin, SessionsNone}),
		LogoutPercent: d.between(25, 90), AutoLogoff: d.between(5, 30), Detail: d.between(70, 125),
		Workstations: true, Locations: d.chance(30), SessionIDs: d.chance(50), Failures: true,
		Remote:       pick(d, []Remote{RemoteExternal, RemoteVPN, RemoteMixed}),
		LateCharting: d.between(12, 45), WalkIns: d.between(3, 7), NoShows: d.between(3, 8), Cancelled: d.between(3, 7),
		WalkInRecorded: d.between(30, 90), CallsLogged: d.between(50, 90), ChartPrep: d.between(20, 80),
		Summaries: d.between(5, 35), LoginFailures: d.between(10, 50), TwoNames: d.between(0, 3), Glass: d.between(0, 2),
		SwapsDeclared: d.between(60, 100), Overtime: d.between(3, 14), Saturday: d.chance(50), Busy: d.between(68, 86),
	}
	if h.Sessions == SessionsNone {
		h.Failures = d.chance(50)
	}
	if d.chance(20) {
		h.BurnedPermille = d.between(2, 12)
	}
	return h
}

// Dirt is what is wrong with the data without anybody's fault. The zero value is
// clean data.
type Dirt struct {
	// BlankWorkstation is the percent of rows without a workstation; 100 is a log
	// without the column.
	BlankWorkstation int `json:"blank_workstation_percent,omitempty"`
	// NoSessions leaves out logins, logouts and failures.
	NoSessions bool `json:"no_sessions,omitempty"`
	// NoLogouts leaves out logouts.
	NoLogouts bool `json:"no_logouts,omitempty"`
	// ClockSkew is how many seconds the log's clock is ahead.
	ClockSkew int `json:"clock_skew_s,omitempty"`
	// StaleRoster is how many weeks before the end the roster was written.
	StaleRoster int `json:"stale_roster_weeks,omitempty"`
	// Overlap repeats the last days of a delivery in the next one.
	Overlap int `json:"overlap_days,omitempty"`
	// Late is for how many days the last accesses of a delivery are missing; they
	// are in the next one.
	Late int `json:"late_days,omitempty"`
	// The context tables that are not there.
	NoRoster       bool `json:"no_roster,omitempty"`
	NoPatients     bool `json:"no_patients,omitempty"`
	NoAppointments bool `json:"no_appointments,omitempty"`
	NoSettings     bool `json:"no_settings,omitempty"`
}
