package oauth2_test

import (
	"net/url"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
)

// preset is the configuration of a preset; an instance is at example.org.
func preset(p oauth2.Preset) oauth2.Config {
	c := oauth2.Config{Name: "p", Preset: p.Name, ClientID: "the client", ClientSecret: "the+secret"}
	if slices.Contains(p.URLs, "base_url") {
		c.BaseURL = "https://own.example.org/"
	}
	return c
}

func TestPresets(t *testing.T) {
	a := drivers.Attempt{RedirectURI: "https://sso.example.org/back?x=1", Verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"} // RFC 7636 appendix B
	for _, p := range oauth2.Presets() {
		t.Run("R-09 "+p.Name+" is sent state, S256 and the redirect URI, each once", func(t *testing.T) {
			to, err := open(t, preset(p)).Redirect.AuthURL(t.Context(), "the state", a)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(to)
			if err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" || u.User != nil {
				t.Fatalf("got %q, %v", to, err)
			}
			q := u.Query()
			for name, want := range map[string]string{
				"state": "the state", "redirect_uri": a.RedirectURI, "client_id": "the client", "response_type": "code",
				"code_challenge_method": "S256", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
			} {
				if got := q[name]; len(got) != 1 || got[0] != want {
					t.Errorf("got %s %q, want once %q", name, got, want)
				}
			}
			if got := q["scope"]; len(p.Scopes) > 0 && (len(got) != 1 || !strings.HasPrefix(got[0], p.Scopes[0])) {
				t.Errorf("got scope %q, want %q", got, p.Scopes)
			}
		})
		t.Run("R-22 "+p.Name+" has an id that is no address and no login", func(t *testing.T) {
			id := strings.ToLower(p.ID)
			if id == "" || strings.Contains(id, "mail") || strings.Contains(id, "login") || strings.Contains(id, "username") {
				t.Errorf("got id %q", p.ID)
			}
			if p.Label == "" || p.EmailTrust != oauth2.TrustClaim && p.EmailTrust != oauth2.TrustNever {
				t.Errorf("got label %q and trust %q", p.Label, p.EmailTrust)
			}
		})
	}
}

func TestEveryServiceOfGothsHasAPlace(t *testing.T) {
	out, err := exec.Command("go", "list", "-e", "-find", "github.com/markbates/goth/providers/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, p := range oauth2.Presets() {
		known[p.Name] = true
	}
	all := strings.Fields(string(out))
	if len(all) < 60 {
		t.Fatalf("goth has %d services only", len(all))
	}
	for _, pkg := range all {
		name := path.Base(pkg)
		if because := oauth2.LeftOut()[name]; known[name] == (because != "") {
			t.Errorf("%s: it must be a preset or left out with a reason, not both", name)
		}
	}
}

func TestWhatIsNotOpened(t *testing.T) {
	github := oauth2.Config{Preset: "github", ClientID: "c", ClientSecret: "s"}
	own := oauth2.Config{
		AuthorizeURL: "https://a.example.org/a", TokenURL: "https://a.example.org/t", ProfileURL: "https://a.example.org/p",
		ClientID: "c", ClientSecret: "s", Fields: oauth2.Fields{ID: "id"},
	}
	for name, one := range map[string]struct {
		from   oauth2.Config
		change func(*oauth2.Config)
		want   string
	}{
		"a misspelt preset":             {github, func(c *oauth2.Config) { c.Preset = "githup" }, "did you mean github?"},
		"a service without OAuth 2.0":   {github, func(c *oauth2.Config) { c.Preset = "twitter" }, "OAuth 1.0a"},
		"goth's OpenID":                 {github, func(c *oauth2.Config) { c.Preset = "openidConnect" }, "driver openid"},
		"no client id":                  {github, func(c *oauth2.Config) { c.ClientID = "" }, "client id"},
		"no secret":                     {github, func(c *oauth2.Config) { c.ClientSecret = "" }, "client secret"},
		"an instance of one service":    {github, func(c *oauth2.Config) { c.Preset, c.BaseURL = "discord", "https://d.example.org" }, "one service"},
		"no instance":                   {github, func(c *oauth2.Config) { c.Preset = "nextcloud" }, "base_url"},
		"an instance in plain text":     {github, func(c *oauth2.Config) { c.BaseURL = "http://g.example.org" }, "insecure"},
		"one address of three":          {github, func(c *oauth2.Config) { c.TokenURL = "https://g.example.org/t" }, "go together"},
		"an instance and addresses":     {own, func(c *oauth2.Config) { c.Preset, c.BaseURL = "gitea", "https://g.example.org" }, "not both"},
		"addresses where goth has none": {own, func(c *oauth2.Config) { c.Preset = "mastodon" }, "base_url"},
		"nothing at all":                {oauth2.Config{}, func(*oauth2.Config) {}, "preset, or"},
		"no token address":              {own, func(c *oauth2.Config) { c.TokenURL = "" }, "token_url"},
		"a base without a preset":       {own, func(c *oauth2.Config) { c.BaseURL = "https://a.example.org" }, "preset"},
		"no id":                         {own, func(c *oauth2.Config) { c.Fields.ID = "" }, "fields.id"},
		"R-22 an address as id":         {own, func(c *oauth2.Config) { c.Fields.Email = "id" }, "somebody else"},
		"plain text":                    {own, func(c *oauth2.Config) { c.ProfileURL = "http://a.example.org/p" }, "insecure"},
		"no web address":                {own, func(c *oauth2.Config) { c.TokenURL = "/t" }, "web address"},
		"another client_auth":           {own, func(c *oauth2.Config) { c.ClientAuth = "none" }, "client_auth"},
		"another email_trust":           {own, func(c *oauth2.Config) { c.EmailTrust = "always" }, "email_trust"},
		"domains without any":           {own, func(c *oauth2.Config) { c.EmailTrust = oauth2.TrustDomains }, "email_domains"},
		"a claim that is nowhere":       {own, func(c *oauth2.Config) { c.EmailTrust = oauth2.TrustClaim }, "email_verified"},
		"a CA file that is not there":   {own, func(c *oauth2.Config) { c.CAFile = "no such file" }, "CA file"},
	} {
		t.Run(name, func(t *testing.T) {
			c := one.from
			one.change(&c)
			if _, err := oauth2.Open(c); err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("got %v, want %q", err, one.want)
			}
		})
	}
}
