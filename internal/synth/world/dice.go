package world

import (
	"math/bits"
	"math/rand/v2"
)

// Streams of the dice. Every part of a world draws from a stream of its own, so
// that incidents leave ordinary life as it was.
const (
	streamHabits    = 1
	streamPanel     = 2
	streamPeople    = 3
	streamVisits    = 4
	streamCalendar  = 5
	streamPlan      = 6
	streamWrite     = 7
	streamDay       = 1_000
	streamSession   = 100_000
	streamIncidents = 1_000_000
)

// dice draws numbers from whole 64-bit words, so that they are the same on every
// platform.
type dice struct{ source *rand.PCG }

func newDice(seed, stream uint64) dice {
	return dice{source: rand.NewPCG(seed, stream*0x9e3779b97f4a7c15+0x632be59bd9b4e019)}
}

// upTo returns a number in [0, n); 0 if n is not positive.
func (d dice) upTo(n int) int {
	if n <= 0 {
		return 0
	}
	high, _ := bits.Mul64(d.source.Uint64(), uint64(n))
	return int(high) //nolint:gosec // below n
}

// between returns a number in [low, high].
func (d dice) between(low, high int) int { return low + d.upTo(high-low+1) }

// chance is true in percent of a hundred cases.
func (d dice) chance(percent int) bool { return d.upTo(100) < percent }

// permille is true in n of a thousand cases.
func (d dice) permille(n int) bool { return d.upTo(1000) < n }

// pick returns one of the items, which must not be empty.
func pick[T any](d dice, items []T) T { return items[d.upTo(len(items))] }

// shuffle puts the items in a random order.
func shuffle[T any](d dice, items []T) {
	for i := len(items) - 1; i > 0; i-- {
		j := d.upTo(i + 1)
		items[i], items[j] = items[j], items[i]
	}
}

// mix returns a number that looks random and depends on its arguments only.
func mix(a, b uint64) uint64 {
	x := a ^ b*0x9e3779b97f4a7c15
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
