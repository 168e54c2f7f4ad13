package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/signet-sso/signet/e2e/parts"
)

// No package brings a Traefik, so it runs only in make test-traefik. These are the
// requests that its forwardAuth makes of its clients', as version 3.7 does with
// trustForwardHeader false: GET to the address as it stands, the client's fields
// without what Connection names and without any X-Forwarded-*, and then its own.
type recorded struct {
	client http.Header // what is left of the client's
	uri    string
	method string
}

func (r recorded) ask(t *testing.T, f fronted, query string) answer {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.signet.URL+"/guard/forward"+query, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(f.public, "http://")
	q.Header = r.client.Clone()
	for name, value := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Method": r.method, "X-Forwarded-Proto": "http",
		"X-Forwarded-Port": host[strings.LastIndex(host, ":")+1:], "X-Forwarded-Host": host, "X-Forwarded-Uri": r.uri,
	} {
		q.Header.Set(name, value)
	}
	resp, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return answer{status: resp.StatusCode, header: resp.Header}
}

// settings are those of the printed file that the answers have to fit.
type settings struct {
	HTTP struct {
		Routers     map[string]struct{ Rule, Service string }
		Middlewares map[string]struct {
			Headers struct {
				CustomRequestHeaders map[string]string `yaml:"customRequestHeaders"`
			}
			ForwardAuth struct {
				Address                  string
				TrustForwardHeader       *bool    `yaml:"trustForwardHeader"`
				AuthResponseHeaders      []string `yaml:"authResponseHeaders"`
				AddAuthCookiesToResponse []string `yaml:"addAuthCookiesToResponse"`
			} `yaml:"forwardAuth"`
		}
		Services map[string]struct {
			LoadBalancer struct {
				PassHostHeader bool `yaml:"passHostHeader"`
				Servers        []struct{ URL string }
			} `yaml:"loadBalancer"`
		}
	}
}

func TestGuardAsTraefikAsks(t *testing.T) {
	f := fronted{public: "http://" + parts.FreeAddress(t), application: parts.Echo(t)}
	f.signet = serve(t, frontRules, "SIGNET_PUBLIC_URL="+f.public)
	f.command(t, adminPassword, "user", "add", "--username", "ann", "--group", "staff", "--name", "Ann Lee", "--email", "ann@example.org", "--password-stdin")
	ann := http.Header{"Authorization": {"Bearer " + strings.TrimSpace(f.command(t, "", "token", "ann"))}}
	var conf settings
	printed := f.command(t, "", "guard", "traefik", "--listen", strings.TrimPrefix(f.public, "http://"), "--upstream", f.application.URL, "--signet", f.signet.URL)
	if err := yaml.Unmarshal([]byte(printed), &conf); err != nil {
		t.Fatal(err)
	}
	guard := conf.HTTP.Middlewares["signet-guard"].ForwardAuth

	t.Run("the file asks this Signet, and drops what clients say", func(t *testing.T) {
		if guard.Address != f.signet.URL+"/guard/forward" || guard.TrustForwardHeader == nil || *guard.TrustForwardHeader || !slices.Contains(guard.AddAuthCookiesToResponse, "signet_session") {
			t.Errorf("got %+v", guard)
		}
		clears := conf.HTTP.Middlewares["signet-nobody"].Headers.CustomRequestHeaders
		for _, name := range []string{"Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "X-Original-URL", "X-Forwarded-Uri"} {
			if value, there := clears[name]; !there || value != "" {
				t.Errorf("%s is left alone", name)
			}
		}
		if got := conf.HTTP.Services["application"].LoadBalancer; !got.PassHostHeader || len(got.Servers) != 1 || got.Servers[0].URL != f.application.URL {
			t.Errorf("the application is %+v", got)
		}
	})
	t.Run("who it is comes in fields that the file passes on", func(t *testing.T) {
		a := recorded{ann, "/page?x=1", "PUT"}.ask(t, f, "")
		if a.status != http.StatusOK || a.header.Get("Remote-User") != "ann" {
			t.Fatalf("got %d %v", a.status, a.header)
		}
		for name := range identityFields(a.header) {
			if !slices.Contains(guard.AuthResponseHeaders, name) {
				t.Errorf("%s is not passed on", name)
			}
		}
	})
	t.Run("a browser is sent to the login page and back", func(t *testing.T) {
		a := recorded{http.Header{"Accept": {"text/html"}}, "/page?x=1", "GET"}.ask(t, f, "")
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusSeeOther || to.Query().Get("redirect") != f.public+"/page?x=1" {
			t.Errorf("got %d %v", a.status, a.header)
		}
	})
	for _, c := range []struct {
		name   string
		asked  recorded
		query  string
		status int
	}{
		{"a program that is not signed in gets 401", recorded{http.Header{}, "/page", "POST"}, "", http.StatusUnauthorized},
		{"what is public is for everybody", recorded{http.Header{}, "/public/x", "GET"}, "", http.StatusOK},
		{"a rule's groups count", recorded{ann, "/admin/x", "GET"}, "", http.StatusForbidden},
		{"so do those of the address", recorded{ann, "/page", "GET"}, "?groups=board", http.StatusForbidden},
		{"one of which is enough", recorded{ann, "/page", "GET"}, "?groups=board%2Cstaff", http.StatusOK},
		{"C-22 an encoded slash is judged by nobody", recorded{ann, "/public/..%2fadmin", "GET"}, "", http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := c.asked.ask(t, f, c.query); a.status != c.status {
				t.Errorf("got %d %v, want %d", a.status, fmt.Sprint(a.header), c.status)
			}
		})
	}
}
