package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// chartWidth is the width that charts are drawn in; a page scales them.
const chartWidth = 720

// daysChart is bars of events a day.
type daysChart struct {
	Width, Height, AxisX, Base, LabelY, Label2Y int
	Desc                                        string
	Lines                                       []chartLine
	Bars                                        []dayBar
	Twin                                        grid
}

type chartLine struct {
	X1, X2, Y, TextX, TextY int
	Text                    string
}

type dayBar struct {
	X, Y, W, H, Mid, DoubtY, MarkX, MarkTextY int
	Doubt                                     bool
	Mark, Label, Label2, Diamond              string
}

// chartDays draws the days of a period. A day with findings has a diamond over
// its bar, a day of which a log cannot say everything a question mark.
func chartDays(days []review.DayCount) daysChart {
	const axis, top, base = 56, 34, 190
	c := daysChart{Width: chartWidth, Height: base + 44, AxisX: axis, Base: base, LabelY: base + 18, Label2Y: base + 34}
	c.Twin = newGrid("Events of each day", "~Day", "#Events", "#Findings", "What the logs say about it")
	if len(days) == 0 {
		return c
	}
	var highest, total int64
	for _, d := range days {
		highest, total = max(highest, d.Events), total+d.Events
	}
	scale := niceAbove(highest)
	for i := range int64(3) {
		n := scale * i / 2
		y := base - int(i)*(base-top)/2
		c.Lines = append(c.Lines, chartLine{X1: axis, X2: chartWidth, Y: y, TextX: axis - 8, TextY: y + 4, Text: thousands(n)})
	}
	step := float64(chartWidth-axis) / float64(len(days))
	every := (len(days) + 13) / 14
	marked, doubtful := 0, 0
	for i, d := range days {
		b := dayBar{Mid: axis + int(step*(float64(i)+0.5)), W: max(int(step*0.62), 1), H: int(int64(base-top) * d.Events / scale)}
		if d.Events > 0 {
			b.H = max(b.H, 2)
		}
		b.X, b.Y = b.Mid-b.W/2, base-b.H
		b.Doubt, b.DoubtY = !sound(d.Status), b.Y-4
		mark := b.Y - 12
		if b.Doubt {
			mark -= 16
		}
		if d.Findings > 0 {
			marked++
			b.Mark, b.MarkX, b.MarkTextY = strconv.Itoa(d.Findings), b.Mid+2, mark+5
			x := b.Mid - 5
			b.Diamond = fmt.Sprintf("M%d %d L%d %d L%d %d L%d %d Z", x, mark-6, x+5, mark, x, mark+6, x-5, mark)
		}
		if b.Doubt {
			doubtful++
		}
		if i%every == 0 {
			b.Label, b.Label2 = d.Day.Weekday().String()[:3], d.Day.String()[5:]
		}
		c.Bars = append(c.Bars, b)
		c.Twin.add(dayText(d.Day), thousands(d.Events), strconv.Itoa(d.Findings), statusText(d.Status))
	}
	c.Desc = fmt.Sprintf("%s on %s, at most %s on one day. %s with findings, %s about which a log cannot say everything.",
		many(total, "event", "events"), many(int64(len(days)), "day", "days"), thousands(highest), many(int64(marked), "day", "days"), many(int64(doubtful), "day", "days"))
	return c
}

// niceAbove is the round number at or above n that an axis ends with.
func niceAbove(n int64) int64 {
	power := int64(1)
	for power*10 < n {
		power *= 10
	}
	for _, f := range []int64{2, 4, 6, 8, 10} {
		if power*f >= n {
			return power * f
		}
	}
	return max(n, 2)
}

// chartPart is one part of a bar and its line in the key.
type chartPart struct {
	X, Y, W, Mid, KeyY, KeyTextY, TextY int
	Fill, Ink, Letter, Text, Count      string
	Inside                              bool
}

// shareChart is one bar of parts.
type shareChart struct {
	Width, Height int
	Desc          string
	Parts         []chartPart
	Twin          grid
}

// chartShare draws how much of the log the records explain. The parts have
// letters, so that the colours only repeat what is said.
func chartShare(counts review.ExplainedCounts) shareChart {
	const keyTop, keyLine, inside = 56, 26, 18
	total := explainedTotal(counts)
	c := shareChart{Width: chartWidth, Desc: explainedText(counts)}
	c.Twin = newGrid("Accesses by how well the records explain them", "How they are explained", "#Accesses", "#Share")
	if total == 0 {
		return c
	}
	fills := []struct{ fill, ink string }{{"#1f5f3f", "#ffffff"}, {"#4f8f6b", "#000000"}, {"#b5d3c1", "#000000"}, {"#8b1a1a", "#ffffff"}, {"#c3c9d1", "#000000"}}
	x := 0
	for i, l := range explainedLines(counts) {
		w := int(math.Round(float64(chartWidth) * float64(l.Count) / float64(total)))
		if l.Count > 0 {
			w = max(w, 3)
		}
		w = min(w, chartWidth-x)
		p := chartPart{
			X: x, W: w, Mid: x + w/2, KeyY: keyTop + i*keyLine, KeyTextY: keyTop + i*keyLine + 14, Fill: fills[i].fill, Ink: fills[i].ink,
			Letter: string(rune('A' + i)), Inside: w >= inside,
			Text: share(l.Count, total) + " " + l.Text + " (" + thousands(l.Count) + ")",
		}
		x += w
		c.Parts = append(c.Parts, p)
		c.Twin.add(l.Text, thousands(l.Count), share(l.Count, total))
	}
	c.Height = keyTop + len(c.Parts)*keyLine
	return c
}

// levelsChart is a bar for each level.
type levelsChart struct {
	Width, Height int
	Desc          string
	Parts         []chartPart
	Twin          grid
}

func chartLevels(r *review.Report) levelsChart {
	const line, longest = 26, 560
	c := levelsChart{Width: chartWidth, Desc: "No finding."}
	c.Twin = newGrid("Findings by level", "Level", "#Findings")
	most, all := 0, 0
	for _, n := range r.ByLevel {
		most, all = max(most, n), all+n
	}
	if all == 0 {
		return c
	}
	for _, l := range levelsDown() {
		n := r.ByLevel[string(l)]
		if n == 0 && l == rules.Info {
			continue
		}
		y := len(c.Parts) * line
		w := longest * n / most
		c.Parts = append(c.Parts, chartPart{W: w, Y: y + 4, TextY: y + 18, Mid: 80 + w + 8, Text: string(l), Count: strconv.Itoa(n), Fill: levelFill(l)})
		c.Twin.add(string(l), strconv.Itoa(n))
	}
	c.Height = len(c.Parts)*line + 4
	c.Desc = levelsText(r.ByLevel) + "."
	return c
}

// levelFill is a dark colour for each level; the word stands beside it.
func levelFill(l rules.Level) string {
	switch l {
	case rules.Critical:
		return "#8b1a1a"
	case rules.High:
		return "#9a3d0a"
	case rules.Medium:
		return "#6b5300"
	case rules.Low:
		return "#1d4e79"
	default:
		return "#4a5563"
	}
}
