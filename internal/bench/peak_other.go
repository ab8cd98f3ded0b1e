//go:build !unix

package main

// peakMiB is not measured on this system.
func peakMiB() float64 { return 0 }

// cpuSeconds is not measured on this system.
func cpuSeconds() float64 { return 0 }
