package parts

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// verdicts is a test that only notes how it ended.
type verdicts struct {
	testing.TB
	said string
}

func (v *verdicts) Helper() {}

func (v *verdicts) Skipf(format string, args ...any) { v.end("skip", format, args) }

func (v *verdicts) Fatalf(format string, args ...any) { v.end("fail", format, args) }

func (v *verdicts) end(how, format string, args []any) {
	v.said = how + ": " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// ended is how a test that needs a part ends.
func ended(t *testing.T, name string) string {
	v := &verdicts{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		Need(v, name)
	}()
	<-done
	return v.said
}

func TestAMissingPart(t *testing.T) {
	t.Setenv("PATH", "")
	for setting, want := range map[string]string{"": "skip: npm is missing", "all": "fail: npm is missing"} {
		t.Run("SIGNET_TEST_PARTS="+setting, func(t *testing.T) {
			t.Setenv("SIGNET_TEST_PARTS", setting)
			if got := ended(t, "npm"); !strings.HasPrefix(got, want) || !strings.Contains(got, "apt-get install") {
				t.Errorf("got %q, want %q and the command that installs it", got, want)
			}
		})
	}
	t.Run("a name that is not in the table is a mistake of the test", func(t *testing.T) {
		if got := ended(t, "telnet"); !strings.HasPrefix(got, "fail") {
			t.Errorf("got %q, want it to fail", got)
		}
	})
}
