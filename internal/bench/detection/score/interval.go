package score

import "math"

// z is the normal quantile of a two-sided interval of 95 %.
const z = 1.959963984540054

// Wilson returns the interval of 95 % for k of n.
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, middle-half), min(1, middle+half)
}

// Poisson returns the interval of 95 % for the mean of a count, by the exact
// relation between the Poisson and the gamma distribution.
func Poisson(k int) (low, high float64) {
	if k > 0 {
		low = solve(func(mean float64) float64 { return 1 - poissonUpTo(k-1, mean) }, 0.025, float64(k))
	}
	return low, solve(func(mean float64) float64 { return 1 - poissonUpTo(k, mean) }, 0.975, 2*float64(k)+10)
}

// poissonUpTo is the chance of at most k when the mean is known.
func poissonUpTo(k int, mean float64) float64 {
	sum := 0.0
	for i := range k + 1 {
		log, _ := math.Lgamma(float64(i) + 1)
		if mean > 0 {
			sum += math.Exp(float64(i)*math.Log(mean) - mean - log)
		} else if i == 0 {
			sum++
		}
	}
	return sum
}

// solve finds where a rising function reaches a value, from 0 to an upper end that
// is widened if need be.
func solve(f func(float64) float64, value, high float64) float64 {
	for f(high) < value {
		high *= 2
	}
	low := 0.0
	for range 200 {
		if middle := (low + high) / 2; f(middle) < value {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
