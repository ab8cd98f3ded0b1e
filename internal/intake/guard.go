package intake

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/fault"
)

// parseGuarded runs a parser and turns a panic of it into an error, so that one file
// cannot end the work for all others. The error says where it was and not what: the value
// of a panic may hold content of the file.
func parseGuarded(ctx context.Context, p ingest.Parser, src ingest.Source, w *ingest.Writer) (err error) {
	defer func() {
		if recover() != nil {
			err = fault.New(fault.Invalid, "the parser failed unexpectedly at "+panicked(),
				"this is a mistake in chartwatch: please report it, with a copy that `chartwatch scrub` makes of the file")
		}
	}()
	return p.Parse(ctx, src, w)
}

// panicked is the first place of our own below a panic.
func panicked() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	below := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			below = true
		case below && !strings.HasPrefix(f.Function, "runtime."):
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		if !more {
			return "a place that is not known"
		}
	}
}
