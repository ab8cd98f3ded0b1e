package review

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
)

// Weekly is a weekday and a time of day, in minutes since midnight of the
// practice's zone.
type Weekly struct {
	Day    time.Weekday
	Minute int
}

// Due returns when a week is due to be reviewed: the first such weekday and time
// after its end.
func (s Weekly) Due(week coverage.Period, zone *time.Location) time.Time {
	d := week.To + 1
	for d.Weekday() != s.Day {
		d++
	}
	return Local(d, s.Minute, zone)
}

// Local returns a time of day, in minutes since midnight. A time that the clock skips
// on that day is the same time later.
func Local(d coverage.Day, minute int, zone *time.Location) time.Time {
	y, m, day := d.Time().Date()
	t := time.Date(y, m, day, 0, minute, 0, 0, zone)
	shown := int(coverage.DayOf(t)-d)*24*60 + t.Hour()*60 + t.Minute() // of the day before, where midnight is skipped
	if skipped := minute - shown; skipped > 0 {
		return t.Add(time.Duration(skipped) * time.Minute)
	}
	return t
}

// Trigger is why a review was made.
type Trigger string

// The triggers. The strings are stored: they must never be changed.
const (
	ByHand         Trigger = ""                // somebody asked for it
	WeekDue        Trigger = "due"             // the week was due and had not been reviewed
	LogsChanged    Trigger = "logs_changed"    // after the review came logs of the week
	RecordsChanged Trigger = "records_changed" // after the review came lists of staff, patients or appointments
)

// Week is a week that is due, and what became of it.
type Week struct {
	Name   string
	Period coverage.Period
	Due    time.Time
	// Reviews are the reviews after it was due, in their order. The first one closes
	// the week; later ones were made by hand or because something had changed.
	Reviews []WeekReview
	// SignedOff says that a person has signed it off.
	SignedOff bool

	logs string // mark of the logs that the store has now
}

// Reviewed reports whether the week was reviewed after it was due.
func (x *Week) Reviewed() bool { return len(x.Reviews) > 0 }

// Last is the last review; its zero value stands for none.
func (x *Week) Last() WeekReview {
	if len(x.Reviews) == 0 {
		return WeekReview{}
	}
	return x.Reviews[len(x.Reviews)-1]
}

// WeekReview is what the journal keeps of a review of a week.
type WeekReview struct {
	At         time.Time
	Trigger    Trigger
	Incomplete bool
	ByLevel    map[string]int
	Open       int
	Took       time.Duration
	// Different says that it found other things than the review before, or missed
	// something where that one did not, or the other way round.
	Different bool

	logs, records string
}

// Weeks is the ledger of weekly reviews: it says what is to be done, and it closes
// a week once it has been reviewed, whoever asked for that.
type Weeks struct {
	// List are the weeks that are due, the oldest first.
	List []Week
	// Next is when the first week that has not been reviewed is due; zero if no log
	// was ever imported.
	Next time.Time
	// Since is when the first log was imported; zero if none was.
	Since time.Time
	// Latest is the time of the last entry of the journal. A clock that is far before
	// it has been set back.
	Latest time.Time

	records string
}

// Todo is a week to review, and why.
type Todo struct {
	Week    Week
	Trigger Trigger
}

// Todo returns what is to be done, in order: weeks that were never reviewed, weeks
// whose logs have changed since, and the week before if the lists have changed since.
func (w Weeks) Todo() []Todo {
	var missed, changed []Todo
	for i := range w.List {
		x := w.List[i]
		switch last := x.Last(); {
		case !x.Reviewed():
			missed = append(missed, Todo{x, WeekDue})
		case last.logs != "" && last.logs != x.logs:
			changed = append(changed, Todo{x, LogsChanged})
		case i == len(w.List)-2 && !x.SignedOff && last.records != "" && last.records != w.records:
			// Looked at with the following week's review, not with every list that comes.
			if next := w.List[i+1]; last.At.Before(next.Due) {
				changed = append(changed, Todo{x, RecordsChanged})
			}
		}
	}
	return append(missed, changed...)
}

// reviewContent is what the journal keeps of a review that was made.
type reviewContent struct {
	RuleSetHash string         `json:"rule_set_hash"`
	ByLevel     map[string]int `json:"by_level"`
	Rules       int            `json:"rules"`
	Trigger     Trigger        `json:"trigger,omitempty"`
	Incomplete  bool           `json:"incomplete,omitempty"`
	// Due is when the week was due by the schedule then in force.
	Due    time.Time `json:"due,omitzero"`
	Open   int       `json:"open"`
	Millis int64     `json:"millis,omitempty"`
	// Found is over the listed findings, to tell whether a later review differs.
	Found string `json:"found,omitempty"`
	// Logs and Records are marks of what the store held.
	Logs    string `json:"logs,omitempty"`
	Records string `json:"records,omitempty"`
}

// Weeks reads the ledger of weekly reviews. It begins with the week before the
// first log was imported: what is older is reviewed when somebody asks for it.
func (v *Reviewer) Weeks(ctx context.Context, s Weekly) (Weeks, error) {
	var w Weeks
	var first *int64
	if err := v.DB.QueryRow(ctx, "SELECT min(imported_us) FROM import WHERE dataset = 'events'").Scan(&first); err != nil {
		return w, fmt.Errorf("reading the manifest: %w", err)
	}
	entries, err := v.Journal.Entries(ctx, evidence.KindReview, evidence.KindSignOff)
	if err != nil {
		return w, err
	}
	if len(entries) > 0 {
		w.Latest = entries[len(entries)-1].At
	}
	if first == nil {
		return w, nil
	}
	if w.records, err = v.recordsMark(ctx); err != nil {
		return w, err
	}
	w.Since = time.UnixMicro(*first).UTC()
	begin := engine.WeekOf(coverage.DayOf(w.Since.In(v.Zone))).From - 7
	logs, err := v.logMarks(ctx, coverage.Period{From: begin, To: v.today()})
	if err != nil {
		return w, err
	}
	now := v.Clock()
	for p := engine.WeekOf(begin); ; p = engine.WeekOf(p.To + 1) {
		x := Week{Name: engine.WeekName(p.From), Period: p, Due: s.Due(p, v.Zone), logs: logs[engine.WeekName(p.From)]}
		if x.logs == "" {
			x.logs = none
		}
		if err := x.read(entries); err != nil {
			return w, err
		}
		if w.Next.IsZero() && !x.Reviewed() {
			w.Next = x.Due
		}
		if x.Due.After(now) {
			if !w.Next.IsZero() {
				return w, nil
			}
			continue // reviewed while the clock was ahead
		}
		w.List = append(w.List, x)
	}
}

// read takes in what the journal says about a week.
func (x *Week) read(entries []evidence.Entry) error {
	found := ""
	for _, e := range entries {
		switch {
		case e.Object != x.Name:
		case e.Kind == evidence.KindSignOff:
			x.SignedOff = true
		default:
			var c reviewContent
			if err := json.Unmarshal(e.Content, &c); err != nil {
				return fmt.Errorf("reading entry %d of the journal: %w", e.Seq, err)
			}
			if c.early(e.At, x.Due) {
				continue
			}
			x.Reviews = append(x.Reviews, WeekReview{
				At: e.At, Trigger: c.Trigger, Incomplete: c.Incomplete, ByLevel: c.ByLevel, Open: c.Open, Took: time.Duration(c.Millis) * time.Millisecond,
				Different: c.Found != found || c.Incomplete != x.Last().Incomplete, logs: c.Logs, records: c.Records,
			})
			found = c.Found
		}
	}
	return nil
}

// early reports whether a review was made before its week was due, and so does not
// count: its logs may not have been there yet. The schedule of that time decides, so
// that a new one makes no week of the past overdue. due is by today's schedule.
func (c *reviewContent) early(at, due time.Time) bool {
	if !c.Due.IsZero() {
		due = c.Due
	}
	return c.Trigger == ByHand && at.Before(due)
}

// logMarks says for each week which import gave how many events of which day.
func (v *Reviewer) logMarks(ctx context.Context, p coverage.Period) (map[string]string, error) {
	rows, err := v.DB.Query(ctx, `SELECT local_day, string_agg(source_id || ':' || import_id || ':' || events, ',' ORDER BY source_id, import_id)
		FROM source_day WHERE site = 1 AND events > 0 AND local_day BETWEEN ? AND ? GROUP BY local_day ORDER BY local_day`, int32(p.From), int32(p.To))
	if err != nil {
		return nil, fmt.Errorf("reading what the logs hold: %w", err)
	}
	defer rows.Close()
	texts := map[string]string{}
	for rows.Next() {
		var d coverage.Day
		var text string
		if err := rows.Scan(&d, &text); err != nil {
			return nil, err
		}
		texts[engine.WeekName(d)] += fmt.Sprintln(d, text)
	}
	for week, text := range texts {
		texts[week] = mark(text)
	}
	return texts, rows.Err()
}

// recordsMark is over the imported lists of staff, patients and appointments.
func (v *Reviewer) recordsMark(ctx context.Context) (string, error) {
	var n, last int64
	err := v.DB.QueryRow(ctx, "SELECT count(*), coalesce(max(import_id), 0) FROM import WHERE dataset <> 'events'").Scan(&n, &last)
	if err != nil {
		return "", fmt.Errorf("reading the manifest: %w", err)
	}
	return mark(fmt.Sprintln(n, last)), nil
}

func mark(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// journal writes down that a review was made.
func (v *Reviewer) journal(ctx context.Context, r *Report, in Input) (string, error) {
	c := reviewContent{
		RuleSetHash: r.RuleSetHash, ByLevel: r.ByLevel, Rules: len(r.Rules), Trigger: in.Trigger, Incomplete: r.Incomplete(), Due: in.Due, Millis: v.Clock().Sub(in.Began).Milliseconds(),
	}
	if in.Began.IsZero() {
		c.Millis = 0
	}
	var found strings.Builder
	for i := range r.Findings {
		x := &r.Findings[i]
		if x.Open() {
			c.Open++
		}
		found.WriteString(x.Fingerprint + string(x.Level) + "\n")
	}
	c.Found = mark(found.String())
	object := r.Week
	if object == "" {
		object = r.Period.From.String() + "_" + r.Period.To.String()
	} else {
		logs, err := v.logMarks(ctx, coverage.Period(r.Period))
		if err != nil {
			return "", err
		}
		if c.Records, err = v.recordsMark(ctx); err != nil {
			return "", err
		}
		// A week without a log has a mark, too, so that one that comes later is noticed.
		if c.Logs = logs[object]; c.Logs == "" {
			c.Logs = none
		}
	}
	e, err := v.Journal.Append(ctx, evidence.KindReview, object, "", c)
	return e.Hash, err
}

// none is the mark of a week without a log.
const none = "none"
