package openid_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// member is a lie about one member of an introspection answer; nil leaves it
// out.
func member(name string, value any) func(answer map[string]any) {
	return func(answer map[string]any) { claim(name, value)(nil, answer) }
}

func TestIntrospectionAnswers(t *testing.T) {
	future := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	nobodys := func(answer map[string]any) { another(nil, answer) }
	for name, c := range map[string]struct {
		lie  func(answer map[string]any)
		want error
	}{
		"active: false":                       {member("active", false), drivers.ErrCredentials},
		"active as text":                      {member("active", "true"), drivers.ErrUnavailable},
		"active as a number":                  {member("active", 1), drivers.ErrUnavailable},
		"active as null":                      {member("active", raw("null")), drivers.ErrUnavailable},
		"no active":                           {member("active", nil), drivers.ErrUnavailable},
		"Active":                              {func(a map[string]any) { delete(a, "active"); a["Active"] = true }, drivers.ErrUnavailable},
		"R-30 another issuer":                 {member("iss", "https://evil.test"), drivers.ErrCredentials},
		"R-30 an issuer that is no text":      {member("iss", 1), drivers.ErrCredentials},
		"R-31 another audience":               {nobodys, drivers.ErrCredentials},
		"R-31 neither audience nor client":    {func(a map[string]any) { delete(a, "aud"); delete(a, "client_id") }, drivers.ErrCredentials},
		"R-32 an expiry in the past":          {member("exp", future(-2*time.Second)), drivers.ErrCredentials},
		"R-32 an expiry that is text":         {member("exp", "9999999999"), drivers.ErrCredentials},
		"R-32 an expiry that is null":         {member("exp", raw("null")), drivers.ErrCredentials},
		"R-61 issued in the future":           {member("iat", future(5*time.Minute)), drivers.ErrCredentials},
		"R-61 not valid yet":                  {member("nbf", future(5*time.Minute)), drivers.ErrCredentials},
		"T-14 the kind of a refresh token":    {member("token_type", "Refresh"), drivers.ErrCredentials},
		"T-14 Hydra's refresh token":          {member("token_use", "refresh_token"), drivers.ErrCredentials},
		"T-14 an ID token":                    {member("typ", "ID"), drivers.ErrCredentials},
		"RFC 9449 a token bound to a key":     {member("token_type", "DPoP"), drivers.ErrCredentials},
		"RFC 8705 a token bound to another's": {member("cnf", map[string]any{"x5t#S256": "x"}), drivers.ErrCredentials},
		"RFC 9068 a program's own token":      {member("sub", "relying:party"), drivers.ErrCredentials},
		"R-20 a subject that is a number":     {member("sub", 4711), drivers.ErrCredentials},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			r := newRelying(t, byAsking)
			r.Introspection(c.lie)
			r.unread(t, r.OpaqueToken(r.Person()), c.want)
		})
	}
	for name, lie := range map[string]func(answer map[string]any){
		"without an issuer":          member("iss", nil),
		"with the audience alone":    member("client_id", nil),
		"with the client alone":      member("aud", nil),
		"without times of issue":     member("iat", nil),
		"of the type access_token":   member("token_type", "access_token"),
		"of the type bearer":         member("token_type", "bearer"),
		"that nobody says a type of": member("token_type", nil),
	} {
		t.Run(name+" it is taken", func(t *testing.T) {
			r := newRelying(t, byAsking)
			r.Introspection(lie)
			r.reads(t, r.OpaqueToken(r.Person()))
		})
	}
	t.Run("without an expiry it counts for a minute", func(t *testing.T) {
		r := newRelying(t, byAsking)
		r.Introspection(member("exp", nil))
		if left := r.reads(t, r.OpaqueToken(r.Person())).Expires.Sub(r.clock.now()); left > time.Minute || left < 50*time.Second {
			t.Errorf("it counts for %v", left)
		}
	})
}

func TestIntrospectionOnTheWire(t *testing.T) {
	active := `{"active":true,"sub":"a1b2-ada","aud":"relying:party","token_type":"Bearer","name":"Ada"`
	json := func(status int, body string) http.HandlerFunc { return oidctest.Raw(status, "application/json", body) }
	stranger := oidctest.New(t, oidctest.Options{})
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"HTML":                        {oidctest.Raw(200, "text/html", "<h1>Sign in"), drivers.ErrUnavailable},
		"JSON that calls itself HTML": {oidctest.Raw(200, "text/html", active+"}"), drivers.ErrUnavailable},
		"a signed answer (RFC 9701)":  {oidctest.Raw(200, "application/token-introspection+jwt", "e30.e30."), drivers.ErrUnavailable},
		"nothing":                     {json(200, ""), drivers.ErrUnavailable},
		"null":                        {json(200, "null"), drivers.ErrUnavailable},
		"a list":                      {json(200, "["+active+"}]"), drivers.ErrUnavailable},
		"something behind it":         {json(200, active+`} {"active":true}`), drivers.ErrUnavailable},
		"R-51 a member twice":         {json(200, active+`,"active":false}`), drivers.ErrUnavailable},
		"R-51 a subject twice":        {json(200, active+`,"sub":"mallory"}`), drivers.ErrUnavailable},
		"text that is no UTF-8":       {json(200, active+`,"x":"`+"\xff"+`"}`), drivers.ErrUnavailable},
		"half of it":                  {json(200, active), drivers.ErrUnavailable},
		"R-45 an endless answer":      {oidctest.Endless(active), drivers.ErrUnavailable},
		"R-45 a compressed one":       {oidctest.GzipBomb(active, 20<<20), drivers.ErrUnavailable},
		"201 with a good answer":      {json(201, active+"}"), drivers.ErrMisconfigured},
		"R-47 a redirect":             {oidctest.RedirectTo(307, stranger.URL(oidctest.Introspection)), drivers.ErrMisconfigured},
		"401":                         {json(401, `{"error":"invalid_client"}`), drivers.ErrMisconfigured},
		"400 about the client":        {json(400, `{"error":"invalid_client"}`), drivers.ErrMisconfigured},
		"403":                         {json(403, `{}`), drivers.ErrMisconfigured},
		"404":                         {json(404, `no`), drivers.ErrMisconfigured},
		"429":                         {json(429, `{}`), drivers.ErrUnavailable},
		"500 with a good answer":      {json(500, active+"}"), drivers.ErrUnavailable},
		"503":                         {json(503, ``), drivers.ErrUnavailable},
		"400 about the token":         {json(400, `{"error":"invalid_request"}`), drivers.ErrCredentials},
		"400 with a long word":        {json(400, `{"error":"`+strings.Repeat("x", 10_000)+`"}`), drivers.ErrCredentials},
		"413 about the token":         {json(413, ``), drivers.ErrCredentials},
	} {
		t.Run(name+" proves nobody", func(t *testing.T) {
			r := newRelying(t, byAsking)
			r.Answer(oidctest.Introspection, c.answer)
			r.unread(t, r.OpaqueToken(r.Person()), c.want)
		})
	}
	if n := stranger.Calls(oidctest.Introspection); n != 0 {
		t.Errorf("the token went elsewhere %d times", n)
	}
	t.Run("R-40 one that never comes ends with the deadline", func(t *testing.T) {
		for _, start := range []string{"", active} {
			r := newRelying(t, byAsking, func(c *openid.Config) { c.Timeout = 50 * time.Millisecond })
			token := r.OpaqueToken(r.Person())
			r.unread(t, "made-up", drivers.ErrCredentials) // discovery is known then
			r.Answer(oidctest.Introspection, oidctest.Stuck(start))
			r.unread(t, token, drivers.ErrUnavailable)
		}
	})
	t.Run("R-58 an answer that repeats the token and the secret puts them into no log", func(t *testing.T) {
		r := newRelying(t, byAsking)
		token := r.OpaqueToken(r.Person())
		for _, status := range []int{200, 400, 401, 500} {
			r.Answer(oidctest.Introspection, json(status, fmt.Sprintf(`{"error":"x","error_description":%q,"active":true,"iss":%q}`, token+r.ClientSecret, r.ClientSecret[:1])))
			_, err := r.Bearer.ReadBearer(t.Context(), token)
			if err == nil || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), r.ClientSecret) {
				t.Errorf("%d: got %v", status, err)
			}
		}
	})
}

// TestWhatIsNotAskedAbout: what a token says of itself can only speak against it.
func TestWhatIsNotAskedAbout(t *testing.T) {
	r := newRelying(t, byAsking)
	for name, token := range map[string]string{
		"another issuer's JWT":      r.AccessToken(t, r.Person(), claim("iss", "https://evil.test")),
		"a JWT of no text's issuer": r.AccessToken(t, r.Person(), claim("iss", 1)),
		"an ID token":               r.AccessToken(t, r.Person(), claim("typ", "ID")),
		"a token with at_hash":      r.AccessToken(t, r.Person(), claim("at_hash", "x")),
		"a logout token":            r.LogoutToken(t, r.Person(), nil),
		"one of a megabyte":         strings.Repeat("x", 1<<20),
		"one with a line break":     "a\r\nb",
		"one with a blank":          "a b",
		"none":                      "",
	} {
		t.Run(name, func(t *testing.T) {
			r.unread(t, token, drivers.ErrCredentials)
			if n := r.Calls(oidctest.Introspection); n != 0 {
				t.Errorf("the provider was asked %d times", n)
			}
		})
	}
}

func TestUserInfoTellsWhatTheAnswerLeavesOut(t *testing.T) {
	bare := func(answer map[string]any) {
		for _, name := range []string{"name", "preferred_username", "email", "email_verified", "groups"} {
			delete(answer, name)
		}
	}
	refuse := oidctest.Raw(http.StatusUnauthorized, "application/json", "{}")
	t.Run("whose it is", func(t *testing.T) {
		r := newRelying(t, byAsking)
		r.Introspection(member("sub", nil))
		r.reads(t, r.OpaqueToken(r.Person()))
		r.Answer(oidctest.UserInfo, refuse)
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrCredentials)
	})
	t.Run("T-14 that it is an access token", func(t *testing.T) {
		r := newRelying(t, byAsking)
		r.Introspection(member("token_type", nil))
		r.Answer(oidctest.UserInfo, refuse)
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrCredentials)
		r.Discovery(func(doc map[string]any) { delete(doc, "userinfo_endpoint") })
		r.clock.pass(2 * time.Hour)
		r.Clock(2 * time.Hour)
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrCredentials)
	})
	t.Run("who the person is", func(t *testing.T) {
		r := newRelying(t, byAsking)
		r.Introspection(bare)
		if b := r.reads(t, r.OpaqueToken(r.Person())); b.Identity.Partial || b.Identity.Login != "ada" || len(b.Identity.Groups) != 2 {
			t.Errorf("got %+v", b.Identity)
		}
	})
	t.Run("and nothing, where it does not take the token", func(t *testing.T) {
		r := newRelying(t, byAsking)
		r.Introspection(bare)
		r.Answer(oidctest.UserInfo, refuse)
		if b := r.reads(t, r.OpaqueToken(r.Person())); !b.Identity.Partial || b.Identity.Login != "" {
			t.Errorf("got %+v, want the subject alone", b.Identity)
		}
		r.Answer(oidctest.UserInfo, oidctest.Raw(500, "text/html", ""))
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrUnavailable)
	})
	t.Run("R-49 and nothing about somebody else", func(t *testing.T) {
		r := newRelying(t, byAsking, func(c *openid.Config) { c.UserInfo = true })
		r.UserInfo(func(claims map[string]any) { claims["sub"] = "mallory" })
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrCredentials)
	})
	t.Run("and has to, where a sign-in asks there", func(t *testing.T) {
		r := newRelying(t, byAsking, func(c *openid.Config) { c.UserInfo = true })
		r.Answer(oidctest.UserInfo, refuse)
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrCredentials)
	})
	t.Run("a bare JWT says only whose it is", func(t *testing.T) {
		r := newRelying(t, byKeys)
		b := r.reads(t, r.AccessToken(t, r.Person(), func(_, claims map[string]any) { bare(claims) }))
		if !b.Identity.Partial || len(b.Identity.Groups) > 0 {
			t.Errorf("got %+v, want the subject alone", b.Identity)
		}
	})
}
