package e2e

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	xoauth2 "golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/e2e/parts"
)

// orders is a service whose access tokens are JWTs.
const orders = "https://orders.example.org"

// phone is an application of its own at the provider: its tokens are presented
// to us. It shares no secret with signet.
var phone = parts.OIDCClient{
	ID: "phone", Secret: "p:h%o+n/e=s", RedirectURIs: []string{"http://phone.test/back"},
	GrantTypes: []string{"authorization_code", "refresh_token"},
}

// issued is what the provider gave to the phone.
type issued struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
}

// phoneTokens signs somebody in at the phone and returns its tokens, for a
// service or for none.
func phoneTokens(t *testing.T, p *parts.OIDCProvider, login, service string) issued {
	t.Helper()
	verifier := rand.Text() + rand.Text()
	q := url.Values{
		"response_type": {"code"}, "client_id": {phone.ID}, "redirect_uri": {phone.RedirectURIs[0]}, "scope": {"openid profile email groups"},
		"code_challenge": {xoauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"}, "nonce": {"n"},
	}
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {phone.RedirectURIs[0]}, "code_verifier": {verifier}}
	if service != "" {
		q.Set("resource", service)
		q.Set("scope", "openid use")
		form.Set("resource", service)
	}
	form.Set("code", p.Visit(t, p.Issuer+"/auth?"+q.Encode(), login).Query().Get("code"))
	var out issued
	phoneAsks(t, p, "/token", form, &out)
	if out.Access == "" || out.Refresh == "" || out.ID == "" {
		t.Fatal("the provider gave the phone too little")
	}
	return out
}

// phoneAsks posts a form of the phone's.
func phoneAsks(t *testing.T, p *parts.OIDCProvider, path string, form url.Values, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(url.QueryEscape(phone.ID), url.QueryEscape(phone.Secret))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := do(r)
	if err != nil || answer.status != http.StatusOK {
		t.Fatalf("%s: %d %s, %v", path, answer.status, answer.body, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer.body), into); err != nil {
		t.Fatal(err)
	}
}

// bearers are drivers that read the tokens of one real provider, each in its
// way.
func bearers(t *testing.T, p *parts.OIDCProvider) (keys, asking, plain drivers.BearerReader) {
	t.Helper()
	open := func(d drivers.Driver, err error) drivers.BearerReader {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d.Bearer
	}
	c := openid.Config{Name: "one", Issuer: p.Issuer, ClientID: "signet", ClientSecret: "s:e%c+r/e=t", Insecure: true}
	c.Bearer = openid.Bearer{JWKS: true, Audience: []string{orders}}
	keys = open(openid.Open(c))
	c.Bearer = openid.Bearer{Introspect: true, Audience: []string{phone.ID}}
	asking = open(openid.Open(c))
	plain = open(oauth2.Open(oauth2.Config{
		Name: "plain", AuthorizeURL: p.Issuer + "/auth", TokenURL: p.Issuer + "/token", ProfileURL: p.Issuer + "/me",
		ClientID: "signet", ClientSecret: "s:e%c+r/e=t", Insecure: true, EmailTrust: oauth2.TrustClaim,
		Fields: oauth2.Fields{ID: "sub", Login: "preferred_username", Name: "name", Email: "email", EmailVerified: "email_verified", Groups: "groups"},
		Bearer: oauth2.Bearer{Introspect: true, IntrospectURL: p.Issuer + "/token/introspection", Audience: []string{phone.ID}},
	}))
	return keys, asking, plain
}

func TestAccessTokensOfARealProvider(t *testing.T) {
	p := parts.OIDC(t)
	p.Services = []string{orders}
	p.Start(t, []parts.OIDCClient{parts.SignetClient("http://sso.test", "one"), phone}, carol, dan)
	keys, asking, plain := bearers(t, p)
	opaque, forOrders := phoneTokens(t, p, "carol", ""), phoneTokens(t, p, "carol", orders)
	refused := func(what string, r drivers.BearerReader, token string) {
		t.Helper()
		if b, err := r.ReadBearer(t.Context(), token); !errors.Is(err, drivers.ErrCredentials) || b.Identity.Subject != "" {
			t.Errorf("%s: got %q, %v, want ErrCredentials", what, b.Identity.Subject, err)
		}
	}
	t.Run("a JWT for a service of ours says whose it is", func(t *testing.T) {
		b, err := keys.ReadBearer(t.Context(), forOrders.Access)
		if err != nil || b.Identity.Subject != carol.Subject || !b.Identity.Partial || !keys.Issued(forOrders.Access) {
			t.Errorf("got %+v, %v, want carol and no more", b.Identity, err)
		}
		if left := time.Until(b.Expires); left < 4*time.Minute || left > 5*time.Minute {
			t.Errorf("it counts for %v, want 5 minutes", left)
		}
	})
	t.Run("an opaque one says who it is too", func(t *testing.T) {
		for name, r := range map[string]drivers.BearerReader{"openid": asking, "oauth2": plain} {
			b, err := r.ReadBearer(t.Context(), opaque.Access)
			id := b.Identity
			if err != nil || id.Subject != carol.Subject || id.Login != "carol" || id.Email != carol.Email || !id.EmailVerified || len(id.Groups) != 1 || id.Partial {
				t.Errorf("%s: got %+v, %v", name, id, err)
			}
		}
	})
	t.Run("T-14 ID and refresh tokens are none", func(t *testing.T) {
		for name, r := range map[string]drivers.BearerReader{"keys": keys, "asking": asking, "plain": plain} {
			refused(name+", ID token", r, opaque.ID)
			refused(name+", ID token for the service", r, forOrders.ID)
			refused(name+", refresh token", r, opaque.Refresh)
		}
	})
	t.Run("a token for another service is none", func(t *testing.T) {
		refused("opaque", keys, opaque.Access)
		refused("orders, by asking", asking, forOrders.Access)
		refused("made up", asking, rand.Text())
	})
	t.Run("one that was revoked there is none, where the provider is asked", func(t *testing.T) {
		phoneAsks(t, p, "/token/revocation", url.Values{"token": {opaque.Access}}, nil)
		refused("openid", asking, opaque.Access)
		refused("oauth2", plain, opaque.Access)
	})
	t.Run("while it is down its keys do, and asking does not", func(t *testing.T) {
		p.Stop()
		if b, err := keys.ReadBearer(t.Context(), forOrders.Access); err != nil || b.Identity.Subject != carol.Subject {
			t.Errorf("with keys: got %v", err)
		}
		if _, err := asking.ReadBearer(t.Context(), opaque.Access); !errors.Is(err, drivers.ErrUnavailable) {
			t.Errorf("by asking: got %v, want ErrUnavailable", err)
		}
	})
}

// TestAProvidersTokenPassesTheGuard: the whole program, with a proxy's question
// and a real provider.
func TestAProvidersTokenPassesTheGuard(t *testing.T) {
	p := parts.OIDC(t)
	s := serve(t, fmt.Sprintf(`
providers:
  - {name: local, driver: local}
  - {name: one, driver: openid, issuer: %q, client_id: signet, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true, guard: {introspect: true, audience: [phone], cache: 0s}}
`, p.Issuer))
	p.Start(t, []parts.OIDCClient{parts.SignetClient(s.URL, "one"), phone}, carol, dan)
	ask := func(token string) (status int, user, groups string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/guard/forward", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Authorization": "Bearer " + token, "X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example.org", "X-Forwarded-Uri": "/",
		} {
			r.Header.Set(name, value)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode, answer.Header.Get("Remote-User"), answer.Header.Get("Remote-Groups")
	}
	mine, theirs := phoneTokens(t, p, "carol", ""), phoneTokens(t, p, "dan", "")
	for range 2 {
		if status, user, groups := ask(mine.Access); status != http.StatusOK || user != "carol" || groups != "staff" {
			t.Errorf("carol: got %d, %q of %q", status, user, groups)
		}
	}
	if status, user, _ := ask(theirs.Access); status != http.StatusOK || user != "dan" {
		t.Errorf("dan: got %d, %q", status, user)
	}
	for what, token := range map[string]string{"a refresh token": mine.Refresh, "an ID token": mine.ID, "a made-up one": rand.Text()} {
		if status, user, _ := ask(token); status != http.StatusUnauthorized || user != "" {
			t.Errorf("%s: got %d, %q, want 401", what, status, user)
		}
	}
	p.Stop()
	if status, user, _ := ask(mine.Access); status != http.StatusUnauthorized || user != "" {
		t.Errorf("while the provider is down: got %d, %q, want 401", status, user)
	}
}
