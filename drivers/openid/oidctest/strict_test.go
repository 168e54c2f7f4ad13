package oidctest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func text(t testing.TB, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// doomed is a test that may end.
type doomed struct {
	testing.TB
	why string
}

func (d *doomed) Fatalf(format string, args ...any) {
	d.why = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// fatal returns what ended a test, empty for nothing.
func fatal(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	d := &doomed{TB: t}
	var work sync.WaitGroup
	work.Go(func() { f(d) })
	work.Wait()
	return d.why
}

func TestAuthorizationRequestsAreChecked(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{RedirectURIs: []string{redirectURI}})
	good, err := url.Parse(newParty(t, p).authURL())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ parameter, value, want string }{
		"another client":            {"client_id", "x", "client_id"},
		"another response type":     {"response_type", "token", "response_type"},
		"a fragment response":       {"response_mode", "fragment", "response_mode"},
		"an unregistered address":   {"redirect_uri", redirectURI + "/x", "registered"},
		"an address with fragment":  {"redirect_uri", redirectURI + "#x", "fragment"},
		"no openid scope":           {"scope", "profile", "openid"},
		"no state":                  {"state", "", "state"},
		"no nonce":                  {"nonce", "", "nonce"},
		"the plain challenge":       {"code_challenge_method", "plain", "S256"},
		"a short challenge":         {"code_challenge", strings.Repeat("a", 42), "43"},
		"a long challenge":          {"code_challenge", strings.Repeat("a", 129), "128"},
		"the verifier in the open":  {"code_verifier", verifier, "secret"},
		"the secret in the address": {"client_secret", "x", "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			q := good.Query()
			q.Set(c.parameter, c.value)
			answer := get(t, p, p.URL(oidctest.Authorize)+"?"+q.Encode())
			if body := text(t, answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, c.want) {
				t.Errorf("got %d %q, want 400 that names %q", answer.StatusCode, body, c.want)
			}
		})
	}
	t.Run("a browser goes nowhere else", func(t *testing.T) {
		if got := fatal(t, func(tb testing.TB) { p.Visit(tb, strings.Replace(good.String(), "/authorize", "/elsewhere", 1)) }); !strings.Contains(got, "/elsewhere") {
			t.Errorf("the test ended with %q, want that it names where the address leads", got)
		}
	})
	t.Run("a browser's test ends with a bad request", func(t *testing.T) {
		if got := fatal(t, func(tb testing.TB) { p.Visit(tb, good.String()+"&nonce=again") }); !strings.Contains(got, "2 times") {
			t.Errorf("the test ended with %q, want that it says why", got)
		}
	})
	t.Run("a parameter that comes twice", func(t *testing.T) {
		answer := get(t, p, good.String()+"&state=again")
		if body := text(t, answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "2 times") {
			t.Errorf("got %d %q, want 400", answer.StatusCode, body)
		}
	})
}

// exchange posts to the token endpoint and returns status and answer.
func exchange(t testing.TB, p *oidctest.Provider, form url.Values, user, secret string) (int, map[string]any) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL(oidctest.Token), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		q.SetBasicAuth(user, secret)
	}
	answer := do(t, p, q)
	var got map[string]any
	if err := json.Unmarshal([]byte(text(t, answer)), &got); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, got
}

// codeForm signs in and returns what redeems the code.
func codeForm(t testing.TB, p *oidctest.Provider) url.Values {
	t.Helper()
	reply := p.Visit(t, newParty(t, p).authURL())
	return url.Values{"grant_type": {"authorization_code"}, "code": {reply.Get("code")}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}}
}

func TestTheTokenEndpointIsStrict(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	id, secret := url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)
	for name, c := range map[string]struct {
		change func(url.Values)
		user   string
		secret string
		status int
		want   string
	}{
		"Basic, form-encoded, is right":      {nil, id, secret, 200, ""},
		"Basic as it stands is not":          {nil, id, p.ClientSecret, 401, "invalid_client"},
		"the secret in the form is right":    {func(f url.Values) { f.Set("client_id", p.ClientID); f.Set("client_secret", p.ClientSecret) }, "", "", 200, ""},
		"both at once are not":               {func(f url.Values) { f.Set("client_id", p.ClientID); f.Set("client_secret", p.ClientSecret) }, id, secret, 400, "invalid_request"},
		"Basic and another id are not":       {func(f url.Values) { f.Set("client_id", "x") }, id, secret, 400, "invalid_request"},
		"another client is not":              {nil, "x", secret, 401, "invalid_client"},
		"no secret is not":                   {func(f url.Values) { f.Set("client_id", p.ClientID) }, "", "", 401, "invalid_client"},
		"another secret is not":              {nil, id, "x", 401, "invalid_client"},
		"a code of nobody":                   {func(f url.Values) { f.Set("code", "x") }, id, secret, 400, "invalid_grant"},
		"another redirect address":           {func(f url.Values) { f.Set("redirect_uri", redirectURI+"/") }, id, secret, 400, "invalid_grant"},
		"another verifier":                   {func(f url.Values) { f.Set("code_verifier", verifier+"x") }, id, secret, 400, "invalid_grant"},
		"no verifier":                        {func(f url.Values) { f.Del("code_verifier") }, id, secret, 400, "invalid_grant"},
		"a parameter that comes twice":       {func(f url.Values) { f.Add("code", "x") }, id, secret, 400, "invalid_request"},
		"a grant that nobody knows":          {func(f url.Values) { f.Set("grant_type", "password") }, id, secret, 400, "unsupported_grant_type"},
		"an assertion that was not arranged": {func(f url.Values) { f.Set("client_assertion", "x.y.z") }, "", "", 401, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			form := codeForm(t, p)
			if c.change != nil {
				c.change(form)
			}
			status, got := exchange(t, p, form, c.user, c.secret)
			if e, _ := got["error"].(string); status != c.status || e != c.want {
				t.Errorf("got %d %v, want %d %q", status, got, c.status, c.want)
			}
		})
	}
}

func TestPublicClients(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{ClientAuth: []string{"none"}})
	form := codeForm(t, p)
	form.Set("client_id", p.ClientID)
	if status, got := exchange(t, p, form, "", ""); status != http.StatusOK {
		t.Errorf("got %d %v, want 200", status, got)
	}
}

func TestAssertionsAreChecked(t *testing.T) {
	key := oidctest.NewKey(t, "ES256")
	p := oidctest.New(t, oidctest.Options{ClientAuth: []string{"private_key_jwt"}, ClientKey: key.Priv.Public()})
	claims := func() map[string]any {
		return map[string]any{"iss": p.ClientID, "sub": p.ClientID, "aud": p.URL(oidctest.Token), "exp": time.Now().Add(time.Minute).Unix(), "jti": t.Name()}
	}
	for _, c := range []struct {
		name   string
		key    *oidctest.Key
		change map[string]any
		status int
	}{
		{"a good one proves the client", key, nil, 200},
		{"the same a second time does not", key, nil, 401},
		{"another key does not", oidctest.NewKey(t, "ES256"), map[string]any{"jti": "1"}, 401},
		{"another client does not", key, map[string]any{"jti": "2", "sub": "x"}, 401},
		{"another audience does not", key, map[string]any{"jti": "3", "aud": "https://x.test"}, 401},
		{"an expired one does not", key, map[string]any{"jti": "4", "exp": 1}, 401},
		{"one without an id does not", key, map[string]any{"jti": ""}, 401},
		{"the issuer is an audience too", key, map[string]any{"jti": "5", "aud": []string{p.Issuer()}}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			with := claims()
			maps.Copy(with, c.change)
			form := codeForm(t, p)
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", sign(t, c.key, with))
			if status, got := exchange(t, p, form, "", ""); status != c.status {
				t.Errorf("got %d %v, want %d", status, got, c.status)
			}
		})
	}
}

func TestAssertionsNameTheirType(t *testing.T) {
	key := oidctest.NewKey(t, "EdDSA")
	p := oidctest.New(t, oidctest.Options{ClientAuth: []string{"private_key_jwt"}, ClientKey: key.Priv.Public()})
	form := codeForm(t, p)
	form.Set("client_assertion", sign(t, key, map[string]any{
		"iss": p.ClientID, "sub": p.ClientID, "aud": p.Issuer(), "exp": time.Now().Add(time.Minute).Unix(), "jti": "1",
	}))
	if status, got := exchange(t, p, form, "", ""); status != http.StatusUnauthorized {
		t.Errorf("without a type: %d %v, want 401", status, got)
	}
	form.Set("code", codeForm(t, p).Get("code"))
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	if status, got := exchange(t, p, form, "", ""); status != http.StatusOK {
		t.Errorf("with its type: %d %v, want 200", status, got)
	}
}

func TestASecretCanBeJudged(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{CheckSecret: func(s string) bool { return s == "made for this call" }})
	id := url.QueryEscape(p.ClientID)
	if status, got := exchange(t, p, codeForm(t, p), id, url.QueryEscape("made for this call")); status != http.StatusOK {
		t.Errorf("got %d %v, want 200", status, got)
	}
	if status, got := exchange(t, p, codeForm(t, p), id, url.QueryEscape(p.ClientSecret)); status != http.StatusUnauthorized {
		t.Errorf("the secret itself: %d %v, want 401", status, got)
	}
}

// sign makes a token with a library, not with oidctest.
func sign(t testing.TB, k *oidctest.Key, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Alg), Key: k.Priv}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
