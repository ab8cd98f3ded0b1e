// Command detection measures the shipped rules on played practices whose incidents
// are known.
//
//	go run ./internal/bench/detection -size M -weeks 12 -seeds 1-5
//	go run ./internal/bench/detection -size S -weeks 12 -seeds 1-2 -degradation -stability
//
// It prints recall by category and difficulty, findings for the wrong reason, false
// findings in quiet practices, how many look-alikes are rejected, and how much of
// the accesses is explained. All figures are of simulated practices. It judges
// nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/synth/world"
	"github.com/chartwatch/chartwatch/rules"
)

type options struct {
	size      world.Size
	weeks     int
	from      int
	perWeek   int
	seeds     []uint64
	scenarios []string
	zone      *time.Location
	start     time.Time
	list      bool
}

func main() {
	var o options
	size := flag.String("size", "M", "size of the practice: S, M or L")
	seeds := flag.String("seeds", "1-3", "seeds, as 1-5 or 1,4,9")
	scenarios := flag.String("scenarios", "", "only these scenarios, separated by commas")
	start := flag.String("start", "2025-01-06", "first `DAY`, a Monday")
	degradation := flag.Bool("degradation", false, "also take away one context table after the other")
	stability := flag.Bool("stability", false, "also import everything in another order and compare fingerprints")
	flag.IntVar(&o.weeks, "weeks", 12, "weeks to play")
	flag.IntVar(&o.from, "from", 6, "first week that is evaluated, counted from 0")
	flag.IntVar(&o.perWeek, "incidents", 6, "incidents and look-alikes a week")
	flag.BoolVar(&o.list, "list", false, "list missed incidents, false findings and look-alikes that were taken for incidents")
	flag.Parse()
	exitOn(o.parse(*size, *seeds, *scenarios, *start))
	intake.TuneMemory()
	exitOn(o.run(context.Background(), os.Stdout, *degradation, *stability))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "detection:", err)
		os.Exit(1)
	}
}

func (o *options) parse(size, seeds, scenarios, start string) error {
	o.size = world.Size(size)
	if scenarios != "" {
		o.scenarios = strings.Split(scenarios, ",")
	}
	for part := range strings.SplitSeq(seeds, ",") {
		first, last, found := strings.Cut(part, "-")
		if !found {
			last = first
		}
		a, err := strconv.ParseUint(first, 10, 64)
		b, err2 := strconv.ParseUint(last, 10, 64)
		if err = errors.Join(err, err2); err != nil || b < a {
			return errors.Join(fmt.Errorf("seeds %q are not like 1-5 or 1,4,9", seeds), err)
		}
		for s := a; s <= b; s++ {
			o.seeds = append(o.seeds, s)
		}
	}
	var err, err2 error
	o.zone, err = time.LoadLocation("America/New_York")
	o.start, err2 = time.Parse(time.DateOnly, start)
	return errors.Join(err, err2)
}

func (o *options) world(seed uint64, perWeek int, dirt world.Dirt) (*world.World, error) {
	return world.Play(world.Options{
		Seed: seed, Size: o.size, Start: o.start, Weeks: o.weeks, Zone: o.zone, Dirt: dirt,
		Plan: world.Plan{PerWeek: perWeek, FirstWeek: o.from, Scenarios: o.scenarios},
	})
}

// pair plays a quiet world and one with incidents for every seed.
func (o *options) pair(ctx context.Context, list []rules.Rule, dirt world.Dirt) (*table, error) {
	t := newTable(o)
	for _, seed := range o.seeds {
		for _, perWeek := range []int{0, o.perWeek} {
			w, err := o.world(seed, perWeek, dirt)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(os.Stderr, "detection: seed %d, %d incidents a week, %d accesses\n", seed, perWeek, len(w.Accesses))
			out, err := play(ctx, w, list, o.from, false)
			if err != nil {
				return nil, fmt.Errorf("seed %d: %w", seed, err)
			}
			t.add(out, perWeek == 0)
		}
	}
	return t, nil
}

func (o *options) run(ctx context.Context, out io.Writer, degradation, stability bool) error {
	list, err := shippedRules()
	if err != nil {
		return err
	}
	t, err := o.pair(ctx, list, world.Dirt{})
	if err != nil {
		return err
	}
	t.print(out)
	if degradation {
		if err := o.degradation(ctx, out, list, t); err != nil {
			return err
		}
	}
	if stability {
		return o.stability(ctx, out, list)
	}
	return nil
}

// degradation takes away one table after the other.
func (o *options) degradation(ctx context.Context, out io.Writer, list []rules.Rule, whole *table) error {
	fmt.Fprintf(out, "\n%-24s %8s %8s %8s %14s %14s\n", "taken away", "overt", "typical", "evasive", "false/week >=m", "false/week >=h")
	whole.line(out, "nothing")
	for _, x := range []struct {
		name string
		dirt world.Dirt
	}{
		{"roster", world.Dirt{NoRoster: true}},
		{"patients", world.Dirt{NoPatients: true}},
		{"appointments", world.Dirt{NoAppointments: true}},
		{"settings", world.Dirt{NoSettings: true}},
		{"workstations in the log", world.Dirt{BlankWorkstation: 100}},
		{"session records", world.Dirt{NoSessions: true}},
		{"roster 4 weeks old", world.Dirt{StaleRoster: 4}},
	} {
		t, err := o.pair(ctx, list, x.dirt)
		if err != nil {
			return err
		}
		t.line(out, x.name)
	}
	return nil
}

// stability compares what is found when the files come in another order.
func (o *options) stability(ctx context.Context, out io.Writer, list []rules.Rule) error {
	same, all := 0, 0
	for _, seed := range o.seeds {
		w, err := o.world(seed, o.perWeek, world.Dirt{Overlap: 2})
		if err != nil {
			return err
		}
		var prints [2]map[string]bool
		for i, reversed := range []bool{false, true} {
			result, err := play(ctx, w, list, o.from, reversed)
			if err != nil {
				return err
			}
			prints[i] = map[string]bool{}
			for _, f := range result.fingerprints {
				prints[i][f] = true
			}
		}
		for f := range prints[0] {
			all++
			if prints[1][f] {
				same++
			}
		}
		for f := range prints[1] {
			if !prints[0][f] {
				all++
			}
		}
	}
	fmt.Fprintf(out, "\nstability: %d of %d fingerprints are the same when overlapping files come in the opposite order\n", same, all)
	return nil
}
