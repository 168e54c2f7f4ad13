// Package bench measures Signet beside floors: the least that any program
// would have to do for the same answer, in the same run. make bench prints the
// ratios; only they mean anything on another machine.
package bench

import (
	"os"
	"sync"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

// spread runs b.N operations by a number of callers at once. op is told which
// caller it is.
func spread(b *testing.B, callers int, op func(caller int) error) {
	b.Helper()
	work := make(chan struct{}, callers)
	var done sync.WaitGroup
	b.ResetTimer()
	for caller := range callers {
		done.Go(func() {
			for range work {
				if err := op(caller); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	done.Wait()
}
