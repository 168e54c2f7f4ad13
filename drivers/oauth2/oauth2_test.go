package oauth2_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
)

// own is the configuration of a server that no preset knows.
func own(s *oauth2test.Server) oauth2.Config {
	return oauth2.Config{
		Name: "other", AuthorizeURL: s.AuthorizeURL(), TokenURL: s.TokenURL(), ProfileURL: s.ProfileURL(),
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, Scopes: []string{"profile", "mail"}, Insecure: true,
		EmailTrust: oauth2.TrustClaim,
		Fields: oauth2.Fields{
			ID: "id", Login: "login", Name: "name", GivenName: "first", FamilyName: "last",
			Email: "email", EmailVerified: "verified", Picture: "picture", Groups: "teams.name",
		},
	}
}

func open(tb testing.TB, c oauth2.Config, change ...func(*oauth2.Config)) drivers.Driver {
	tb.Helper()
	for _, f := range change {
		f(&c)
	}
	d, err := oauth2.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = d.Close() })
	return d
}

// flow is one sign-in under way.
type flow struct {
	driver  drivers.Driver
	attempt drivers.Attempt
	reply   url.Values
}

// begin sends a browser to the server and back.
func begin(tb testing.TB, s *oauth2test.Server, d drivers.Driver) flow {
	tb.Helper()
	a := drivers.Attempt{RedirectURI: s.RedirectURI, Nonce: "n", Verifier: "a-verifier-of-forty-three-letters-or-even-more"}
	to, err := d.Redirect.AuthURL(tb.Context(), "a state", a)
	if err != nil {
		tb.Fatal(err)
	}
	return flow{d, a, s.Visit(tb, to)}
}

func (f flow) exchange(tb testing.TB) (drivers.Identity, error) {
	tb.Helper()
	return f.driver.Redirect.Exchange(tb.Context(), f.attempt, f.reply)
}

// signIn is a whole sign-in that goes well.
func signIn(tb testing.TB, s *oauth2test.Server, d drivers.Driver) drivers.Identity {
	tb.Helper()
	id, err := begin(tb, s, d).exchange(tb)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func fixture(s *oauth2test.Server, d drivers.Driver) drivertest.RedirectFixture {
	return drivertest.RedirectFixture{
		Driver: d, Subject: oauth2test.Subject, ClientID: s.ClientID, Secret: s.ClientSecret, RedirectURI: s.RedirectURI,
		Visit: s.Visit, Break: s.Break,
	}
}

func TestTheContract(t *testing.T) {
	for _, auth := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run("a server of its own, with "+auth, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			d := open(t, own(s), func(c *oauth2.Config) { c.ClientAuth = auth })
			drivertest.TestRedirect(t, fixture(s, d))
		})
	}
}

func TestTheContractWithAPreset(t *testing.T) {
	for name, o := range map[string]oauth2test.Options{
		"gitea":  {Authorize: "/login/oauth/authorize", Token: "/login/oauth/access_token", Profile: "/api/v1/user"},
		"gitlab": {Authorize: "/oauth/authorize", Token: "/oauth/token", Profile: "/api/v4/user"},
		"github": {
			Authorize: "/login/oauth/authorize", Token: "/login/oauth/access_token", Profile: "/api/v3/user",
			More: map[string]string{"/api/v3/user/emails": `[{"email":"a@example.org","primary":true,"verified":true}]`},
		},
	} {
		t.Run("an instance of "+name, func(t *testing.T) {
			s := oauth2test.New(t, o)
			d := open(t, oauth2.Config{
				Name: "own", Preset: name, BaseURL: s.Origin + "/", ClientID: s.ClientID, ClientSecret: s.ClientSecret, Insecure: true,
			})
			drivertest.TestRedirect(t, fixture(s, d))
		})
	}
}

func TestTheContractForCodesOfPages(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (*oauth2test.Server, drivers.Driver){
		"a server of its own": func(t *testing.T) (*oauth2test.Server, drivers.Driver) {
			s := oauth2test.New(t, oauth2test.Options{Lax: true})
			return s, open(t, own(s))
		},
		"an instance of gitea": func(t *testing.T) (*oauth2test.Server, drivers.Driver) {
			s := oauth2test.New(t, oauth2test.Options{Lax: true, Authorize: "/login/oauth/authorize", Token: "/login/oauth/access_token", Profile: "/api/v1/user"})
			return s, open(t, oauth2.Config{
				Name: "own", Preset: "gitea", BaseURL: s.Origin, ClientID: s.ClientID, ClientSecret: s.ClientSecret, Insecure: true,
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, d := open(t)
			drivertest.TestCodes(t, fixture(s, d))
		})
	}
}

func TestASignInCostsOneCallForTokensAndOneForTheProfile(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	d := open(t, own(s))
	for n := 1; n <= 3; n++ {
		signIn(t, s, d)
		if tokens, profiles := len(s.TokenCalls()), len(s.Calls("/profile")); tokens != n || profiles != n {
			t.Errorf("after %d sign-ins: %d and %d calls", n, tokens, profiles)
		}
	}
}

func TestTheIdentity(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	got := signIn(t, s, open(t, own(s)))
	got.Claims, got.Upstream = nil, nil
	want := drivers.Identity{
		Subject: "4711", Login: "alice", Name: "Alice Example", GivenName: "Alice", FamilyName: "Example",
		Email: "alice@example.org", EmailVerified: true, Picture: "https://example.org/a.png", Groups: []string{"staff", "Admins"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
