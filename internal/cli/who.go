package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
)

type whoFlags struct {
	on, from, to, user string
	reader             string
	logs               []string
	group, rawCSV      bool
	read               readFlags
	output             outputFlags
}

func (a *app) whoCommand() *cobra.Command {
	var f whoFlags
	c := &cobra.Command{
		Use:   "who [PATIENT]",
		Short: "Who accessed a patient's record on a date",
		Long: `Answer who accessed a patient's record, by the patient's number or name, on a
date or in a range of dates. With --user, what a person accessed.

There are three answers: the accesses; none found, and the logs are complete;
or the logs cannot say, and why (exit code 3).`,
		Example: `  chartwatch who 1042 --on 2025-03-11
  chartwatch who "Rivera, Ana" --from 2025-03-01 --to 2025-03-31 --format csv --output accesses.csv
  chartwatch who --user jlee --on 2025-03-11
  chartwatch who 1042 --from 2025-01-01 --to 2025-03-31 --for patient --output letter.pdf
  chartwatch who 1042 --on 2025-03-11 --logs sample_logs`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.who(c.Context(), f, args) },
	}
	c.Flags().StringVar(&f.on, "on", "", "the `DATE`, as 2006-01-02")
	c.Flags().StringVar(&f.from, "from", "", "the first `DATE`")
	c.Flags().StringVar(&f.to, "to", "", "the last `DATE`")
	c.Flags().StringVar(&f.user, "user", "", "ask what this `PERSON`, by account or name, accessed")
	c.Flags().StringArrayVar(&f.logs, "logs", nil, "answer from these files or folders; without --data nothing of them is kept (`PATH`, may be repeated)")
	c.Flags().BoolVar(&f.group, "group", false, "show technical rows of the same minute as one line")
	c.Flags().StringVar(&f.reader, "for", forPractice, "who reads it: practice, or patient for a version in plain words that can be handed over")
	c.Flags().BoolVar(&f.rawCSV, "raw-csv", false, "write cells of a CSV as they are, even if a spreadsheet would take them for a formula")
	f.read.add(c)
	f.output.add(c, whoFormats()...)
	return c
}

// Readers of an answer.
const (
	forPractice = "practice"
	forPatient  = "patient"
)

func whoFormats() []string { return []string{"table", "json", "csv", "html", "pdf", "xlsx"} }

// check refuses what cannot be written.
func (f *whoFlags) check() error {
	switch f.reader {
	case forPractice:
		return f.output.choose(whoFormats()...)
	case forPatient:
		if f.user != "" {
			return fault.New(fault.Usage, "what a user accessed is not for a patient", "leave --for patient out, or ask about one patient")
		}
		return f.output.choose("table", "html", "pdf")
	}
	return fault.New(fault.Usage, fmt.Sprintf("there is no reader %q", f.reader), "use --for practice or --for patient")
}

// configFromLogs uses the configuration that a folder of logs brings along, if
// the person has none. It says how to read them, for instance in which zone.
func (a *app) configFromLogs(logs []string) error {
	if a.loaded.File != "" {
		return nil
	}
	for _, folder := range logs {
		file := filepath.Join(folder, "chartwatch.yaml")
		if _, err := os.Stat(file); err != nil {
			continue
		}
		a.say("reading the logs as %s says", file)
		return a.setUp(file)
	}
	return nil
}

func (a *app) who(ctx context.Context, f whoFlags, args []string) error {
	if err := a.configFromLogs(f.logs); err != nil {
		return err
	}
	q, err := a.question(f, args)
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	var answer access.Answer
	ask := func(w *intake.Workspace) error {
		asker := &access.Asker{DB: w.DB, Sealer: w.Sealer}
		if answer, err = asker.Ask(ctx, q); err != nil {
			return err
		}
		return a.explain(ctx, w, q.Days, &answer)
	}
	if err := a.withLogs(ctx, f.logs, f.read, a.forQuestion, ask); err != nil {
		return err
	}
	if err := a.write(f.output, func(w io.Writer) error { return a.printAnswer(w, f, answer) }); err != nil {
		return err
	}
	if answer.Verdict == access.CannotSay {
		return incomplete()
	}
	return nil
}

// forQuestion gives a question one thread: its look-ups are small and run beside each
// other; dividing each among threads as well takes longer than it saves.
func (a *app) forQuestion(o intake.WorkspaceOptions) intake.WorkspaceOptions {
	if a.loaded.Origin["store.threads"] == "default" {
		o.Store.Threads = 1
	}
	o.Store.NoSpill = true
	return o
}

// explain adds how the practice's records explain each access. Without a roster
// and appointments there is nothing to look in.
func (a *app) explain(ctx context.Context, w *intake.Workspace, days coverage.Period, answer *access.Answer) error {
	if len(answer.Accesses) == 0 {
		return nil
	}
	var has bool
	err := w.DB.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM appointment) AND EXISTS (SELECT 1 FROM staff)").Scan(&has)
	if err != nil || !has {
		return err
	}
	journal := &evidence.Journal{DB: w.DB, Sealer: w.Sealer, Clock: a.env.Clock}
	p, err := a.site().Practice(ctx, journal)
	if err != nil {
		return err
	}
	book, err := (&review.Reviewer{DB: w.DB, Sealer: w.Sealer, Journal: journal, Clock: a.env.Clock, Zone: p.Zone}).Book(ctx)
	if err != nil {
		return err
	}
	g := &engine.Engine{DB: w.DB, Sealer: w.Sealer, Practice: p, Clock: a.env.Clock, Past: book}
	patients := []string{}
	for i := range answer.Accesses {
		if x := &answer.Accesses[i]; x.PatientID != "" && !slices.Contains(patients, x.PatientID) {
			patients = append(patients, x.PatientID)
		}
	}
	found, err := g.Explain(ctx, days, patients)
	if err != nil {
		return err
	}
	for i := range answer.Accesses {
		x := &answer.Accesses[i]
		day, err := time.Parse(time.DateOnly, x.LocalTime[:len(time.DateOnly)])
		if err != nil {
			return fmt.Errorf("reading a local time: %w", err)
		}
		if e, ok := found[engine.AccessKey{UserID: x.UserID, PatientID: x.PatientID, Day: coverage.DayOf(day)}]; ok {
			x.Explained = explained(e)
		}
	}
	return nil
}

func explained(e engine.Explanation) *access.Explained {
	switch {
	case e.Strength > 0:
		return &access.Explained{Answer: "explained", Strength: []string{"", "weak", "moderate", "strong"}[min(e.Strength, 3)], Reason: e.Reason, Words: e.Words}
	case e.Judged:
		return &access.Explained{Answer: "not_explained"}
	}
	return &access.Explained{Answer: "cannot_say"}
}

func (a *app) printAnswer(w io.Writer, f whoFlags, answer access.Answer) error {
	h := report.Letterhead{Practice: a.loaded.Config.Practice.Name, MadeAt: a.env.Clock(), Version: buildInfo().Version, Group: f.group}
	o := report.TableOptions{
		Colour: a.env.colour(a.env.StdoutTerminal && f.output.file == ""), Group: f.group, Width: a.width(f.output.file == ""),
	}
	if f.reader == forPatient {
		switch f.output.format {
		case "html":
			return report.WhoForPatientHTML(w, answer, h)
		case "pdf":
			return report.WhoForPatientPDF(w, answer, h)
		}
		return report.WhoForPatientTable(w, answer, h, o)
	}
	switch f.output.format {
	case "json":
		return report.JSON(w, answer)
	case "csv":
		return report.WhoCSVWith(w, answer, report.CSVOptions{Raw: f.rawCSV})
	case "html":
		return report.WhoHTML(w, answer, h)
	case "pdf":
		return report.WhoPDF(w, answer, h)
	case "xlsx":
		return report.WhoXLSX(w, answer, h)
	}
	return report.WhoTable(w, answer, o)
}

// ingestFor imports the files that a question or a review is about. What went wrong
// with them is said, and ends it: an answer without them would be wrong by silence.
func (a *app) ingestFor(ctx context.Context, w *intake.Workspace, paths []string, read readFlags) error {
	jobs, err := a.jobs(paths, read.Reading)
	if err != nil {
		return err
	}
	result, err := a.runJobs(ctx, w, jobs, false)
	if err != nil {
		return err
	}
	if err := printIngestSummary(a.env.Stderr, result); err != nil {
		return err
	}
	for _, file := range result.Files {
		if file.Status == intake.Failed {
			return fault.New(fault.Internal, "not every file could be read, so there is no answer", "leave that file out, or repair it")
		}
	}
	return nil
}

// question checks what was asked.
func (a *app) question(f whoFlags, args []string) (access.Question, error) {
	q := access.Question{User: f.user}
	if len(args) == 1 {
		q.Patient = args[0]
	}
	if (q.Patient == "") == (q.User == "") {
		return q, fault.New(fault.Usage, "ask about one patient, or about one person with --user", "for example: chartwatch who 1042 --on 2025-03-11")
	}
	var err error
	if q.Days, err = period(f.on, f.from, f.to); err != nil {
		return q, err
	}
	if q.Zone, _, err = a.site().Zone(f.read.Zone); err != nil {
		return q, err
	}
	q.Expect, err = a.site().Expectations()
	return q, err
}

// period reads the days of a question.
func period(on, from, to string) (coverage.Period, error) {
	switch {
	case on != "" && (from != "" || to != ""):
		return coverage.Period{}, fault.New(fault.Usage, "--on cannot be combined with --from or --to", "use --on for one day, or --from and --to for several")
	case on != "":
		from, to = on, on
	case from == "" || to == "":
		return coverage.Period{}, fault.New(fault.Usage, "the date is missing", "give --on DATE, or --from DATE and --to DATE")
	}
	first, err := parseDay(from)
	if err != nil {
		return coverage.Period{}, err
	}
	last, err := parseDay(to)
	if err != nil {
		return coverage.Period{}, err
	}
	if last < first {
		return coverage.Period{}, fault.New(fault.Usage, "the last date is before the first", "exchange --from and --to")
	}
	return coverage.Period{From: first, To: last}, nil
}

func parseDay(s string) (coverage.Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err == nil && t.Year() >= 1900 && t.Year() < 2200 {
		return coverage.DayOf(t), nil
	}
	if regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`).MatchString(s) {
		return 0, fault.New(fault.Usage, "there is no such date: "+s, "check the day and the month")
	}
	return 0, fault.New(fault.Usage, "a date must be written as year-month-day", "for example 2025-03-11; 3/11 and 11/3 are too easy to confuse")
}

// width is the number of columns of the terminal, 0 if it is not one.
func (a *app) width(toTerminal bool) int {
	if !toTerminal || !a.env.StdoutTerminal {
		return 0
	}
	if f, ok := a.env.Stdout.(*os.File); ok {
		return terminalWidth(f)
	}
	return 0
}
