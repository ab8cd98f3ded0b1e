package synth

import (
	"math/bits"
	"math/rand/v2"
)

// dice draws numbers. It takes whole 64-bit words from the generator, because
// the bounded draws of math/rand/v2 differ between word sizes.
type dice struct{ source *rand.PCG }

func newDice(seed, stream uint64) dice { return dice{source: rand.NewPCG(seed, stream)} }

// upTo returns a number in [0, n).
func (d dice) upTo(n int) int { return int(d.upTo64(int64(n))) }

// upTo64 is upTo for numbers that need 64 bits.
func (d dice) upTo64(n int64) int64 {
	high, _ := bits.Mul64(d.source.Uint64(), uint64(n)) //nolint:gosec // n is positive
	return int64(high)                                  //nolint:gosec // below n
}

// between returns a number in [low, high].
func (d dice) between(low, high int) int { return low + d.upTo(high-low+1) }

// chance is true in percent of a hundred cases.
func (d dice) chance(percent int) bool { return d.upTo(100) < percent }

// pick returns one of the items, which must not be empty.
func pick[T any](d dice, items []T) T { return items[d.upTo(len(items))] }
