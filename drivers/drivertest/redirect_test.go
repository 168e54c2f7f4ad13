package drivertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// grant is what the provider remembers of a code.
type grant struct{ challenge, nonce, redirect string }

// portal is an honest redirect driver and its provider in one, without a
// network. Each fault is one way to break the contract.
type portal struct {
	fault string

	mu    sync.Mutex
	codes map[string]grant
	down  bool
	share drivers.Identity // handed out uncopied by the fault "shares"
}

const (
	portalSecret = "a secret + of the client"
	portalReturn = "https://signet.test/auth/login/portal/callback?x=1"
)

func newPortal(fault string) *portal {
	return &portal{fault: fault, codes: map[string]grant{}, share: drivers.Identity{
		Subject: "4711", Login: "alice", Groups: []string{"staff"}, Upstream: []byte("refresh"),
	}}
}

func (p *portal) is(fault string) bool { return p.fault == fault }

func (p *portal) fixture() RedirectFixture {
	return RedirectFixture{
		Driver:  drivers.Driver{Redirect: p, Recheck: p},
		Subject: "4711", ClientID: "signet", Secret: portalSecret, RedirectURI: portalReturn, OpenID: true,
		Visit: p.visit,
		Break: func(testing.TB) func() {
			p.down = true
			return func() { p.down = false }
		},
	}
}

// AuthURL implements drivers.Redirect.
func (p *portal) AuthURL(_ context.Context, state string, a drivers.Attempt) (string, error) {
	q := url.Values{
		"response_type": {"code"}, "client_id": {"signet"}, "redirect_uri": {a.RedirectURI}, "state": {state},
		"code_challenge": {challenge(a.Verifier)}, "code_challenge_method": {"S256"}, "nonce": {a.Nonce},
	}
	switch p.fault {
	case "no state":
		q.Del("state")
	case "state twice":
		q.Add("state", state)
	case "plain challenge":
		q.Set("code_challenge", a.Verifier)
	case "no method":
		q.Del("code_challenge_method")
	case "shows secret":
		q.Set("client_secret", portalSecret)
	case "no nonce":
		q.Del("nonce")
	case "relative address":
		return "/authorize?" + q.Encode(), nil
	}
	return "https://portal.test/authorize?" + q.Encode(), nil
}

// visit is the person at the provider.
func (p *portal) visit(tb testing.TB, authURL string) url.Values {
	u, err := url.Parse(authURL)
	if err != nil {
		tb.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q, code := u.Query(), fresh()
	p.codes[code] = grant{q.Get("code_challenge"), q.Get("nonce"), q.Get("redirect_uri")}
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

// Exchange implements drivers.Redirect.
func (p *portal) Exchange(ctx context.Context, a drivers.Attempt, reply url.Values) (drivers.Identity, error) {
	if reply.Has("error") && !(p.is("code beats error") && reply.Has("code")) {
		return drivers.Identity{}, p.refusal(reply)
	}
	codes := reply["code"]
	switch {
	case p.is("takes first of two") && len(codes) > 0:
	case p.is("panics without code"):
		_ = codes[0]
	case len(codes) != 1 || codes[0] == "" || len(codes[0]) > 4096:
		return drivers.Identity{}, drivers.ErrReply
	}
	if err := ctx.Err(); err != nil && !p.is("ignores context") {
		return drivers.Identity{}, fmt.Errorf("redeem: %w", err)
	}
	if p.down {
		if p.is("down is a reply") {
			return drivers.Identity{}, drivers.ErrReply
		}
		return drivers.Identity{}, drivers.ErrUnavailable
	}
	return p.redeem(codes[0], a)
}

func (p *portal) refusal(reply url.Values) error {
	switch kind := reply.Get("error"); {
	case p.is("repeats description"):
		return errors.Join(errors.New(reply.Get("error_description")), drivers.ErrReply)
	case kind == "access_denied" && !p.is("denial is a reply"):
		return drivers.ErrCredentials
	case kind == "server_error", kind == "temporarily_unavailable":
		return drivers.ErrUnavailable
	}
	return drivers.ErrReply
}

func (p *portal) redeem(code string, a drivers.Attempt) (drivers.Identity, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[code]
	if !p.is("reuses codes") {
		delete(p.codes, code)
	}
	switch {
	case !ok && p.is("any code"):
	case !ok && p.is("tells verifier"):
		return drivers.Identity{}, errors.Join(errors.New(a.Verifier), drivers.ErrReply)
	case !ok,
		g.challenge != challenge(a.Verifier) && !p.is("no PKCE"),
		g.nonce != a.Nonce && !p.is("nonce unchecked") && !p.is("no PKCE"),
		g.redirect != a.RedirectURI && !p.is("redirect unchecked"):
		return drivers.Identity{}, drivers.ErrReply
	}
	if p.is("shares") {
		return p.share, nil
	}
	id := clone(p.share)
	if p.is("subject is login") {
		id.Subject = strings.ToUpper(id.Login)
	}
	return id, nil
}

// Recheck implements drivers.Rechecker.
func (p *portal) Recheck(_ context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	if subject != "4711" || string(upstream) != "refresh" || p.is("recheck refuses") {
		return drivers.Identity{}, drivers.ErrRefused
	}
	return clone(p.share), nil
}

func TestAnHonestRedirectDriverPasses(t *testing.T) {
	TestRedirect(t, newPortal("").fixture())
}

// brokenRedirects is for each rule how a driver may break it.
var brokenRedirects = map[string][]string{
	"the address carries the attempt, each part once":                                {"no state", "state twice", "relative address"},
	"R-09 the address shows the S256 challenge and never the verifier or the secret": {"plain challenge", "no method", "shows secret"},
	"R-08 the address carries the nonce":                                             {"no nonce"},
	"a good reply proves the person, with an immutable subject":                      {"subject is login"},
	"a reply without one plain code is ErrReply":                                     {"takes first of two", "panics without code"},
	"R-11 a provider's error proves nobody, even beside a code":                      {"code beats error", "denial is a reply", "repeats description"},
	"a code that the provider did not give is ErrReply":                              {"any code", "tells verifier"},
	"R-05 a code is good for one exchange":                                           {"reuses codes"},
	"R-09 a reply to another attempt is ErrReply":                                    {"no PKCE"},
	"R-08 a reply with another attempt's nonce is ErrReply":                          {"nonce unchecked"},
	"a code for another redirect URI is ErrReply":                                    {"redirect unchecked"},
	"an identity is a value of its receiver":                                         {"shares"},
	"flows at one moment get each their own answer":                                  {"no PKCE"},
	"a cancelled context ends the exchange and blames nobody":                        {"ignores context"},
	"an unreachable provider is ErrUnavailable, and comes back":                      {"down is a reply"},
	"a recheck names the same subject":                                               {"recheck refuses"},
}

func TestEachRedirectRuleFindsItsFault(t *testing.T) {
	for _, r := range redirectRules() {
		if len(brokenRedirects[r.name]) == 0 {
			t.Errorf("no fault is known for the rule %q", r.name)
		}
		for _, fault := range brokenRedirects[r.name] {
			if err := r.check(t, newPortal(fault).fixture()); err == nil {
				t.Errorf("the rule %q did not find the fault %q", r.name, fault)
			}
		}
	}
}
