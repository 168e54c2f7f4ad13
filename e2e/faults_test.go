package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestS01TheDatabaseIsGoneAndComesBack(t *testing.T) {
	dsn, pg := parts.Postgres(t, parts.PostgresOptions{})
	s := serve(t, "", "SIGNET_DATABASE="+dsn)
	before := login(t, s, "", "admin", adminPassword).tokens(t)

	pg.Stop(t)
	if a := get(t, s.URL+"/health", ""); a.status != http.StatusOK {
		t.Errorf("/health: got %d, want 200", a.status)
	}
	for what, ask := range map[string]func() answer{
		"/ready":   func() answer { return get(t, s.URL+"/ready", "") },
		"login":    func() answer { return login(t, s, "", "admin", adminPassword) },
		"refresh":  func() answer { return refresh(t, s, before.Refresh) },
		"/auth/me": func() answer { return get(t, s.URL+"/auth/me", before.Access) },
		"logout": func() answer {
			return post(t, s.URL+"/auth/logout", map[string]string{"refresh_token": before.Refresh})
		},
	} {
		a := ask()
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("%s without a database: got %d %s, want 503 with Retry-After", what, a.status, a.body)
		}
		if strings.Contains(a.body, "postgres") || strings.Contains(a.body, "127.0.0.1:") {
			t.Errorf("%s tells a stranger about the database: %s", what, a.body)
		}
	}

	pg.Start(t)
	eventually(t, "/ready after the database is back", func() bool { return get(t, s.URL+"/ready", "").status == http.StatusOK })
	if a := refresh(t, s, before.Refresh); a.status != http.StatusOK {
		t.Errorf("a session from before: got %d %s, want tokens: nothing is lost", a.status, a.body)
	}
	if a := login(t, s, "", "admin", adminPassword); a.status != http.StatusOK {
		t.Errorf("sign-in: got %d %s, want tokens", a.status, a.body)
	}
}

func TestS04ACrashBeforeTheAnswerCostsNothing(t *testing.T) {
	s := serve(t, "")
	first := login(t, s, "", "admin", adminPassword).tokens(t)
	lost := refresh(t, s, first.Refresh).tokens(t) // say that this answer never arrived
	s.Kill(t)
	s.Start(t)
	again := refresh(t, s, first.Refresh).tokens(t)
	if again.Refresh != lost.Refresh {
		t.Error("got another successor after the crash, want the same one")
	}
	if a := refresh(t, s, again.Refresh); a.status != http.StatusOK {
		t.Errorf("the successor: got %d %s, want tokens", a.status, a.body)
	}
}

// TestS05KilledAgainAndAgain kills the program at a random moment of its work.
// Whatever was answered must hold: a refresh token that was handed out works
// and one that was revoked stays revoked.
func TestS05KilledAgainAndAgain(t *testing.T) {
	for name, env := range map[string]func(*testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"SIGNET_DATABASE=" + parts.SharedPostgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			s := busy{serve(t, "tokens: {reuse_grace: 1m}", append(env(t), "SIGNET_PASSWORDS__ARGON2={memory: 7MiB, time: 5}")...)}
			for round := range 12 {
				alive, ended := s.workUntilKilled(t, time.Duration(20+round*13)*time.Millisecond)
				s.Start(t)
				for _, token := range alive {
					if a := refresh(t, s.Server, token); a.status != http.StatusOK {
						t.Fatalf("round %d: an acknowledged session is gone: %d %s", round, a.status, a.body)
					}
				}
				for _, token := range ended {
					if a := refresh(t, s.Server, token); a.status != http.StatusUnauthorized {
						t.Fatalf("round %d: an acknowledged logout is undone: %d %s", round, a.status, a.body)
					}
				}
			}
		})
	}
}

// proxy is a TCP connection that can be cut.
type proxy struct {
	address string
	cut     atomic.Bool
	mu      sync.Mutex
	open    map[net.Conn]bool
}

// newProxy passes connections on to target until the test ends.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{address: l.Addr().String(), open: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); p.sever() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.pass(c, target)
		}
	}()
	return p
}

func (p *proxy) pass(c net.Conn, target string) {
	defer c.Close()
	if p.cut.Load() {
		return
	}
	to, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	p.mu.Lock()
	p.open[c], p.open[to] = true, true
	p.mu.Unlock()
	go func() { _, _ = io.Copy(to, c); _ = to.Close() }()
	_, _ = io.Copy(c, to)
}

// sever cuts every connection and lets no new one through.
func (p *proxy) sever() {
	p.cut.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close()
		delete(p.open, c)
	}
}

func TestS13AReplicaThatIsCutOffFailsClosed(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	direct := u.Host
	p := newProxy(t, direct)
	u.Host = p.address
	issuer := "SIGNET_TOKENS__ISSUER=http://sso.test"
	one := serve(t, "", "SIGNET_DATABASE="+dsn, issuer)
	two := serve(t, "", "SIGNET_DATABASE="+u.String(), issuer)
	l := login(t, two, "", "admin", adminPassword).tokens(t)

	p.sever()
	for what, ask := range map[string]func(*parts.Server) answer{
		"/auth/me": func(s *parts.Server) answer { return get(t, s.URL+"/auth/me", l.Access) },
		"/ready":   func(s *parts.Server) answer { return get(t, s.URL+"/ready", "") },
		"login":    func(s *parts.Server) answer { return login(t, s, "", "admin", adminPassword) },
	} {
		if a := ask(two); a.status != http.StatusServiceUnavailable {
			t.Errorf("%s at the replica that is cut off: got %d %s, want 503", what, a.status, a.body)
		}
		if a := ask(one); a.status != http.StatusOK {
			t.Errorf("%s at the other: got %d %s, want 200", what, a.status, a.body)
		}
	}
	p.cut.Store(false)
	eventually(t, "the replica works again", func() bool { return get(t, two.URL+"/auth/me", l.Access).status == http.StatusOK })
}

func TestS18TermFinishesWhatIsRunning(t *testing.T) {
	s := serve(t, "", "SIGNET_PASSWORDS__ARGON2={memory: 64MiB, time: 2}")
	const callers = 4
	var done sync.WaitGroup
	var got [callers]answer
	var errs [callers]error
	for i := range callers {
		done.Go(func() {
			got[i], errs[i] = tryPost(s.URL+"/auth/login", map[string]string{"identifier": "admin", "password": adminPassword})
		})
	}
	eventually(t, "the requests have arrived", func() bool { return connections(t, s) >= callers })
	s.Signal(t, syscall.SIGTERM)
	s.Signal(t, syscall.SIGTERM) // an impatient operator changes nothing
	done.Wait()
	for i, a := range got {
		if errs[i] != nil || a.status != http.StatusOK {
			t.Errorf("request %d: got %d %s, %v; want it finished", i, a.status, a.body, errs[i])
		}
	}
	s.Stop(t) // waits, and wants exit code 0
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(s.URL, "http://"), time.Second); err == nil {
		t.Error("the listener is still open")
	}
	s.Start(t)
	for i, a := range got {
		if b := refresh(t, s, a.tokens(t).Refresh); b.status != http.StatusOK {
			t.Errorf("session %d after the restart: got %d %s, want tokens", i, b.status, b.body)
		}
	}
}

func TestB13ARestartForgetsNoFailure(t *testing.T) {
	s := serve(t, "lockout: {attempts: 3}")
	for range 3 {
		login(t, s, "", "admin", "guess")
	}
	s.Kill(t)
	s.Start(t)
	if a := login(t, s, "", "admin", adminPassword); a.status != http.StatusTooManyRequests {
		t.Errorf("got %d %s, want 429: the failures were counted before the restart", a.status, a.body)
	}
}

func TestB09ALockedAccountKeepsItsSessions(t *testing.T) {
	s := serve(t, "lockout: {attempts: 3}")
	l := login(t, s, "", "admin", adminPassword).tokens(t)
	for range 5 {
		login(t, s, "", "admin", "guess")
	}
	if a := login(t, s, "", "admin", adminPassword); a.status != http.StatusTooManyRequests {
		t.Fatalf("got %d %s, want the account locked", a.status, a.body)
	}
	if a := get(t, s.URL+"/auth/me", l.Access); a.status != http.StatusOK {
		t.Errorf("the access token: got %d %s, want 200", a.status, a.body)
	}
	if a := refresh(t, s, l.Refresh); a.status != http.StatusOK {
		t.Errorf("the refresh token: got %d %s, want tokens", a.status, a.body)
	}
}

func TestT16RotationRefusesNobody(t *testing.T) {
	s := serve(t, "")
	l := login(t, s, "", "admin", adminPassword).tokens(t)
	var refused atomic.Int64
	stop := make(chan struct{})
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := http.NewRequest(http.MethodGet, s.URL+"/auth/me", http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Authorization", "Bearer "+l.Access)
				if a, err := do(r); err != nil || a.status != http.StatusOK {
					refused.Add(1)
				}
			}
		})
	}
	r := parts.Run(t, parts.Launch{Args: []string{"keys", "rotate"}, Dir: s.Dir, Env: []string{"SIGNET_SECRET=" + masterKey}})
	if r.Code != 0 {
		t.Fatalf("rotate: exit %d, %s", r.Code, r.Stderr)
	}
	kid := header(t, l.Access)["kid"]
	fresh := l
	eventually(t, "new tokens use the new key", func() bool {
		fresh = refresh(t, s, fresh.Refresh).tokens(t)
		return header(t, fresh.Access)["kid"] != kid
	})
	close(stop)
	done.Wait()
	if n := refused.Load(); n != 0 {
		t.Errorf("%d requests were refused during the rotation, want 0", n)
	}
}

// connections is how many TCP connections the server's port has established.
func connections(t testing.TB, s *parts.Server) int {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	local, count := fmt.Sprintf(":%04X", n), 0
	for line := range strings.Lines(sockets(t, s.Pid())) {
		f := strings.Fields(line)
		if len(f) > 3 && strings.HasSuffix(f[1], local) && f[3] == "01" {
			count++
		}
	}
	return count
}

// freePort is a port that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestT23ARestartForgivesNoReuse(t *testing.T) {
	for name, env := range map[string]func(*testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"SIGNET_DATABASE=" + parts.SharedPostgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "tokens: {reuse_grace: 0s}", env(t)...)
			first := login(t, s, "", "admin", adminPassword).tokens(t)
			second := refresh(t, s, first.Refresh).tokens(t)
			s.Kill(t)
			s.Start(t)
			if a := refresh(t, s, first.Refresh); a.status != http.StatusUnauthorized {
				t.Errorf("the old token: got %d %s, want 401", a.status, a.body)
			}
			if a := refresh(t, s, second.Refresh); a.status != http.StatusUnauthorized {
				t.Errorf("its successor after reuse: got %d %s, want 401", a.status, a.body)
			}
		})
	}
}

func TestT40ARebornPersonInheritsNothing(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	s := serve(t, "", "SIGNET_DATABASE="+dsn)
	add := func() {
		t.Helper()
		r := parts.Run(t, parts.Launch{
			Args: []string{"user", "add", "--username", "eve", "--email", "eve@example.org", "--password-stdin"},
			Dir:  s.Dir, Stdin: adminPassword + "\n", Env: []string{"SIGNET_SECRET=" + masterKey, "SIGNET_DATABASE=" + dsn},
		})
		if r.Code != 0 {
			t.Fatalf("add eve: %s", r.Stderr)
		}
	}
	add()
	l := login(t, s, "", "eve", adminPassword).tokens(t)
	sub := claims(t, l.Access)["sub"]
	query(t, dsn, `DELETE FROM accounts WHERE id = $1`, sub)
	add()
	if a := refresh(t, s, l.Refresh); a.status != http.StatusUnauthorized {
		t.Errorf("the old refresh token: got %d %s, want 401", a.status, a.body)
	}
	if a := get(t, s.URL+"/auth/me", l.Access); a.status != http.StatusUnauthorized {
		t.Errorf("the old access token: got %d %s, want 401", a.status, a.body)
	}
	if again := claims(t, login(t, s, "", "eve", adminPassword).tokens(t).Access)["sub"]; again == sub {
		t.Errorf("the new account has the old id %v", sub)
	}
}

// TestS06TheDiskIsFull fills the volume that the database is on.
func TestS06TheDiskIsFull(t *testing.T) {
	dir := smallVolume(t)
	s := serve(t, "", "SIGNET_DATABASE=sqlite:"+filepath.Join(dir, "signet.db"))
	l := login(t, s, "", "admin", adminPassword).tokens(t)

	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	full := false
	for range 400 { // until the write-ahead log needs room that is not there
		a := login(t, s, "", "admin", adminPassword)
		if a.status == http.StatusServiceUnavailable {
			full = true
			break
		}
		if a.status != http.StatusOK {
			t.Fatalf("got %d %s, want tokens or 503", a.status, a.body)
		}
	}
	if !full {
		t.Fatal("the disk never was full")
	}
	if a := get(t, s.URL+"/auth/me", l.Access); a.status != http.StatusOK {
		t.Errorf("reading on a full disk: got %d %s, want 200", a.status, a.body)
	}
	if a := get(t, s.URL+"/health", ""); a.status != http.StatusOK {
		t.Errorf("/health: got %d, want 200", a.status)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sign-in when there is room again", func() bool { return login(t, s, "", "admin", adminPassword).status == http.StatusOK })
	if a := refresh(t, s, l.Refresh); a.status != http.StatusOK {
		t.Errorf("a session from before: got %d %s, want tokens", a.status, a.body)
	}
	s.Stop(t)
	s.Start(t)
	if a := login(t, s, "", "admin", adminPassword); a.status != http.StatusOK {
		t.Errorf("after a restart: got %d %s, want tokens", a.status, a.body)
	}
}
