package cli_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/internal/cli"
)

func TestCheckSpace(t *testing.T) {
	const gib = 1 << 30
	for _, tt := range []struct {
		free, size int64
		want       string
	}{
		{5 * gib, 5 * gib, "ok"},
		{5*gib - 1, 0, "warning"},
		{20 * gib, 20*gib + 1, "warning"},
		{100 << 20, 0, "warning"},
		{100<<20 - 1, 0, "failed"},
		{0, 0, "failed"},
		{-1, 0, "unknown"},
	} {
		if got := cli.CheckSpace(tt.free, tt.size); got != tt.want {
			t.Errorf("%d free, database of %d: %s, want %s", tt.free, tt.size, got, tt.want)
		}
	}
}
