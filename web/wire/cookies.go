package wire

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// Unreadable is what the readers of [Cookies] return when a request carries a
// cookie that is empty or malformed, or twice with different values, as when
// another host of the same domain plants one. It is no credential of ours, so
// it is refused and cleared like any bad one.
const Unreadable = "?"

// CookieConfig names the credential cookies and says where they are sent.
type CookieConfig struct {
	Refresh  string // name of the cookie that holds a refresh token
	Session  string // name of the cookie that holds an access token
	SameSite http.SameSite
	Secure   bool
	Domain   string // "" for our own host only
}

// SecureFor resolves the setting auto|true|false: auto is true when the public
// URL is https.
func SecureFor(setting, publicURL string) bool {
	if setting == "auto" {
		u, err := url.Parse(publicURL)
		return err == nil && u.Scheme == "https"
	}
	return setting == "true"
}

// Cookies writes and reads the credential cookies (RFC 6265bis): always
// HttpOnly and for the whole host.
type Cookies struct{ config CookieConfig }

// NewCookies returns the cookies of a configuration.
func NewCookies(c CookieConfig) Cookies { return Cookies{config: c} }

// Set puts the credential of a login into its cookie: the refresh token in
// ModeCookie, the access token in ModeSession, nothing in ModeJSON. The cookie
// lives as long as the credential.
func (c Cookies) Set(w http.ResponseWriter, l broker.Login) {
	switch l.Mode {
	case sessions.ModeCookie:
		c.write(w, c.config.Refresh, l.Refresh, l.RefreshLife)
	case sessions.ModeSession:
		c.write(w, c.config.Session, l.Access, l.Life)
	}
}

// Refresh returns the refresh token of a request's cookie, "" for none. It may
// be [Unreadable].
func (c Cookies) Refresh(r *http.Request) string { return read(r, c.config.Refresh) }

// Session returns the access token of a request's session cookie, "" for none.
// It may be [Unreadable].
func (c Cookies) Session(r *http.Request) string { return read(r, c.config.Session) }

// Clear takes both cookies away.
func (c Cookies) Clear(w http.ResponseWriter) {
	c.write(w, c.config.Refresh, "", 0)
	c.write(w, c.config.Session, "", 0)
}

// Drop takes away the cookie of a mode, if it has one.
func (c Cookies) Drop(w http.ResponseWriter, m sessions.Mode) {
	switch m {
	case sessions.ModeCookie:
		c.write(w, c.config.Refresh, "", 0)
	case sessions.ModeSession:
		c.write(w, c.config.Session, "", 0)
	}
}

// ClearSent takes away those of the two that the request carried.
func (c Cookies) ClearSent(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{c.config.Refresh, c.config.Session} {
		if read(r, name) != "" {
			c.write(w, name, "", 0)
		}
	}
}

// write sets a cookie; an empty value removes it.
func (c Cookies) write(w http.ResponseWriter, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if value == "" || age <= 0 {
		value, age = "", -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", Domain: c.config.Domain, MaxAge: age,
		HttpOnly: true, Secure: c.config.Secure, SameSite: c.config.SameSite,
	})
}

func read(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) == 0 {
		if mentions(r.Header.Values("Cookie"), name) {
			return Unreadable
		}
		return ""
	}
	for _, k := range found {
		if k.Value == "" || k.Value != found[0].Value {
			return Unreadable
		}
	}
	return found[0].Value
}

// maxCookies is how many cookies one request may carry: more than any browser
// keeps for a site.
const maxCookies = 256

// CookieFlood reports a request with more cookies than any browser sends.
func CookieFlood(r *http.Request) bool {
	n := 0
	for _, f := range r.Header["Cookie"] {
		n += strings.Count(f, ";") + 1
	}
	return n > maxCookies
}

// mentions reports that Cookie fields give the name a value, even one that is
// none and that net/http therefore leaves out.
func mentions(fields []string, name string) bool {
	for _, f := range fields {
		for pair := range strings.SplitSeq(f, ";") {
			if n, _, ok := strings.Cut(pair, "="); ok && strings.TrimSpace(n) == name {
				return true
			}
		}
	}
	return false
}
