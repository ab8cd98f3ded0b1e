package access

import (
	"errors"
	"sync"
	"sync/atomic"
)

// lanes is how many look-ups run beside each other. A connection for one more
// costs as much as the look-up saves.
const lanes = 2

// parallel runs independent look-ups beside each other and returns their errors.
func parallel(lookups ...func() error) error {
	errs := make([]error, len(lookups))
	var (
		wg   sync.WaitGroup
		next atomic.Int64
	)
	for range lanes {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(lookups)); i = next.Add(1) - 1 {
				errs[i] = lookups[i]()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
