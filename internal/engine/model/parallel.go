package model

import (
	"errors"
	"runtime"
	"sync"
)

// parallel calls do for 0 to n-1, from as many goroutines as there are processors.
// Calls do not depend on each other. It returns the errors.
func parallel(n int, do func(int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n/1000+1)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				if err := do(i); err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
