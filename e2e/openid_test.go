package e2e

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // the database is looked into

	"github.com/signet-sso/signet/e2e/parts"
)

// carol and dan are people of the providers.
var (
	carol = parts.OIDCPerson{Subject: "c-1", Login: "carol", Name: "Carol Ruiz", Email: "carol@example.org", EmailVerified: true, Groups: []string{"staff"}}
	dan   = parts.OIDCPerson{Subject: "d-1", Login: "dan", Name: "Dan Wu", Email: "dan@example.org"}
)

// federated is a signet with two issuers: "one", which asks again at every
// refresh, and "two", which joins accounts by verified addresses.
type federated struct {
	*parts.Server
	t        *testing.T
	one, two *parts.OIDCProvider
}

func newFederated(t *testing.T, apps ...string) *federated {
	t.Helper()
	f := &federated{t: t, one: parts.OIDC(t), two: parts.OIDC(t)}
	f.Server = serve(t, fmt.Sprintf(`
tokens: {recheck: 0s}
permissions: {staff: [doc.read]}
redirects: {allow: [%[1]s]}
providers:
  - {name: local, driver: local}
  - {name: one, driver: openid, label: Issuer one, issuer: %[2]q, client_id: signet, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true, userinfo: true, logout: true, scopes: [openid, profile, email, groups]}
  - {name: two, driver: openid, label: Issuer two, issuer: %[3]q, client_id: signet, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true, userinfo: true, scopes: [openid, profile, email, groups]}
  - {name: plain, driver: oauth2, label: Issuer one without OpenID, authorize_url: "%[2]s/auth", token_url: "%[2]s/token", profile_url: "%[2]s/me", client_id: signet, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true, scopes: [openid, profile, email, groups], email_trust: verified_claim, fields: {id: sub, login: preferred_username, name: name, email: email, email_verified: email_verified, groups: groups}}
`, quotedList(append(apps, "https://app.example.org")), f.one.Issuer, f.two.Issuer))
	one := parts.SignetClient(f.URL, "one")
	one.RedirectURIs = append(one.RedirectURIs, f.URL+"/auth/login/plain/callback")
	f.one.Start(t, []parts.OIDCClient{one}, carol, dan)
	two := parts.SignetClient(f.URL, "two")
	two.SignedWith = "ES256"
	f.two.Start(t, []parts.OIDCClient{two}, carol, dan)
	return f
}

// quotedList are the places below origins, as YAML.
func quotedList(origins []string) string {
	out := make([]string, len(origins))
	for i, o := range origins {
		out[i] = strconv.Quote(o + "/*")
	}
	return strings.Join(out, ", ")
}

// traveller is a browser at signet: it keeps cookies.
type traveller struct {
	f   *federated
	jar map[string]string
}

func (f *federated) browser() *traveller { return &traveller{f, map[string]string{}} }

func (b *traveller) get(path string, fields ...string) *http.Response {
	b.f.t.Helper()
	r, err := http.NewRequestWithContext(b.f.t.Context(), http.MethodGet, path, http.NoBody)
	if err != nil {
		b.f.t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	for name, value := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := client.Do(r)
	if err != nil {
		b.f.t.Fatal(err)
	}
	for _, c := range answer.Cookies() {
		if b.jar[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.jar, c.Name)
		}
	}
	return answer
}

// signIn goes to a provider and back; an empty login presses cancel.
func (b *traveller) signIn(provider, query, login string) *http.Response {
	b.f.t.Helper()
	out := b.get(b.f.URL + "/auth/login/" + provider + "?" + query)
	_ = out.Body.Close()
	to, err := out.Location()
	if err != nil || out.StatusCode != http.StatusSeeOther {
		b.f.t.Fatalf("begin: got %s, %v", out.Status, err)
	}
	at := map[string]*parts.OIDCProvider{"one": b.f.one, "two": b.f.two, "plain": b.f.one}[provider]
	return b.get(at.Visit(b.f.t, to.String(), login).String())
}

// enter signs in with mode=json and returns the tokens.
func (b *traveller) enter(provider, login string) tokens {
	b.f.t.Helper()
	back := b.signIn(provider, "mode=json", login)
	defer back.Body.Close()
	body, err := io.ReadAll(back.Body)
	if err != nil {
		b.f.t.Fatal(err)
	}
	return answer{back.StatusCode, back.Header, string(body)}.tokens(b.f.t)
}

func TestSignInAtTwoIssuers(t *testing.T) {
	f := newFederated(t)
	want := claims(t, f.browser().enter("one", "carol").Access)
	t.Run("what the token says of her", func(t *testing.T) {
		if want["idp"] != "one" || names(want["groups"]) != "staff" || names(want["scopes"]) != "doc.read" || want["email_verified"] != true || want["name"] != "Carol Ruiz" {
			t.Errorf("got %v", want)
		}
	})
	t.Run("plain OAuth2 at the same server is a provider of its own", func(t *testing.T) {
		tokens := f.browser().enter("plain", "carol")
		c := claims(t, tokens.Access)
		if c["idp"] != "plain" || c["sub"] == want["sub"] || names(c["groups"]) != "staff" || c["name"] != "Carol Ruiz" {
			t.Errorf("got %v", c)
		}
		if a := refresh(t, f.Server, tokens.Refresh); a.status != http.StatusOK {
			t.Errorf("refresh: got %d %s", a.status, a.body)
		}
	})
	t.Run("the same person is one account at each issuer, and two at two", func(t *testing.T) {
		again, elsewhere := claims(t, f.browser().enter("one", "carol").Access), claims(t, f.browser().enter("two", "carol").Access)
		if again["sub"] != want["sub"] || elsewhere["sub"] == want["sub"] {
			t.Errorf("got %v and %v, want %v and another", again["sub"], elsewhere["sub"], want["sub"])
		}
	})
	t.Run("R-11 cancel at the provider leads back with a reason", func(t *testing.T) {
		answer := f.browser().signIn("one", "redirect="+url.QueryEscape("https://app.example.org/in?a=1"), "")
		if to := answer.Header.Get("Location"); to != "https://app.example.org/in?a=1&reason=INVALID_CREDENTIALS" {
			t.Errorf("got %s to %q", answer.Status, to)
		}
	})
	t.Run("R-66 the callback answers with a redirect, and a cookie signs in", func(t *testing.T) {
		b := f.browser()
		answer := b.signIn("one", "redirect="+url.QueryEscape("https://app.example.org/in"), "dan")
		if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || to != "https://app.example.org/in" || b.jar["signet_refresh"] == "" {
			t.Errorf("got %s to %q with %v", answer.Status, to, b.jar)
		}
	})
	t.Run("R-57 nothing of the provider's is in the log", func(t *testing.T) {
		for _, secret := range []string{"s:e%c+r/e=t", "id_token", "refresh_token"} {
			if strings.Contains(f.Stderr(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	})
}

// TestTheTokenIsTheSameFromAllFourDrivers is the golden shape: names and types
// of the claims, whoever vouched.
func TestTheTokenIsTheSameFromAllFourDrivers(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	f := newFederated(t)
	corp := serve(t, directoryConfig(d, "ldaps", "search"))
	for driver, access := range map[string]string{
		"local":  login(t, f.Server, "", "admin", adminPassword).tokens(t).Access,
		"ldap":   login(t, corp, "corp", "alice", parts.PersonPassword).tokens(t).Access,
		"openid": f.browser().enter("one", "carol").Access,
		"oauth2": f.browser().enter("plain", "dan").Access,
	} {
		if got := shape(claims(t, access)); !reflect.DeepEqual(got, golden) {
			t.Errorf("%s: got %v, want %v", driver, got, golden)
		}
	}
}

// golden are the claims of every token and the types that JSON gives them.
var golden = map[string]string{
	"iss": "string", "sub": "string", "iat": "float64", "exp": "float64", "jti": "string", "sid": "string", "idp": "string",
	"amr": "[]interface {}", "auth_time": "float64", "email": "string", "email_verified": "bool", "preferred_username": "string",
	"name": "string", "given_name": "string", "family_name": "string", "groups": "[]interface {}", "roles": "[]interface {}",
	"scopes": "[]interface {}", "is_admin": "bool", "id": "string", "role": "string", "app_access": "bool", "admin_access": "bool",
}

// shape is the names and types of claims.
func shape(c map[string]any) map[string]string {
	out := map[string]string{}
	for name, value := range c {
		out[name] = fmt.Sprintf("%T", value)
	}
	return out
}

func TestLifeWithTheProvider(t *testing.T) {
	f := newFederated(t)
	t.Run("R-64 a refresh brings today's groups", func(t *testing.T) {
		token := f.browser().enter("one", "carol")
		changed := carol
		changed.Groups = []string{"visitors"}
		f.one.Change(t, changed)
		if c := claims(t, refresh(t, f.Server, token.Refresh).tokens(t).Access); names(c["groups"]) != "visitors" || names(c["scopes"]) != "" {
			t.Errorf("got groups %v and scopes %v", c["groups"], c["scopes"])
		}
		f.one.Change(t, carol)
	})
	t.Run("R-64 an outage of the provider ends nothing", func(t *testing.T) {
		token := f.browser().enter("two", "dan")
		f.two.Stop()
		if a := refresh(t, f.Server, token.Refresh); a.status != http.StatusOK {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if a := get(t, f.URL+"/auth", ""); !strings.Contains(a.body, `"name":"two"`) || !strings.Contains(a.body, `"status":"down"`) {
			t.Errorf("got %s, want the provider to be down", a.body)
		}
		two := parts.SignetClient(f.URL, "two")
		f.two.Start(t, []parts.OIDCClient{two}, carol, dan)
	})
	t.Run("R-62 signing out at the provider ends exactly that session", func(t *testing.T) {
		out, stays := f.browser().enter("one", "carol"), f.browser().enter("one", "carol")
		session := upstreamSession(t, f, out)
		f.one.SignOut(t, "signet", carol.Subject, session)
		if a := refresh(t, f.Server, out.Refresh); a.status != http.StatusUnauthorized {
			t.Errorf("the session that ended: got %d %s", a.status, a.body)
		}
		if a := refresh(t, f.Server, stays.Refresh); a.status != http.StatusOK {
			t.Errorf("the other session: got %d %s", a.status, a.body)
		}
	})
	t.Run("signing out here says where the provider's session ends, and it does", func(t *testing.T) {
		token := f.browser().enter("one", "carol")
		a := post(t, f.URL+"/auth/logout", map[string]any{"refresh_token": token.Refresh, "upstream": true})
		var v struct {
			Data struct {
				URL string `json:"logout_url"`
			}
		}
		if err := json.Unmarshal([]byte(a.body), &v); err != nil || !strings.HasPrefix(v.Data.URL, f.one.Issuer+"/session/end?") {
			t.Fatalf("got %d %s", a.status, a.body)
		}
		answer, err := client.Get(v.Data.URL)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("the provider answers %v, %v", answer, err)
		}
		_ = answer.Body.Close()
	})
	t.Run("R-64 a person who is gone there is out at the next refresh", func(t *testing.T) {
		token := f.browser().enter("one", "dan")
		f.one.Disable(t, dan.Subject)
		if a := refresh(t, f.Server, token.Refresh); a.status != http.StatusUnauthorized || a.code() != "INVALID_CREDENTIALS" {
			t.Errorf("got %d %s, want 401", a.status, a.body)
		}
	})
}

// upstreamSession is the provider's own id of a session, as the store knows it.
func upstreamSession(t *testing.T, f *federated, token tokens) (id string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(f.Dir, "signet-data", "signet.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(t.Context(), `SELECT upstream_id FROM sessions WHERE id = $1`, claims(t, token.Access)["sid"]).Scan(&id)
	if err != nil || id == "" {
		t.Fatalf("the provider's session: %q, %v", id, err)
	}
	return id
}

// TestR05AFlowEndsAtAnyReplicaOnce begins at one replica and comes back to all
// of them at once.
func TestR05AFlowEndsAtAnyReplicaOnce(t *testing.T) {
	p := parts.OIDC(t)
	all := replicas(t, 2, fmt.Sprintf(`
public_url: http://sso.test
providers:
  - {name: one, driver: openid, issuer: %q, client_id: signet, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true}
`, p.Issuer), "SIGNET_PUBLIC_URL=http://sso.test")
	p.Start(t, []parts.OIDCClient{parts.SignetClient("http://sso.test", "one")}, carol)
	for round := range 3 {
		b := (&federated{Server: all[0], t: t, one: p}).browser()
		out := b.get(all[0].URL + "/auth/login/one?mode=json")
		_ = out.Body.Close()
		to, err := out.Location()
		if err != nil {
			t.Fatal(err)
		}
		back := p.Visit(t, to.String(), "carol")
		var start, done sync.WaitGroup
		var statuses [20]int
		start.Add(1)
		for i := range statuses {
			done.Go(func() {
				start.Wait()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, all[i%2].URL+back.Path+"?"+back.RawQuery, http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				r.AddCookie(&http.Cookie{Name: "signet_flow", Value: b.jar["signet_flow"]})
				r.Header.Set("Accept", "application/json")
				answer, err := do(r)
				if err != nil {
					t.Error(err)
				}
				statuses[i] = answer.status
			})
		}
		start.Done()
		done.Wait()
		count := map[int]int{}
		for _, status := range statuses {
			count[status]++
		}
		if count[http.StatusOK] != 1 || count[http.StatusUnauthorized] != 19 {
			t.Fatalf("round %d: got %v, want one 200 and 19 refusals", round, count)
		}
	}
}
