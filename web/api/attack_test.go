package api_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/signet-sso/signet/web/api/apitest"
)

const rightBody = `{"email":"admin@example.com","password":"` + apitest.Password + `"}`

// unmoved fails when anything was signed in, or a cookie was set that is not
// a clearing one.
func unmoved(t *testing.T, d *desk, w *httptest.ResponseRecorder) {
	t.Helper()
	if n := d.Live(); n != 0 {
		t.Errorf("%d sessions live, want none", n)
	}
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 {
			t.Errorf("cookie %s was set", c.Name)
		}
	}
}

func TestL01_EveryFailedSignInLooksTheSame(t *testing.T) {
	d := newDesk(t)
	unknown := d.post("/auth/login", `{"email":"nobody@example.com","password":"x"}`)
	wrong := d.post("/auth/login", `{"email":"admin@example.com","password":"x"}`)
	want(t, wrong, http.StatusUnauthorized, "INVALID_CREDENTIALS")
	unknown.Header().Del("X-Request-Id")
	wrong.Header().Del("X-Request-Id")
	if unknown.Body.String() != wrong.Body.String() || !reflect.DeepEqual(unknown.Header(), wrong.Header()) {
		t.Errorf("unknown: %v %s\nwrong:   %v %s", unknown.Header(), unknown.Body, wrong.Header(), wrong.Body)
	}
}

func TestL08_CredentialsInTheAddressAreNeverUsed(t *testing.T) {
	query := "?email=admin@example.com&password=" + apitest.Password
	cases := []struct {
		name string
		ask  func(d *desk) *httptest.ResponseRecorder
		want int
	}{
		{"a GET is another verb", func(d *desk) *httptest.ResponseRecorder { return d.get("/auth/login" + query) }, http.StatusMethodNotAllowed},
		{"a POST without a body", func(d *desk) *httptest.ResponseRecorder { return d.post("/auth/login"+query, "") }, http.StatusBadRequest},
		{"a POST with an empty object", func(d *desk) *httptest.ResponseRecorder { return d.post("/auth/login"+query, "{}") }, http.StatusBadRequest},
		{"a POST with half of it", func(d *desk) *httptest.ResponseRecorder {
			return d.post("/auth/login?Password="+apitest.Password, `{"email":"admin@example.com"}`)
		}, http.StatusBadRequest},
		{"even beside a good body", func(d *desk) *httptest.ResponseRecorder { return d.post("/auth/login"+query, rightBody) }, http.StatusBadRequest},
	}
	for _, c := range cases {
		t.Run("L-08 "+c.name, func(t *testing.T) {
			d := newDesk(t)
			w := c.ask(d)
			if w.Code != c.want {
				t.Errorf("got %d, want %d; body %s", w.Code, c.want, w.Body)
			}
			unmoved(t, d, w)
			if log := d.log.String(); strings.Contains(log, apitest.Password) || !strings.Contains(log, `"path":"/auth/login"`) {
				t.Errorf("log is %s, want the path only", log)
			}
		})
	}
}

func TestL16_TheListOfWaysTellsNothingElse(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	plain := d.get("/auth").Body.String()
	for name, w := range map[string]*httptest.ResponseRecorder{
		"with a token":  d.get("/auth", field("Authorization", "Bearer "+l.Data.Access)),
		"with a filter": d.get("/auth?filter[driver]=ldap&fields=*"),
		"sessionOnly":   d.get("/auth?sessionOnly"),
	} {
		if w.Body.String() != plain {
			t.Errorf("L-16 %s: got %s, want %s", name, w.Body, plain)
		}
	}
	if head := d.do(httptest.NewRequest(http.MethodHead, "/auth", nil)); head.Code != http.StatusOK {
		t.Errorf("L-16 HEAD: got %d, want 200", head.Code)
	}
	for _, word := range []string{"client", "secret", "issuer", "ldap://", "bind", "count"} {
		if strings.Contains(plain, word) {
			t.Errorf("L-16 the list holds %q: %s", word, plain)
		}
	}
}

func TestL20_MalformedAuthorizationIsNeverAFault(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	cases := []struct {
		name   string
		fields []string
		status int
		code   string
	}{
		{"none", nil, 401, "INVALID_CREDENTIALS"},
		{"an empty field", []string{""}, 401, "INVALID_CREDENTIALS"},
		{"the scheme alone", []string{"Bearer"}, 401, "INVALID_TOKEN"},
		{"two words", []string{"Bearer  x y"}, 401, "INVALID_TOKEN"},
		{"a token and a word", []string{"Bearer " + l.Data.Access + " x"}, 401, "INVALID_TOKEN"},
		{"a comma", []string{"Bearer " + l.Data.Access + ",x"}, 401, "INVALID_TOKEN"},
		{"invalid UTF-8", []string{"Bearer \xff\xfe"}, 401, "INVALID_TOKEN"},
		{"64 kB", []string{"Bearer " + strings.Repeat("a", 64<<10)}, 401, "INVALID_TOKEN"},
		{"Basic without a colon", []string{"Basic YWJj"}, 401, "INVALID_CREDENTIALS"},
		{"two fields", []string{"Bearer " + l.Data.Access, "Bearer " + l.Data.Access}, 400, "INVALID_PAYLOAD"},
		{"two fields, one empty", []string{"", "Bearer " + l.Data.Access}, 400, "INVALID_PAYLOAD"},
		{"a refresh token", []string{"Bearer " + l.Data.Refresh}, 401, "INVALID_TOKEN"},
		{"lower case", []string{"bearer " + l.Data.Access}, 200, ""},
		{"upper case", []string{"BEARER " + l.Data.Access}, 200, ""},
		{"many blanks", []string{"Bearer    " + l.Data.Access}, 200, ""},
	}
	for _, c := range cases {
		t.Run("L-20 "+c.name, func(t *testing.T) {
			w := d.get("/auth/me", func(r *http.Request) { r.Header["Authorization"] = c.fields })
			want(t, w, c.status, c.code)
			if got := w.Header().Get("WWW-Authenticate"); (c.status == 401) != strings.HasPrefix(got, "Bearer") {
				t.Errorf("WWW-Authenticate is %q", got)
			}
		})
	}
}

func TestT11_GiantTokensAreRefusedBeforeTheyAreRead(t *testing.T) {
	d := newDesk(t)
	for name, token := range map[string]string{
		"1 MB":               strings.Repeat("a", 1<<20),
		"a million dots":     strings.Repeat(".", 1_000_000),
		"a byte too many":    strings.Repeat("a", 8<<10+1),
		"dots and a payload": strings.Repeat("e30.", 2000),
	} {
		t.Run("T-11 "+name, func(t *testing.T) {
			want(t, d.get("/auth/me", field("Authorization", "Bearer "+token)), http.StatusUnauthorized, "INVALID_TOKEN")
			w := d.get("/auth/me", cookie(sessionCookie, token))
			want(t, w, http.StatusUnauthorized, "INVALID_TOKEN")
			w = d.post("/auth/refresh", "", cookie(refreshCookie, token))
			want(t, w, http.StatusUnauthorized, "INVALID_CREDENTIALS")
		})
	}
	t.Run("T-11 a hundred fields", func(t *testing.T) {
		w := d.get("/auth/me", func(r *http.Request) { r.Header["Authorization"] = make([]string, 100) })
		want(t, w, http.StatusBadRequest, "INVALID_PAYLOAD")
	})
}

func TestT35_PrivilegesInTheBodyOfARefreshAreIgnored(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	before := d.get("/auth/me", field("Authorization", "Bearer "+l.Data.Access))
	w := d.post("/auth/refresh", `{"refresh_token":"`+l.Data.Refresh+`","role":"admin","user":"root","scope":"*","aud":"x","exp":9999999999,"is_admin":true,"provider":"ldap"}`)
	want(t, w, http.StatusOK, "")
	after := d.get("/auth/me", field("Authorization", "Bearer "+read(t, w).Data.Access))
	strip := func(s string) string {
		head, rest, _ := strings.Cut(s, `"jti":"`)
		_, rest, _ = strings.Cut(rest, `"`)
		return head + rest
	}
	if strip(before.Body.String()) != strip(after.Body.String()) || !strings.Contains(after.Body.String(), `"role":"user"`) {
		t.Errorf("T-35 got %s, want the claims of %s", after.Body, before.Body)
	}
}

func TestT36_TokensInQueryOrFormAreNotAccepted(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	d.log.Reset()
	for _, path := range []string{"/auth/me", "/auth", "/auth/refresh", "/auth/logout", "/auth/login"} {
		for name, token := range map[string]string{"access_token": l.Data.Access, "refresh_token": l.Data.Refresh, "token": l.Data.Access} {
			w := d.get(path + "?" + name + "=" + token)
			if path != "/auth" && w.Code < 400 {
				t.Errorf("T-36 GET %s with %s: got %d", path, name, w.Code)
			}
			if w = d.post(path+"?"+name+"="+token, ""); w.Code < 400 {
				t.Errorf("T-36 POST %s with %s: got %d", path, name, w.Code)
			}
		}
	}
	form := d.post("/auth/refresh", "refresh_token="+l.Data.Refresh+"&access_token="+l.Data.Access, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	want(t, form, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	if log := d.log.String(); strings.Contains(log, l.Data.Access) || strings.Contains(log, l.Data.Refresh) {
		t.Error("T-36 the log holds a token")
	}
	if d.Live() != 1 {
		t.Errorf("T-36 %d sessions live, want the one", d.Live())
	}
}

func TestT37_NothingThatCarriesTokensIsStored(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	bearer := field("Authorization", "Bearer "+l.Data.Access)
	again := field("If-None-Match", "*")
	for name, w := range map[string]*httptest.ResponseRecorder{
		"sign-in":         d.post("/auth/login", rightBody),
		"failed sign-in":  d.post("/auth/login", `{"email":"x","password":"y"}`),
		"malformed":       d.post("/auth/login", `{`),
		"refresh":         d.post("/auth/refresh", `{"refresh_token":"`+l.Data.Refresh+`"}`),
		"failed refresh":  d.post("/auth/refresh", `{"refresh_token":"x"}`),
		"me":              d.get("/auth/me", bearer),
		"me, conditional": d.get("/auth/me", bearer, again),
		"failed me":       d.get("/auth/me"),
		"logout":          d.post("/auth/logout", `{"refresh_token":"x"}`),
		"ways":            d.get("/auth"),
	} {
		if got := w.Header().Get("Cache-Control"); got != "no-store" || w.Code == http.StatusNotModified || w.Header().Get("ETag") != "" {
			t.Errorf("T-37 %s: got %d with Cache-Control %q, want no-store", name, w.Code, got)
		}
	}
}
