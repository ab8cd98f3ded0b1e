package touchworks

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// charts reads PatientAccessLog.
func charts(h contextdata.Header, src ingest.Source) reader {
	user, patient, host := h.Column(colUser), h.Column(colPatient), h.Column(colHost)
	opened, closed := h.Column(colOpen), h.Column(colClose)
	kind, glass, why := h.Column(colBreak), h.Column(colGlass), h.Column(colReason)
	open, end := src.Clock(), src.Clock()
	return func(rec contextdata.Record) (ingest.Event, string, ingest.Reason) {
		e := ingest.Event{
			Line: rec.Line, SourceSystem: value(rec, host), UserID: number(rec, user), PatientID: number(rec, patient),
			Action: ingest.ActionView, ActionRaw: value(rec, kind), Outcome: ingest.OutcomeSuccess, Reason: value(rec, why),
			Granularity: ingest.GranularitySession,
		}
		// The dictionary does not know what PO means, so it is no break-glass.
		e.BreakGlass = strings.EqualFold(e.ActionRaw, "BG") || !unset(value(rec, glass))
		when, reason := instant(rec, value(rec, opened), open)
		if reason != "" {
			return e, colOpen, reason
		}
		e.At, e.TZBasis, e.TimeFlag = when.At, when.Basis, when.Flag
		text := value(rec, closed)
		if unset(text) {
			return e, "", ""
		}
		until, reason := instant(rec, text, end)
		if reason != "" {
			return e, colClose, reason
		}
		if until.Flag == ingest.TimeAmbiguous {
			// Charts are not closed in the order in which they were opened, so
			// the order of the file says nothing about this clock.
			until, _ = instant(rec, text, src.Clock())
		}
		// An end before the beginning is no end; the chart was opened all the same.
		if !until.At.Before(e.At) {
			e.EndedAt = until.At
		}
		return e, "", ""
	}
}
