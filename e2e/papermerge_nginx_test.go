package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/signet-sso/signet/e2e/parts"
)

// papermergeSecret signs the tokens of the house, so that a test can make some
// that have expired.
const papermergeSecret = "Four large ducks paint 7he quiet harbour"

const papermergeHouse = `
compat: {papermerge: true}
tokens: {algorithm: HS256, hmac_secret: "` + papermergeSecret + `"}
permissions: {family: [node.view]}
`

// papermerge is Papermerge as its own images run it: nginx before an application
// and the interface for people, with Signet in place of the auth server.
type papermerge struct {
	signet      *parts.Server
	application *parts.Application
	public      string
}

func newPapermerge(t *testing.T, layout string) papermerge {
	t.Helper()
	address := parts.FreeAddress(t)
	p := papermerge{application: parts.Echo(t), public: "http://" + address}
	p.signet = serve(t, papermergeHouse, "SIGNET_PUBLIC_URL="+p.public)
	for _, name := range []string{"ann", "bob"} {
		asOperator(t, p.signet, passwordOf(name), "user", "add", "--username", name, "--email", name+"@example.org", "--group", "family", "--password-stdin")
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "ui"), 0o755); err != nil {
		t.Fatal(err)
	}
	page := readFile(t, "papermerge/index.html")
	if err := os.WriteFile(filepath.Join(folder, "ui", "index.html"), page, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
	conf := strings.NewReplacer("FOLDER", folder, "LISTEN", address, "SIGNET", p.signet.URL, "APPLICATION", p.application.URL)
	parts.Nginx(t, address, conf.Replace(string(readFile(t, "papermerge/"+layout))))
	return p
}

// open lets nginx's workers, who are nobody, read a folder of the test.
func open(t *testing.T, folder string) {
	t.Helper()
	for ; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func passwordOf(name string) string { return "the long pass phrase of " + name }

// expired is a good token as it will be when its time is over.
func expired(t *testing.T, access string) string {
	t.Helper()
	all := strings.Split(access, ".")
	said := claims(t, access)
	said["iat"], said["exp"] = time.Now().Add(-2*time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	text, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	signed := all[0] + "." + base64.RawURLEncoding.EncodeToString(text)
	mac := hmac.New(sha256.New, []byte(papermergeSecret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// forged is a token whose payload says another name, under the same signature.
func forged(access, name, other string) string {
	all := strings.Split(access, ".")
	text, _ := base64.RawURLEncoding.DecodeString(all[1]) // ours
	return all[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(string(text), name, other))) + "." + all[2]
}

// ask sends one request through nginx.
func (p papermerge) ask(t *testing.T, method, path, body string, fields ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.public+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	a, err := do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (p papermerge) signIn(t *testing.T, name string, fields ...string) string {
	t.Helper()
	a := p.ask(t, "POST", "/api/token", fmt.Sprintf(`{"username":%q,"password":%q}`, name, passwordOf(name)), fields...)
	var v struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != http.StatusOK {
		t.Fatalf("sign in as %s: %d %s", name, a.status, a.body)
	}
	return v.Access
}

var papermergeLayouts = []string{"nginx-3.5.conf", "nginx-3.6.conf"}

func TestPapermergesOwnNginx(t *testing.T) {
	for _, layout := range papermergeLayouts {
		t.Run(layout, func(t *testing.T) {
			p := newPapermerge(t, layout)
			ann, bob := p.signIn(t, "ann"), p.signIn(t, "bob")
			old := expired(t, ann)
			for _, c := range []struct {
				name   string
				fields []string
				status int
			}{
				{"with nothing", nil, 401},
				{"with a good cookie", []string{"Cookie", "access_token=" + ann}, 200},
				{"with a good header", []string{"Authorization", "Bearer " + ann}, 200},
				{"with both", []string{"Cookie", "access_token=" + ann, "Authorization", "Bearer " + ann}, 200},
				{"with an expired cookie, where the original is at fault", []string{"Cookie", "access_token=" + old}, 401},
				{"with an expired header", []string{"Authorization", "Bearer " + old}, 401},
				{"with a good cookie and a forged header, which the application believes", []string{"Cookie", "access_token=" + ann, "Authorization", "Bearer " + forged(ann, "ann", "bob")}, 401},
				{"with a good cookie and somebody else's good header", []string{"Cookie", "access_token=" + ann, "Authorization", "Bearer " + bob}, 401},
				{"with a good cookie and an expired header", []string{"Cookie", "access_token=" + ann, "Authorization", "Bearer " + old}, 401},
				{"with a cookie that is no token", []string{"Cookie", "access_token=abc"}, 401},
				{"with two cookies", []string{"Cookie", "access_token=" + ann + "; access_token=" + bob}, 401},
			} {
				t.Run(c.name, func(t *testing.T) {
					p.application.Heard()
					a := p.ask(t, "GET", "/api/users/me", "", c.fields...)
					heard := p.application.Heard()
					if a.status != c.status || c.status == 401 && a.body != "Unauthorized" {
						t.Errorf("got %d %q, want %d", a.status, a.body, c.status)
					}
					if let := len(heard) > 0; let != (c.status == 200) || let && heard[0].Target != "/users/me" {
						t.Errorf("the application heard %+v", heard)
					}
				})
			}
			t.Run("a sign-in gets through with an expired cookie", func(t *testing.T) {
				p.signIn(t, "ann", "Cookie", "access_token="+old)
			})
			t.Run("a wrong password is refused in the auth server's words", func(t *testing.T) {
				a := p.ask(t, "POST", "/api/token", `{"username":"ann","password":"not that of ann"}`)
				if a.status != 401 || a.body != `{"detail":"Unauthorized"}` {
					t.Errorf("got %d %s", a.status, a.body)
				}
			})
			if layout == "nginx-3.6.conf" {
				t.Run("a personal token goes to the application, which knows it", func(t *testing.T) {
					p.application.Heard()
					a := p.ask(t, "GET", "/api/users/me", "", "Authorization", "Bearer pm_of_ann")
					if heard := p.application.Heard(); a.status != 200 || len(heard) != 1 || heard[0].Target != "/users/me" {
						t.Errorf("got %d; the application heard %+v", a.status, heard)
					}
				})
			}
			t.Run("people see the page, never an error", func(t *testing.T) {
				for _, cookie := range []string{"", "access_token=" + old, "access_token=abc"} {
					if a := p.ask(t, "GET", "/home", "", "Cookie", cookie); a.status != 200 || !strings.Contains(a.body, "<title>Sign in") {
						t.Errorf("%q: got %d %s", cookie, a.status, a.body)
					}
				}
			})
		})
	}
}

func TestPapermergeInABrowser(t *testing.T) {
	browser := parts.Chromium(t)
	for _, layout := range papermergeLayouts {
		t.Run(layout, func(t *testing.T) {
			p := newPapermerge(t, layout)
			tab := parts.Tab(t, browser)
			await := func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }
			run := func(js string) string {
				t.Helper()
				got, err := chromedp.Run(tab, chromedp.Evaluate[string]("(async () => { "+js+" })()", await))
				if err != nil {
					t.Fatalf("%s: %v", js, err)
				}
				return got
			}
			visit := func(want string) {
				t.Helper()
				step(t, tab, chromedp.Navigate(p.public+"/home"), chromedp.WaitReady("body"))
				if got := run(`return document.title == 'Sign in' ? 'the page' : JSON.parse(document.body.innerText).target`); got != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
			enter := func(name string) {
				t.Helper()
				visit("the page")
				step(t, tab, chromedp.SendKeys("#username", name), chromedp.SendKeys("#password", passwordOf(name)+"\r"))
				step(t, tab, chromedp.WaitReady("body > pre")) // the application's answer
				visit("/home")
			}
			// me asks the application as Papermerge's interface does, and returns
			// the status and whom the application takes the token for.
			const me = `
				const token = document.cookie.match(/access_token=([^;]*)/)?.[1] ?? ''
				const answer = await fetch('/api/users/me', { headers: { Authorization: 'Bearer ' + (forge ?? token) } })
				if (!answer.ok) return String(answer.status)
				const heard = (await answer.json()).header.Authorization[0].split('.')[1]
				return JSON.parse(atob(heard)).preferred_username`
			asked := func(forge string) string { t.Helper(); return run("const forge = " + forge + me) }

			enter("ann")
			if got := asked("null"); got != "ann" {
				t.Errorf("the application takes ann for %q", got)
			}
			access := run(`return document.cookie.match(/access_token=([^;]*)/)[1]`)
			if got := asked(fmt.Sprintf("%q", forged(access, "ann", "bob"))); got != "401" {
				t.Errorf("a good cookie with a forged header: got %q, want 401", got)
			}
			run(`document.cookie = 'access_token=` + expired(t, access) + `; path=/'; return ''`)
			visit("the page")
			enter("ann") // with the expired cookie still there
			run(`document.cookie = 'access_token=; path=/; max-age=0'; return ''`)
			enter("bob")
			if got := asked("null"); got != "bob" {
				t.Errorf("after ann, the application takes bob for %q", got)
			}
		})
	}
}
