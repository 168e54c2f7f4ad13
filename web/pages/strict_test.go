package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// unchanged complains when a refused request did anything.
func (s *site) unchanged(t *testing.T, p page) {
	t.Helper()
	if len(s.broker.asked)+len(s.broker.ended) > 0 || len(p.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("the request acted: asked %v, ended %v, cookies %q", s.broker.asked, s.broker.ended, p.Header.Values("Set-Cookie"))
	}
}

func TestStrictForm(t *testing.T) {
	good := credentials("ada", rightPassword).Encode()
	for name, c := range map[string]struct {
		body   string
		set    map[string]string
		status int
	}{
		"a field given twice":                  {good + "&login=grace", nil, http.StatusBadRequest},
		"a field that is unknown":              {good + "&admin=1", nil, http.StatusBadRequest},
		"a NUL":                                {strings.Replace(good, "login=ada", "login=ada%00", 1), nil, http.StatusBadRequest},
		"bytes that are no UTF-8":              {strings.Replace(good, "login=ada", "login=%ff", 1), nil, http.StatusBadRequest},
		"a broken escape":                      {good + "&x=%zz", nil, http.StatusBadRequest},
		"a semicolon between fields":           {strings.Replace(good, "&", ";", 1), nil, http.StatusBadRequest},
		"a mode for programs":                  {strings.Replace(good, "mode=cookie", "mode=json", 1), nil, http.StatusBadRequest},
		"more than 16 KiB":                     {good + "&login=" + strings.Repeat("a", 16<<10), nil, http.StatusRequestEntityTooLarge},
		"JSON":                                 {`{"login":"ada"}`, map[string]string{"Content-Type": "application/json"}, http.StatusUnsupportedMediaType},
		"a form with files":                    {good, map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, http.StatusUnsupportedMediaType},
		"plain text":                           {good, map[string]string{"Content-Type": "text/plain"}, http.StatusUnsupportedMediaType},
		"no type at all":                       {good, map[string]string{"Content-Type": ""}, http.StatusUnsupportedMediaType},
		"another alphabet":                     {good, map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"}, http.StatusUnsupportedMediaType},
		"a compressed body":                    {good, map[string]string{"Content-Encoding": "gzip"}, http.StatusUnsupportedMediaType},
		"C-06 a foreign origin":                {good, map[string]string{"Origin": "https://evil.test"}, http.StatusForbidden},
		"C-06 the origin null":                 {good, map[string]string{"Origin": "null"}, http.StatusForbidden},
		"C-06 another site without an origin":  {good, map[string]string{"Origin": "", "Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"C-06 a sibling host":                  {good, map[string]string{"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"}, http.StatusForbidden},
		"C-06 our host on another port":        {good, map[string]string{"Origin": "http://127.0.0.1:1"}, http.StatusForbidden},
		"C-06 our address as part of a longer": {good, map[string]string{"Origin": "http://127.0.0.1.evil.test"}, http.StatusForbidden},
	} {
		t.Run("a sign-in is refused with "+name, func(t *testing.T) {
			s := newSite(t, manyWays())
			r := s.request(http.MethodPost, "/login", c.body)
			for k, v := range c.set {
				r.Header.Set(k, v)
				if v == "" {
					r.Header.Del(k)
				}
			}
			p := s.do(r)
			p.wants(t, c.status, "<h1>")
			p.lacks(t, "ada", rightPassword)
			s.unchanged(t, p)
		})
	}
	t.Run("C-06 a sign-out from another site is refused and ends nothing", func(t *testing.T) {
		s := newSite(t, manyWays())
		r := s.request(http.MethodPost, "/logout", "")
		r.Header.Set("Origin", "https://evil.test")
		p := s.do(r)
		p.wants(t, http.StatusForbidden)
		s.unchanged(t, p)
	})
	t.Run("a browser's own sign-in with a charset is taken", func(t *testing.T) {
		s := newSite(t, manyWays())
		r := s.request(http.MethodPost, "/login", good)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
		s.do(r).leadsTo(t, pageDone)
	})
}

func TestL08_CredentialsInTheAddress(t *testing.T) {
	query := "?" + credentials("ada", rightPassword).Encode()
	t.Run("L-08 a POST with credentials in its address is refused", func(t *testing.T) {
		s := newSite(t, manyWays())
		p := s.do(s.request(http.MethodPost, "/login"+query, ""))
		p.wants(t, http.StatusBadRequest)
		s.unchanged(t, p)
	})
	t.Run("L-08 a GET with credentials signs nobody in and repeats nothing", func(t *testing.T) {
		s := newSite(t, manyWays())
		p := s.get("/login" + query)
		p.wants(t, http.StatusOK, "<form")
		p.lacks(t, url.QueryEscape(rightPassword), rightPassword, `value="ada"`)
		s.unchanged(t, p)
	})
	t.Run("signing out needs a POST", func(t *testing.T) {
		s := newSite(t, manyWays())
		p := s.get("/logout")
		if p.StatusCode != http.StatusMethodNotAllowed && p.StatusCode != http.StatusNotFound {
			t.Errorf("got status %d, want 404 or 405", p.StatusCode)
		}
		s.unchanged(t, p)
	})
}
