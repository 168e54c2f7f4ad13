package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// feltWithin is how soon what is done anywhere has to be felt at every guard.
const feltWithin = time.Second

// ask asks a guard about a request with a token.
func askGuard(t testing.TB, s *parts.Server, access string) answer {
	return get(t, s.URL+"/guard/nginx", access)
}

// felt is how long after now a guard goes on to let a token through; it asks all
// the time.
func felt(t testing.TB, s *parts.Server, access string) time.Duration {
	t.Helper()
	begun := time.Now()
	for askGuard(t, s, access).status == http.StatusOK {
		if time.Since(begun) > 10*feltWithin {
			t.Fatal("it is not felt at all")
		}
	}
	return time.Since(begun)
}

// over complains when the worst of several took too long, and shows the figures.
func over(t *testing.T, what string, took []time.Duration) {
	t.Helper()
	slices.Sort(took)
	t.Logf("%s, %d times: median %s, worst %s", what, len(took), took[len(took)/2].Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond))
	if worst := took[len(took)-1]; worst > feltWithin {
		t.Errorf("%s was felt after %s, want within %s", what, worst, feltWithin)
	}
}

// cheap keeps sign-ins from taking longer than what is measured.
const cheap = "SIGNET_PASSWORDS__ARGON2={memory: 7MiB, time: 5}"

func TestGuardFeelsALogoutAtAnotherReplica(t *testing.T) {
	all := replicas(t, 2, "", cheap)
	a, b := all[0], all[1]
	var took []time.Duration
	for range 100 {
		l := login(t, a, "", "admin", adminPassword).tokens(t)
		for range 2 { // the second time from memory
			if got := askGuard(t, b, l.Access); got.status != http.StatusOK {
				t.Fatalf("before: got %d %s", got.status, got.body)
			}
		}
		if got := post(t, a.URL+"/auth/logout", map[string]string{"refresh_token": l.Refresh}); got.status != http.StatusNoContent {
			t.Fatalf("logout: got %d %s", got.status, got.body)
		}
		took = append(took, felt(t, b, l.Access))
		if got := askGuard(t, a, l.Access); got.status != http.StatusUnauthorized {
			t.Errorf("at the replica of the logout: got %d, want 401 at once", got.status)
		}
	}
	over(t, "a logout at another replica", took)
}

// command runs a command of Signet on a server's database.
func command(t testing.TB, s *parts.Server, env []string, words ...string) string {
	t.Helper()
	r := parts.Run(t, parts.Launch{Dir: s.Dir, Args: words, Stdin: adminPassword, Env: append([]string{"SIGNET_SECRET=" + masterKey}, env...)})
	if r.Code != 0 {
		t.Fatalf("signet %v: %s%s", words, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

func TestGuardFeelsWhatAnOperatorDoes(t *testing.T) {
	onBothEngines(t, func(t *testing.T, env ...string) {
		env = append(env, cheap, "SIGNET_TOKENS__ISSUER=http://sso.test")
		s := serve(t, "", env...)
		run := func(words ...string) string { return command(t, s, env, words...) }
		run("user", "add", "--username", "ann", "--password-stdin")
		for what, words := range map[string][]string{
			"an end of all sessions": {"user", "revoke", "ann"},
			"a suspension":           {"user", "suspend", "ann"},
			"a retired key":          {"keys", "retire"},
		} {
			t.Run(what, func(t *testing.T) {
				var took []time.Duration
				for range 3 {
					access := strings.TrimSpace(run("token", "ann"))
					for range 2 {
						if got := askGuard(t, s, access); got.status != http.StatusOK {
							t.Fatalf("before: got %d %s", got.status, got.body)
						}
					}
					if what == "a retired key" {
						words = []string{"keys", "retire", header(t, access)["kid"].(string)}
					}
					run(words...)
					took = append(took, felt(t, s, access))
					if what == "a suspension" {
						run("user", "activate", "ann")
					}
				}
				over(t, what+" at the command line", took)
			})
		}
		t.Run("other groups", func(t *testing.T) {
			access := strings.TrimSpace(run("token", "ann"))
			askGuard(t, s, access)
			run("user", "groups", "ann", "staff")
			begun := time.Now()
			for askGuard(t, s, access).header.Get("Remote-Groups") != "staff" {
				if time.Since(begun) > feltWithin {
					t.Fatalf("not after %s", feltWithin)
				}
			}
		})
	})
}

func TestGuardWithoutNewsLetsNobodyThroughWhoWasSentOut(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, u.Host)
	u.Host = p.address
	issuer := "SIGNET_TOKENS__ISSUER=http://sso.test"
	one := serve(t, "", "SIGNET_DATABASE="+dsn, issuer, cheap)
	two := serve(t, "", "SIGNET_DATABASE="+u.String(), issuer, cheap)
	stays, goes := login(t, one, "", "admin", adminPassword).tokens(t), login(t, one, "", "admin", adminPassword).tokens(t)
	for _, access := range []string{stays.Access, goes.Access, stays.Access, goes.Access} {
		if got := askGuard(t, two, access); got.status != http.StatusOK {
			t.Fatalf("before: got %d %s", got.status, got.body)
		}
	}
	p.sever()
	time.Sleep(feltWithin + 100*time.Millisecond) // what it knew counts for so long
	if got := post(t, one.URL+"/auth/logout", map[string]string{"refresh_token": goes.Refresh}); got.status != http.StatusNoContent {
		t.Fatalf("logout: got %d %s", got.status, got.body)
	}
	for begun := time.Now(); time.Since(begun) < 2*time.Second; {
		got := askGuard(t, two, goes.Access)
		if got.status != http.StatusForbidden || got.header.Get("X-Signet-Error") != "SERVICE_UNAVAILABLE" {
			t.Fatalf("C-36 while it is cut off: got %d %s", got.status, got.body)
		}
		if got := askGuard(t, two, stays.Access); got.status == http.StatusOK {
			t.Fatal("C-36 somebody passes whom nobody could be asked about")
		}
	}
	p.cut.Store(false)
	eventually(t, "who may pass does again", func() bool {
		if got := askGuard(t, two, goes.Access); got.status == http.StatusOK {
			t.Fatal("who was sent out passes when the news is back")
		}
		return askGuard(t, two, stays.Access).status == http.StatusOK
	})
	if got := askGuard(t, two, goes.Access); got.status != http.StatusUnauthorized {
		t.Errorf("at the end: got %d, want 401", got.status)
	}
}
