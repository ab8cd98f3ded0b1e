package cli

import (
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how much of the files has been read, on a terminal and after a
// second.
type progress struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	start time.Time
	clock func() time.Time
	make  func() *progressbar.ProgressBar
	done  int64
}

func (a *app) progress(jobs []job) *progress {
	p := &progress{clock: a.env.Clock, start: a.env.Clock()}
	if !a.env.StderrTerminal {
		return p
	}
	var total int64
	for _, j := range jobs {
		if info, err := os.Stat(j.path); err == nil {
			total += info.Size()
		} else {
			total = -1
			break
		}
	}
	p.make = func() *progressbar.ProgressBar {
		return progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(a.env.Stderr), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(200*time.Millisecond),
			progressbar.OptionSetDescription("reading"), progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(a.env.colour(true)))
	}
	return p
}

func (p *progress) add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if p.make == nil {
		return
	}
	if p.bar == nil {
		if p.clock().Sub(p.start) < time.Second {
			return
		}
		p.bar = p.make()
		n = p.done
	}
	_ = p.bar.Add64(n) // a progress bar that cannot be drawn is no reason to stop
}

func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
