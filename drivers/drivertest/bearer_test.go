package drivertest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
)

// mint is an honest bearer driver and its provider in one, without a network.
// Each fault is one way to break the contract.
type mint struct {
	fault string

	mu     sync.Mutex
	good   map[string]string // token to whose
	down   bool
	share  drivers.Identity // handed out uncopied by the fault "shares"
	latest string           // token of the last call, for the fault "mixes up"
}

func newMint(fault string) *mint {
	return &mint{fault: fault, good: map[string]string{}, share: drivers.Identity{Subject: "4711", Login: "alice", Groups: []string{"staff"}}}
}

func (m *mint) is(fault string) bool { return m.fault == fault }

func (m *mint) give(whose string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	token := "mint." + fresh()
	m.good[token] = whose
	return token
}

func (m *mint) fixture() BearerFixture {
	return BearerFixture{
		Driver: drivers.Driver{Bearer: m}, Subject: "4711", Secret: portalSecret, Now: time.Now, Foreign: "elsewhere." + fresh(),
		Token:   func(testing.TB) string { return m.give("signet") },
		Strange: func(testing.TB) string { return m.give("another") },
		End: func(_ testing.TB, token string) {
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.good, token)
			if m.is("keeps answers") {
				m.good[token] = "signet"
			}
		},
		Break: func(testing.TB) func() {
			m.down = true
			return func() { m.down = m.is("stays down") }
		},
	}
}

// Issued implements drivers.BearerReader.
func (m *mint) Issued(token string) bool {
	if m.is("disowns") {
		return false
	}
	return strings.HasPrefix(token, "mint.") || m.is("takes all for its own")
}

// ReadBearer implements drivers.BearerReader.
func (m *mint) ReadBearer(ctx context.Context, token string) (drivers.Bearer, error) {
	if err := ctx.Err(); err != nil && !m.is("ignores context") {
		return drivers.Bearer{}, fmt.Errorf("read: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return drivers.Bearer{}, m.unavailable()
	}
	looked := token
	if m.is("trims") {
		looked = strings.TrimSpace(token)
	}
	if m.is("mixes up") && m.latest != "" {
		looked = m.latest
	}
	m.latest = token
	whose, ok := m.good[looked]
	switch {
	case !ok || whose != "signet" && !m.is("any audience"):
		return m.refusal(token)
	case m.is("no end"):
		return drivers.Bearer{Identity: clone(m.share)}, nil
	}
	id := clone(m.share)
	switch m.fault {
	case "shares":
		id = m.share
	case "subject is login":
		id.Subject = strings.ToUpper(id.Login)
	case "brings a session":
		id.Session = "s"
	case "brings the token":
		id.Upstream = []byte(token)
	}
	return drivers.Bearer{Identity: id, Expires: time.Now().Add(time.Minute)}, nil
}

func (m *mint) unavailable() error {
	if m.is("down is a bad token") {
		return drivers.ErrCredentials
	}
	return drivers.ErrUnavailable
}

func (m *mint) refusal(token string) (drivers.Bearer, error) {
	switch m.fault {
	case "shows the token":
		return drivers.Bearer{}, fmt.Errorf("%w: %s", drivers.ErrCredentials, token)
	case "bad is a reply":
		return drivers.Bearer{}, drivers.ErrReply
	case "an end beside an error":
		return drivers.Bearer{Expires: time.Now().Add(time.Minute)}, drivers.ErrCredentials
	}
	return drivers.Bearer{}, drivers.ErrCredentials
}

func TestAnHonestBearerDriverPasses(t *testing.T) { TestBearer(t, newMint("").fixture()) }

// brokenBearers is for each rule how a driver may break it.
var brokenBearers = map[string][]string{
	"a good token proves the person, with the subject of a sign-in": {"subject is login"},
	"a good token ends after now, and at a time":                    {"no end", "an end beside an error"},
	"a token brings no session and nothing for later questions":     {"brings a session", "brings the token"},
	"a token of its own could be its own":                           {"disowns"},
	"a token of another issuer is not its own":                      {"takes all for its own"},
	"what nobody gave is ErrCredentials":                            {"shows the token", "bad is a reply", "trims"},
	"a token for another service is ErrCredentials":                 {"any audience", "shows the token"},
	"a token that has ended is ErrCredentials":                      {"keeps answers"},
	"an identity is a value of its receiver":                        {"shares"},
	"tokens at one moment get each their own answer":                {"mixes up"},
	"a cancelled context ends the reading and blames nobody":        {"ignores context"},
	"an unreachable provider is ErrUnavailable, and comes back":     {"down is a bad token", "stays down"},
}

func TestEachBearerRuleFindsItsFault(t *testing.T) {
	for _, r := range bearerRules() {
		if len(brokenBearers[r.name]) == 0 {
			t.Errorf("no fault is known for the rule %q", r.name)
		}
		for _, fault := range brokenBearers[r.name] {
			if err := r.check(t, newMint(fault).fixture()); err == nil {
				t.Errorf("the rule %q did not find the fault %q", r.name, fault)
			}
		}
	}
}
