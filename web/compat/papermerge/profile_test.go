package papermerge_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/compat/papermerge"
	"github.com/signet-sso/signet/web/wire"
)

func TestEveryCodeHasItsAnswer(t *testing.T) {
	const secret = "what only the log may hold"
	adapter := wire.NewAdapter(papermerge.Profile(), time.Now)
	want := map[broker.Code]struct {
		status int
		body   string
	}{
		broker.CodeCredentials:      {401, `{"detail":"Unauthorized"}`},
		broker.CodeOTP:              {401, `{"detail":"Unauthorized"}`},
		broker.CodeSuspended:        {401, `{"detail":"Unauthorized"}`},
		broker.CodeNoProvider:       {401, `{"detail":"Unauthorized"}`},
		broker.CodeProviderDisabled: {401, `{"detail":"Unauthorized"}`},
		broker.CodeTokenMissing:     {401, `{"detail":"Not authenticated"}`},
		broker.CodeTokenExpired:     {401, `{"detail":"Invalid token"}`},
		broker.CodeTokenInvalid:     {401, `{"detail":"Invalid token"}`},
		broker.CodePayload:          {422, `{"detail":[{"loc":["body"],"msg":"a reason","type":"value_error"}]}`},
		broker.CodeMediaType:        {422, `{"detail":[{"loc":["body"],"msg":"a reason","type":"value_error"}]}`},
		broker.CodeTooLarge:         {413, `{"detail":"Request Entity Too Large"}`},
		broker.CodeCrossSite:        {403, `{"detail":"Forbidden"}`},
		broker.CodeForbidden:        {403, `{"detail":"Forbidden"}`},
		broker.CodeNotFound:         {404, `{"detail":"Not Found"}`},
		broker.CodeMethod:           {405, `{"detail":"Method Not Allowed"}`},
		broker.CodeConflict:         {409, `{"detail":"Conflict"}`},
		broker.CodeLimited:          {429, `{"detail":"Too Many Requests"}`},
		broker.CodeUnavailable:      {503, `{"detail":"Service Unavailable"}`},
		broker.CodeInternal:         {500, `{"detail":"Internal Server Error"}`},
	}
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			w := httptest.NewRecorder()
			err := &broker.Error{Code: code, Reason: "a reason", Err: errors.New(secret)}
			adapter.Fail(w, httptest.NewRequest(http.MethodPost, "/token", nil), err)
			is(t, w, want[code].status, want[code].body)
			if w.Header().Get("WWW-Authenticate") != "" {
				t.Error("there is a challenge, which nginx would copy to every answer")
			}
			if got, waits := w.Header().Get("Retry-After") != "", code == broker.CodeLimited || code == broker.CodeUnavailable; got != waits {
				t.Errorf("Retry-After is there: %t, want %t", got, waits)
			}
			if w.Code == http.StatusInternalServerError && code != broker.CodeInternal {
				t.Error("nothing but a fault of ours is a 500")
			}
		})
	}
}

// failing is a broker that fails at everything with one error.
type failing struct{ err error }

func (failing) Ways() []broker.Way {
	return []broker.Way{{Name: "local", Driver: "local", Password: true}}
}
func (f failing) SignIn(context.Context, broker.Credentials) (broker.Login, error) {
	return broker.Login{}, f.err
}
func (f failing) Guard(context.Context, broker.Presented) (broker.Passage, error) {
	return broker.Passage{}, f.err
}
func (f failing) Entrance(context.Context, string) (broker.Entrance, error) {
	return broker.Entrance{}, f.err
}
func (f failing) TakeCode(context.Context, broker.Carried) (broker.Login, error) {
	return broker.Login{}, f.err
}

// over is the interface over a broker.
func over(t *testing.T, b papermerge.Broker, s papermerge.Settings) http.Handler {
	t.Helper()
	crossSite, err := wire.NewCrossSite(compattest.PublicURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.CookieName = "access_token"
	r := mux.NewRouter()
	papermerge.New(papermerge.Config{Settings: s, Broker: b, Audit: nobody{}, CrossSite: crossSite, Now: time.Now}).Register(r)
	return r
}

type nobody struct{}

func (nobody) Record(context.Context, broker.Event) {}

// TestTheGuardSaysOnlyWhatNginxUnderstands: any answer but 2xx, 401 and 403 is
// an error on every page, that of the sign-in included.
func TestTheGuardSaysOnlyWhatNginxUnderstands(t *testing.T) {
	refused := []broker.Code{
		broker.CodeTokenMissing, broker.CodeTokenInvalid, broker.CodeTokenExpired, broker.CodePayload, broker.CodeCredentials,
		broker.CodeSuspended, broker.CodeOTP, broker.CodeNoProvider, broker.CodeProviderDisabled,
	}
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			for _, path := range []string{"/verify", "/api/verify"} {
				want := http.StatusForbidden
				switch {
				case slices.Contains(refused, code):
					want = http.StatusUnauthorized
				case code == broker.CodeMethod: // nginx asks with GET only
					want = http.StatusMethodNotAllowed
				}
				w := send(over(t, failing{&broker.Error{Code: code}}, papermerge.Settings{}), "GET", path, "", "Cookie", "access_token=x")
				if w.Code != want || w.Header().Get("Set-Cookie") != "" || w.Header().Get("WWW-Authenticate") != "" || w.Header().Get("Location") != "" {
					t.Errorf("got %d with %v, want %d, without cookie, challenge and place to go", w.Code, w.Header(), want)
				}
			}
		})
	}
	t.Run("an error that nobody foresaw", func(t *testing.T) {
		w := send(over(t, failing{errors.New("a defect")}, papermerge.Settings{}), "GET", "/verify", "", "Cookie", "access_token=x")
		is(t, w, 403, `{"detail":"Internal Server Error"}`)
	})
	t.Run("a request out of all proportion, before it is looked at", func(t *testing.T) {
		h := compattest.New(t, sqlite(), nil)
		var many []string
		for range 200 {
			many = append(many, "X-Filler", "x")
		}
		for name, w := range map[string]*httptest.ResponseRecorder{
			"too many fields": send(h, "GET", "/verify", "", many...),
			"a long address":  send(h, "GET", "/verify?x="+strings.Repeat("x", 9000), ""),
			"many parameters": send(h, "GET", "/verify?"+strings.Repeat("x&", 200), ""),
		} {
			if w.Code != http.StatusForbidden {
				t.Errorf("%s: got %d %s, want 403", name, w.Code, w.Body)
			}
		}
	})
	t.Run("but elsewhere the status is as it is", func(t *testing.T) {
		h := over(t, failing{&broker.Error{Code: broker.CodeUnavailable}}, papermerge.Settings{})
		is(t, send(h, "POST", "/token", `{"username":"a","password":"b"}`), 503, `{"detail":"Service Unavailable"}`)
	})
	t.Run("and strict tells an outage", func(t *testing.T) {
		h := over(t, failing{&broker.Error{Code: broker.CodeUnavailable}}, papermerge.Settings{Strict: true})
		is(t, send(h, "GET", "/verify", "", "Cookie", "access_token=x"), 503, `{"detail":"Service Unavailable"}`)
	})
}

func TestEverythingIsBelowThePrefix(t *testing.T) {
	h := compattest.New(t, sqlite(), nil, func(s *compattest.Setup) {
		s.Web.Papermerge.Prefix, s.Web.Authserver = "/papermerge", nil // which has a /token/ of its own
	})
	h.Acts()["add"](t, []string{"socrates", "secret"})
	for _, base := range []string{"/papermerge", "/papermerge/api"} {
		w := send(h, "POST", base+"/token", `{"username":"socrates","password":"secret"}`)
		cookie := "access_token=" + access(t, w)
		if w := send(h, "GET", base+"/verify", "", "Cookie", cookie); w.Code != http.StatusOK || w.Header().Get("Remote-User") != "socrates" {
			t.Errorf("%s/verify: got %d", base, w.Code)
		}
		is(t, send(h, "GET", base+"/token", ""), 405, `{"detail":"Method Not Allowed"}`)
		is(t, send(h, "GET", base+"/verify", ""), 401, `{"detail":"Not authenticated"}`)
	}
	is(t, send(h, "GET", "/papermerge/papermerge-runtime-config.js", ""), 200, "window.__PAPERMERGE_RUNTIME_CONFIG__ = {\"login_provider\":\"db\"};\n")
	for _, path := range []string{"/token", "/api/token", "/verify", "/api/verify", "/papermerge-runtime-config.js", "/papermerge/api/papermerge-runtime-config.js"} {
		if w := send(h, "GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}

func TestOnlyItsOwnAddressesAreItsOwn(t *testing.T) {
	crossSite, err := wire.NewCrossSite(compattest.PublicURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]map[string]bool{
		"": {
			"/token": true, "/api/token": true, "/verify": true, "/api/verify": true, "/papermerge-runtime-config.js": true,
			"/token/": false, "/api/api/token": false, "/tokens": false, "/": false, "": false, "/api": false, "/auth/login": false, "/api/papermerge-runtime-config.js": false,
		},
		"/pm": {"/pm/token": true, "/pm/api/verify": true, "/pm/papermerge-runtime-config.js": true, "/token": false, "/pmx/token": false, "/pm": false},
	} {
		p := papermerge.New(papermerge.Config{Settings: papermerge.Settings{Prefix: prefix}, CrossSite: crossSite, Now: time.Now})
		for path, own := range want {
			if got := p.Owns(path); got != own {
				t.Errorf("prefix %q owns %q: %t, want %t", prefix, path, got, own)
			}
		}
		if doors := p.Limits().Doors; !slices.Equal(doors, []string{"POST " + prefix + "/token", "POST " + prefix + "/api/token"}) {
			t.Errorf("prefix %q: %q count per client, want its sign-ins", prefix, doors)
		}
	}
}
