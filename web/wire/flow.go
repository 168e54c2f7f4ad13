package wire

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// FlowCookie is the cookie that ties login flows to a browser: one secret for
// all of its flows, so that many tabs work at once. Over https no other host
// of the domain can plant one (the __Host- prefix, RFC 6265bis §4.1.3.2): who
// could, would sign somebody in to an account that is not theirs.
type FlowCookie struct {
	name   string
	secure bool
	random io.Reader
}

// NewFlowCookie returns the cookie; random is crypto/rand.Reader outside tests.
func NewFlowCookie(secure bool, random io.Reader) FlowCookie {
	c := FlowCookie{name: "signet_flow", secure: secure, random: random}
	if secure {
		c.name = "__Host-" + c.name
	}
	return c
}

// Read returns the secret of a request's browser, "" for none or one that is
// not ours.
func (c FlowCookie) Read(r *http.Request) string {
	if s := read(r, c.name); len(s) == 43 {
		return s
	}
	return ""
}

// Secret returns the secret of a request's browser or, where there is none, a
// new one that [FlowCookie.Keep] has still to send.
func (c FlowCookie) Secret(r *http.Request) (string, error) {
	if s := c.Read(r); s != "" {
		return s, nil
	}
	return sessions.NewBrowserSecret(c.random)
}

// Keep has the browser keep a secret for as long as a flow lives.
func (c FlowCookie) Keep(w http.ResponseWriter, secret string) {
	http.SetCookie(w, &http.Cookie{
		Name: c.name, Value: secret, Path: "/", MaxAge: int(sessions.FlowLife / time.Second),
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}

// Ensure returns the secret of a request's browser, makes one where there is
// none, and has the browser keep it.
func (c FlowCookie) Ensure(w http.ResponseWriter, r *http.Request) (secret string, err error) {
	if secret, err = c.Secret(r); err != nil {
		return "", err
	}
	c.Keep(w, secret)
	return secret, nil
}

// Prefetch refuses a request that a browser makes before the person has
// decided to go there: it must neither start nor finish anything.
func Prefetch(r *http.Request) error {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		v := strings.ToLower(r.Header.Get(name))
		if strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
			return broker.Fail(broker.CodeForbidden, "a prefetch signs nobody in")
		}
	}
	return nil
}

// WantsJSON reports a client that asks for JSON and not for a page.
func WantsJSON(r *http.Request) bool {
	accept := strings.ToLower(strings.Join(r.Header.Values("Accept"), ","))
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}
