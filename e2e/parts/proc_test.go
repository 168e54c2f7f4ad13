package parts_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestRun(t *testing.T) {
	t.Run("a command's exit code and both its streams come back", func(t *testing.T) {
		if r := parts.Run(t, parts.Launch{Args: []string{"version"}}); r.Code != 0 || r.Stdout == "" || r.Stderr != "" {
			t.Errorf("got %+v, want code 0 and words on stdout only", r)
		}
		if r := parts.Run(t, parts.Launch{Args: []string{"no-such-command"}}); r.Code != 1 || r.Stdout != "" || r.Stderr == "" {
			t.Errorf("got %+v, want code 1 and words on stderr only", r)
		}
	})
}

func TestSignet(t *testing.T) {
	t.Setenv("SIGNET_LOG__LEVEL", "not a level") // the tester's own, which must not reach it
	s := parts.Signet(t, parts.Launch{})
	t.Run("it answers at its address and says so", func(t *testing.T) {
		if status := health(t, s); status != http.StatusOK {
			t.Errorf("got %d, want 200", status)
		}
		if !strings.Contains(s.Stdout(), s.URL) {
			t.Errorf("stdout does not name %s:\n%s", s.URL, s.Stdout())
		}
	})
	t.Run("it starts again in its folder, after SIGTERM and after a kill", func(t *testing.T) {
		s.Stop(t)
		if status := health(t, s); status != 0 {
			t.Errorf("stopped, it answers %d", status)
		}
		s.Start(t)
		s.Kill(t)
		s.Start(t)
		if status := health(t, s); status != http.StatusOK {
			t.Errorf("got %d, want 200", status)
		}
		if n := strings.Count(s.Stdout(), "first administrator"); n != 1 {
			t.Errorf("it made %d first administrators, want 1:\n%s", n, s.Stdout())
		}
	})
}

// health is the status of /health, 0 for no answer.
func health(t *testing.T, s *parts.Server) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/health", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}
