// Package notify tells people what happened, by mail and by a signed webhook.
//
// It refuses to name anybody: a message has no field that could hold a text. The only
// words in it are those of this package and short names that stand in the
// configuration, which is where [NewNames] takes them from.
package notify

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Kind is what happened.
type Kind int

// The kinds of messages.
const (
	ReviewDone     Kind = iota + 1 // a week was reviewed
	ReviewUpdated                  // logs or lists came later, and the week was looked at again
	ReviewOverdue                  // a week is due, and chartwatch could not review it
	SignOffOverdue                 // weeks were reviewed, and nobody has signed them off
	SourceSilent                   // a log has stopped coming
	LogIntegrity                   // the journal of reviews and decisions is not intact
	FileFailed                     // files could not be imported
	FileStuck                      // files lie in the drop folder and cannot be taken
	Test                           // somebody wants to know whether messages arrive
)

// String returns the kind's stable name.
func (k Kind) String() string {
	switch k {
	case ReviewDone:
		return "review_done"
	case ReviewUpdated:
		return "review_updated"
	case ReviewOverdue:
		return "review_overdue"
	case SignOffOverdue:
		return "signoff_overdue"
	case SourceSilent:
		return "source_silent"
	case LogIntegrity:
		return "log_integrity"
	case FileFailed:
		return "file_failed"
	case FileStuck:
		return "file_stuck"
	case Test:
		return "test"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler. A kind that is not known is an error, so
// that it is never written down.
func (k Kind) MarshalText() ([]byte, error) {
	if !slices.Contains(Kinds(), k) {
		return nil, errors.New("the kind of a message is not known")
	}
	return []byte(k.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Kind) UnmarshalText(text []byte) error {
	for _, known := range Kinds() {
		if known.String() == string(text) {
			*k = known
			return nil
		}
	}
	return errors.New("the kind of a message is not known")
}

// Kinds returns all kinds, in a fixed order.
func Kinds() []Kind {
	return []Kind{ReviewDone, ReviewUpdated, ReviewOverdue, SignOffOverdue, SourceSilent, LogIntegrity, FileFailed, FileStuck, Test}
}

// Names are the names that messages may hold: those of the configuration.
type Names struct {
	site    Site
	sources []string
}

// Site is the short name of a practice. Only [Names] gives one out.
type Site struct{ name string }

// Source is the short name of a log. Only [Names] gives one out.
type Source struct{ name string }

// String returns the name.
func (s Site) String() string { return s.name }

// String returns the name.
func (s Source) String() string { return s.name }

// MarshalText implements encoding.TextMarshaler.
func (s Site) MarshalText() ([]byte, error) { return []byte(s.name), nil }

// MarshalText implements encoding.TextMarshaler.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.name), nil }

// NewNames takes the names of a practice and its sources from the configuration.
func NewNames(site string, sources []string) (Names, error) {
	for _, name := range append([]string{site}, sources...) {
		if !isSlug(name) {
			return Names{}, fault.New(fault.Invalid, "a name of the configuration cannot stand in a message", "names of sites and sources are lower-case letters, digits and hyphens")
		}
	}
	return Names{site: Site{site}, sources: slices.Clone(sources)}, nil
}

// isSlug reports whether a text has the form of a name of the configuration.
func isSlug(text string) bool {
	return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(text)
}

// Site returns the practice.
func (n Names) Site() Site { return n.site }

// Source returns a source of the configuration, and "other" for any other text.
func (n Names) Source(name string) Source {
	if slices.Contains(n.sources, name) {
		return Source{name}
	}
	return Source{"other"}
}

// Week is an ISO week.
type Week struct {
	Year   int `json:"year"`
	Number int `json:"number"`
}

// String returns the week as 2025-W11.
func (w Week) String() string { return fmt.Sprintf("%04d-W%02d", w.Year, w.Number) }

// ParseWeek reads a week as [Week.String] writes it. A week that its year does not have is
// an error.
func ParseWeek(text string) (Week, error) {
	bad := fault.New(fault.Invalid, "this is not a week", "write a week like 2025-W11")
	if len(text) != len("2025-W11") || text[4:6] != "-W" {
		return Week{}, bad
	}
	year, errYear := strconv.ParseUint(text[:4], 10, 16)
	number, errNumber := strconv.ParseUint(text[6:], 10, 8)
	if errYear != nil || errNumber != nil || year == 0 || number == 0 {
		return Week{}, bad
	}
	// The 28th of December is always in the last week of its year.
	w := Week{Year: int(year), Number: int(number)}
	if _, last := time.Date(w.Year, time.December, 28, 0, 0, 0, 0, time.UTC).ISOWeek(); w.Number > last {
		return Week{}, bad
	}
	return w, nil
}

// Date is a day on the calendar.
type Date struct {
	Year  int        `json:"year"`
	Month time.Month `json:"month"`
	Day   int        `json:"day"`
}

// String returns the day as 2025-03-10.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// Levels are numbers of findings by level.
type Levels struct {
	Info     int `json:"info"`
	Low      int `json:"low"`
	Medium   int `json:"medium"`
	High     int `json:"high"`
	Critical int `json:"critical"`
}

// Message is what people are told. It holds numbers, days and names of the
// configuration; what does not belong to its kind is zero.
type Message struct {
	Kind   Kind
	Site   Site
	Week   Week
	Levels Levels
	// Review is which review of the week it is, for one that was repeated.
	Review int
	// Open is how many findings nobody has closed.
	Open int
	// Incomplete says that the review misses something.
	Incomplete bool
	Source     Source
	// Since is the first day without an event.
	Since Date
	// Count is the number of weeks or files.
	Count int
	// At is when it was noticed.
	At time.Time
}

// Key says what is told, so that it is told once: a review once, each time that it
// was repeated with another result once, a silent log once for each silence, a sign-off that is
// missing once a week, everything else once a day.
func (m Message) Key() string {
	key := m.Site.name + "/" + m.Kind.String()
	day := m.At.UTC().Format(time.DateOnly)
	switch m.Kind {
	case ReviewDone:
		return key + "/" + m.Week.String()
	case ReviewUpdated:
		return key + "/" + m.Week.String() + "/" + strconv.Itoa(m.Review)
	case ReviewOverdue:
		return key + "/" + m.Week.String() + "/" + day
	case SignOffOverdue:
		year, week := m.At.UTC().ISOWeek()
		return key + "/" + Week{year, week}.String()
	case SourceSilent:
		return key + "/" + m.Source.name + "/" + m.Since.String()
	default:
		return key + "/" + day
	}
}
