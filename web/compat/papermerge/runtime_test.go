package papermerge_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/compat/papermerge"
)

const script = "/papermerge-runtime-config.js"

// told is what the script says.
type told struct {
	OIDC *struct {
		AuthorizeURL string `json:"authorize_url"`
		ClientID     string `json:"client_id"`
		RedirectURL  string `json:"redirect_url"`
		Scope        string `json:"scope"`
	} `json:"oidc"`
	LoginProvider string `json:"login_provider"`
}

func read(t *testing.T, w *httptest.ResponseRecorder) (v told) {
	t.Helper()
	text, ours := strings.CutPrefix(w.Body.String(), "window.__PAPERMERGE_RUNTIME_CONFIG__ = ")
	text, ends := strings.CutSuffix(text, ";\n")
	if err := json.Unmarshal([]byte(text), &v); err != nil || !ours || !ends || w.Code != 200 || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Fatalf("got %d %v %q, want the script; %v", w.Code, w.Header(), w.Body, err)
	}
	return v
}

func TestThePageLearnsWhereTheProviderIs(t *testing.T) {
	b := newBehind(t, sqlite())
	w := send(b, "GET", script, "")
	want := `window.__PAPERMERGE_RUNTIME_CONFIG__ = {"oidc":{"authorize_url":"` + b.provider.URL(oidctest.Authorize) +
		`","client_id":"papermerge","redirect_url":"http://pm/oidc/callback","scope":"openid profile email"},"login_provider":"db"};` + "\n"
	is(t, w, 200, want)
	if strings.Contains(w.Body.String(), b.provider.ClientSecret) {
		t.Error("the secret is in it")
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control is %q", w.Header().Get("Cache-Control"))
	}
	t.Run("and the page that is on its own host", func(t *testing.T) {
		for host, page := range map[string]string{
			"papermerge.example.org": "https://papermerge.example.org/oidc/callback", "PAPERMERGE.example.org": "https://papermerge.example.org/oidc/callback",
			"pm": callback, "evil.example": callback, "": callback,
		} {
			if got := read(t, send(b, "GET", script, "", "Host", host)).OIDC.RedirectURL; got != page {
				t.Errorf("host %q: got %s, want %s", host, got, page)
			}
		}
	})
}

func TestAProviderThatIsDownHasNoButton(t *testing.T) {
	b := newBehind(t, sqlite())
	b.provider.Down()
	w := send(b, "GET", script, "")
	if v := read(t, w); v.OIDC != nil || v.LoginProvider != "db" || w.Header().Get("Retry-After") != "" {
		t.Errorf("got %+v %v, want the form for passwords", v, w.Header())
	}
	b.provider.Up(t)
	b.Acts()["wait"](t, []string{"1m"})
	if v := read(t, send(b, "GET", script, "")); v.OIDC == nil {
		t.Error("it is back, and has no button")
	}
	b.provider.Down()
	if v := read(t, send(b, "GET", script, "")); v.OIDC == nil {
		t.Error("where it is was known, and it has no button")
	}
}

// wayward has the ways that a test gives it, each with an entrance that says
// what it is.
type wayward struct {
	failing
	ways []broker.Way
}

func (w wayward) Ways() []broker.Way { return w.ways }

func (w wayward) Entrance(_ context.Context, name string) (broker.Entrance, error) {
	return broker.Entrance{AuthorizeURL: "https://idp.example/" + name, ClientID: `</script><script>alert(1)//`, Scope: "a\u2028b\u2029 '\"\\"}, w.err
}

func TestNothingInTheScriptEndsIt(t *testing.T) {
	h := over(t, wayward{ways: []broker.Way{{Name: "okta", Driver: "openid", Codes: true}}}, papermerge.Settings{RedirectURLs: []string{"https://pm/<!--&"}})
	w := send(h, "GET", script, "")
	if strings.ContainsAny(w.Body.String(), "<>&\u2028\u2029") || strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("got %q", w.Body)
	}
	if v := read(t, w); v.OIDC.ClientID != `</script><script>alert(1)//` || v.OIDC.Scope != "a\u2028b\u2029 '\"\\" || v.OIDC.RedirectURL != "https://pm/<!--&" {
		t.Errorf("got %+v", v.OIDC)
	}
}

func TestWhichOfOursPapermergesWaysAre(t *testing.T) {
	local := broker.Way{Name: "staff", Driver: "local", Password: true}
	corp := broker.Way{Name: "corp", Driver: "ldap", Password: true}
	branch := broker.Way{Name: "branch", Driver: "ldap", Password: true}
	github := broker.Way{Name: "github", Driver: "oauth2", Codes: true}
	public := broker.Way{Name: "public", Driver: "openid"}
	okta := broker.Way{Name: "okta", Driver: "openid", Codes: true}
	for name, c := range map[string]struct {
		ways      []broker.Way
		providers map[string]string
		form      string // what the form for passwords is for
		button    string // where the button leads; "" for none
	}{
		"the first of its kind":                     {ways: []broker.Way{corp, local, branch, okta}, form: "db", button: "okta"},
		"only a directory":                          {ways: []broker.Way{corp}, form: "ldap"},
		"an OpenID provider goes before an OAuth2":  {ways: []broker.Way{github, okta}, form: "db", button: "okta"},
		"OAuth2 where there is no other":            {ways: []broker.Way{local, github}, form: "db", button: "github"},
		"one that takes no codes comes last":        {ways: []broker.Way{local, public, github}, form: "db", button: "github"},
		"and has no button":                         {ways: []broker.Way{local, public}, form: "db"},
		"what the operator says":                    {ways: []broker.Way{local, corp, okta, github}, providers: map[string]string{"db": "corp", "oidc": "github"}, form: "db", button: "github"},
		"what the operator says, and is not there":  {ways: []broker.Way{local, corp, okta}, providers: map[string]string{"db": "gone", "oidc": "gone"}, form: "ldap"},
		"a provider with passwords is no button":    {ways: []broker.Way{local, corp, okta}, providers: map[string]string{"oidc": "corp"}, form: "db"},
		"nor one without passwords behind the form": {ways: []broker.Way{okta, corp}, providers: map[string]string{"db": "okta"}, form: "ldap", button: "okta"},
	} {
		t.Run(name, func(t *testing.T) {
			h := over(t, wayward{ways: c.ways}, papermerge.Settings{Providers: c.providers, RedirectURLs: []string{callback}})
			v, leads := read(t, send(h, "GET", script, "")), ""
			if v.OIDC != nil {
				leads = strings.TrimPrefix(v.OIDC.AuthorizeURL, "https://idp.example/")
			}
			if v.LoginProvider != c.form || leads != c.button {
				t.Errorf("got %q and %q, want %q and %q", v.LoginProvider, leads, c.form, c.button)
			}
		})
	}
}

func TestATokenThatBrowsersWouldDropIsRefusedInWords(t *testing.T) {
	h := compattest.New(t, sqlite(), nil)
	groups := []string{"socrates", "secret"}
	for i := range 60 {
		groups = append(groups, fmt.Sprintf("group=one of the many groups %d", i))
	}
	h.Acts()["add"](t, groups)
	w := send(h, "POST", "/token", `{"username":"socrates","password":"secret"}`)
	is(t, w, 403, `{"detail":"you are in too many groups for a cookie; an administrator can keep fewer with groups.only"}`)
	none(t, w)
}

// TestPasswordsOfEveryProvider names ours where the original has names of its
// own.
func TestPasswordsOfEveryProvider(t *testing.T) {
	h := compattest.New(t, sqlite(), nil, func(s *compattest.Setup) { s.Web.Papermerge.Providers = map[string]string{"ldap": "local"} })
	h.Acts()["add"](t, []string{"socrates", "secret"})
	for _, provider := range []string{"", "db", "ldap", "local"} {
		access(t, send(h, "POST", "/token", `{"username":"socrates","password":"secret","provider":"`+provider+`"}`))
	}
	for _, provider := range []string{"oidc", "Local", "nobody"} {
		w := send(h, "POST", "/token", `{"username":"socrates","password":"secret","provider":"`+provider+`"}`)
		is(t, w, 422, `{"detail":[{"loc":["body","provider"],"msg":"unknown provider","type":"value_error.enum"}]}`)
	}
}
