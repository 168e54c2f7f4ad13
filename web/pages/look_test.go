package pages

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

func TestC12_Headers(t *testing.T) {
	s := newSite(t, manyWays(), "https://app.example.org/*", "https://Other.example.org:8443/")
	for name, path := range map[string]string{"the form": "/login", "an error page": "/nothing"} {
		t.Run("C-12 "+name+" allows nothing but its own files", func(t *testing.T) {
			p := s.get(path)
			csp := p.Header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
				if !strings.Contains(csp, want) {
					t.Errorf("the policy lacks %q: %s", want, csp)
				}
			}
			if strings.Contains(csp, "unsafe") {
				t.Errorf("the policy allows something unsafe: %s", csp)
			}
			for field, want := range map[string]string{
				"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
				"Referrer-Policy": "same-origin",
			} {
				if got := p.Header.Get(field); got != want {
					t.Errorf("got %s %q, want %q", field, got, want)
				}
			}
		})
	}
	t.Run("a form may lead to its checked return-to and nowhere else", func(t *testing.T) {
		for raw, want := range map[string]string{
			app:                               "form-action 'self' https://app.example.org;",
			"/guarded":                        "form-action 'self';",
			"//evil.test/x":                   "form-action 'self';",
			"https://other.example.org:8443/": "form-action 'self' https://other.example.org:8443;",
		} {
			if got := s.get(loginTo(raw)).Header.Get("Content-Security-Policy"); !strings.Contains(got, want) {
				t.Errorf("%s: the policy lacks %q: %s", raw, want, got)
			}
		}
	})
	t.Run("a host that would end a policy's source is left out of it", func(t *testing.T) {
		if got := policy("https://a;script-src*/x"); strings.Contains(got, "a;script") {
			t.Errorf("got %s", got)
		}
	})
}

func TestAssets(t *testing.T) {
	s := newSite(t, manyWays())
	page := s.get("/login")
	linked := regexp.MustCompile(`(?:href|src)="(/login/assets/[^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(linked) != len(served) {
		t.Errorf("the page links %d files, want %d", len(linked), len(served))
	}
	for _, l := range linked {
		t.Run("a linked file can be kept for ever: "+l[1], func(t *testing.T) {
			p := s.get(l[1])
			p.wants(t, http.StatusOK)
			if got := p.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("got Cache-Control %q", got)
			}
			if p.body == "" || len(p.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("got %d bytes and cookies %q, want some and none", len(p.body), p.Header.Values("Set-Cookie"))
			}
		})
	}
	t.Run("the name of a file changes with its content", func(t *testing.T) {
		if a, b := hashed("x.css", []byte("a")), hashed("x.css", []byte("b")); a == b || !strings.HasSuffix(a, ".css") {
			t.Errorf("got %q and %q", a, b)
		}
	})
	t.Run("the style sheet names the typeface under its own hash", func(t *testing.T) {
		a, err := loadAssets()
		if err != nil {
			t.Fatal(err)
		}
		css := string(a.byURL[a.urls["page.css"]].body)
		if !strings.Contains(css, `url("`+a.urls["inter.woff2"]+`")`) {
			t.Error("the typeface is not found from the style sheet")
		}
	})
	for _, path := range []string{"", "page.css", "page.0000.css", "../layout.html", "%2e%2e/templates/layout.html", "inter-LICENSE.txt"} {
		t.Run("there is no file "+path, func(t *testing.T) {
			if p := s.get("/login/assets/" + path); p.StatusCode == http.StatusOK {
				t.Errorf("got status 200 with %d bytes", len(p.body))
			}
		})
	}
}

// TestNothingFromOutside holds the pages to what their policy says, so that a
// mistake shows here and not as a page without its looks.
func TestNothingFromOutside(t *testing.T) {
	bad := regexp.MustCompile(`(?i)https?:|//[a-z]|\sstyle=|\son[a-z]+=|<style|javascript:|template\.HTML|@import`)
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !regexp.MustCompile(`\.(html|css|js)$`).MatchString(path) {
			return err
		}
		text, err := files.ReadFile(path)
		if m := bad.Find(text); m != nil {
			t.Errorf("%s holds %q", path, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestProfile(t *testing.T) {
	p, err := New(Config{Broker: &fakeBroker{}, SiteName: "Müller & Söhne"})
	if err != nil {
		t.Fatal(err)
	}
	profile := p.Profile()
	for _, code := range broker.Codes() {
		t.Run("the code "+string(code)+" has a status and a page of its own words", func(t *testing.T) {
			a, ok := profile.Answers[code]
			if _, words := apologies[a.Status]; !ok || !words {
				t.Fatalf("got status %d, which has no words", a.Status)
			}
			w := httptest.NewRecorder()
			profile.Write(w, httptest.NewRequest(http.MethodGet, "/x", nil), wire.Failure{Answer: a, Class: code, RequestID: "abc-123"})
			body := w.Body.String()
			for _, want := range []string{apologies[a.Status].title, "abc-123", "Müller &amp; Söhne"} {
				if w.Code != a.Status || !strings.Contains(body, want) {
					t.Errorf("got status %d, want %d, and %q in:\n%s", w.Code, a.Status, want, body)
				}
			}
		})
	}
}

// TestWhatIsWrongWithALink: whoever wrote one that leads nowhere allowed learns
// why; of a fault of ours nobody does.
func TestWhatIsWrongWithALink(t *testing.T) {
	p, err := New(Config{Broker: &fakeBroker{}})
	if err != nil {
		t.Fatal(err)
	}
	profile := p.Profile()
	for code, told := range map[broker.Code]bool{broker.CodePayload: true, broker.CodeInternal: false, broker.CodeUnavailable: false} {
		w := httptest.NewRecorder()
		profile.Write(w, httptest.NewRequest(http.MethodGet, "/x", nil), wire.Failure{Answer: profile.Answers[code], Class: code, Reason: `"redirect" is <not> allowed`})
		if got := strings.Contains(w.Body.String(), "For whoever wrote the link: &#34;redirect&#34; is &lt;not&gt; allowed."); got != told {
			t.Errorf("%s: got %t, want %t in:\n%s", code, got, told, w.Body)
		}
	}
}

func TestPerson(t *testing.T) {
	for name, c := range map[string]struct {
		account broker.Account
		want    person
	}{
		"a name and an address":    {broker.Account{Name: "Ada Lovelace", Username: "ada", Email: "a@x.org"}, person{"Ada Lovelace", "a@x.org", "AL"}},
		"two parts of a name":      {broker.Account{GivenName: "Grace", FamilyName: "Hopper", Username: "g"}, person{"Grace Hopper", "g", "GH"}},
		"only a user name":         {broker.Account{Username: "ada"}, person{"ada", "", "A"}},
		"only an address":          {broker.Account{Email: "ada@x.org"}, person{"ada@x.org", "", "A"}},
		"letters of other scripts": {broker.Account{Name: "Ōe 健三郎"}, person{"Ōe 健三郎", "", "Ō健"}},
		"nothing at all":           {broker.Account{}, person{"Account without a name", "", "AN"}},
	} {
		t.Run("who is signed in is shown by "+name, func(t *testing.T) {
			if got := personOf(c.account); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestButtons(t *testing.T) {
	for label, want := range map[string][2]string{
		"GitHub": {"Continue with", "G"}, "Sign in with Okta": {"", "O"}, "Log in with the club": {"", "T"},
		"google": {"Continue with", "G"}, "42 school": {"Continue with", "4"}, "·": {"Continue with", "?"},
	} {
		if got := [2]string{leadIn(label), monogram(label)}; got != want {
			t.Errorf("%q: got %q, want %q", label, got, want)
		}
	}
}
