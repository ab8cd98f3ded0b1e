package synth_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/synth"
)

// TestSamplesAreCurrent compares sample_logs with what the package writes.
func TestSamplesAreCurrent(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, s := range samples {
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			t.Fatal(err)
		}
		total += b.Len()
		if b.Len() > 500<<10 {
			t.Errorf("%s has %d bytes, want at most 500 KiB", s.Path, b.Len())
		}
		got, err := os.ReadFile(filepath.Join("..", "..", "sample_logs", filepath.FromSlash(s.Path)))
		if err != nil || !bytes.Equal(got, b.Bytes()) {
			t.Errorf("sample_logs/%s is not what package synth writes; run: go generate ./internal/synth", s.Path)
		}
	}
	if total > 1500<<10 {
		t.Errorf("the samples have %d bytes together, want at most 1500 KiB", total)
	}
}

// TestExampleOfTheReadme holds the numbers that sample_logs/README.md states.
func TestExampleOfTheReadme(t *testing.T) {
	p, err := synth.SamplePractice(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Patient("1050").Name(); got != "Lorenzo Fairbanks" {
		t.Errorf("patient 1050 is %s", got)
	}
	tests := []struct {
		day  int
		want map[synth.System]int
	}{
		{11, map[synth.System]int{synth.EHR: 9, synth.Imaging: 2, synth.Phone: 3}},
		{14, map[synth.System]int{}},
	}
	for _, tt := range tests {
		got := map[synth.System]int{}
		from, to := p.Midnight(2025, time.March, tt.day), p.Midnight(2025, time.March, tt.day+1)
		for _, s := range []synth.System{synth.EHR, synth.Imaging, synth.Phone} {
			for _, a := range p.Between(s, from, to) {
				if a.PatientID == "1050" {
					got[s]++
				}
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("accesses to patient 1050 on 2025-03-%d (-want +got):\n%s", tt.day, diff)
		}
	}
}
