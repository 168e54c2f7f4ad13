package sessions

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

const (
	browserSession = "session"
	browserSince   = "since"
)

// BrowserConfig says how the browser session of Signet's own pages travels.
type BrowserConfig struct {
	CookieName string // begins with __Host- besides where it is Secure
	Secure     bool
	Idle       time.Duration
	Life       time.Duration // absolute
}

// Browser is who is signed in on Signet's own pages. It holds the id of a
// refresh session and the time of sign-in, no more: whether that session is
// still alive is read from its own row, because parallel writes of a browser
// session can be lost and a destroyed one can be revived by a slow request.
type Browser struct{ scs *scs.SessionManager }

// NewBrowser returns a Browser over store, which is given hashes of the
// cookie's value and never the value.
func NewBrowser(store scs.CtxStore, c BrowserConfig) *Browser {
	m := scs.New()
	m.Store = store
	m.HashTokenInStore = true
	m.IdleTimeout = c.Idle
	m.Lifetime = c.Life
	m.Cookie.Name = c.CookieName
	if c.Secure {
		m.Cookie.Name = "__Host-" + c.CookieName
	}
	m.Cookie.HttpOnly = true
	m.Cookie.Secure = c.Secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Path = "/"
	return &Browser{scs: m}
}

// Wrap loads the browser session before next and saves it after. onError
// answers when the store cannot.
func (b *Browser) Wrap(next http.Handler, onError func(http.ResponseWriter, *http.Request, error)) http.Handler {
	m := *b.scs
	m.ErrorFunc = onError
	return m.LoadAndSave(next)
}

// SignIn binds the browser to a refresh session, under a new cookie value:
// one that somebody planted before is worth nothing afterwards.
func (b *Browser) SignIn(ctx context.Context, sessionID string, at time.Time) error {
	if err := b.scs.RenewToken(ctx); err != nil {
		return err
	}
	b.scs.Put(ctx, browserSession, sessionID)
	b.scs.Put(ctx, browserSince, at.UnixMilli())
	return nil
}

// SignedIn returns the refresh session the browser was bound to and when;
// ok is false when it was not. It does not know whether that session is alive.
func (b *Browser) SignedIn(ctx context.Context) (sessionID string, at time.Time, ok bool) {
	id := b.scs.GetString(ctx, browserSession)
	if id == "" {
		return "", time.Time{}, false
	}
	return id, time.UnixMilli(b.scs.GetInt64(ctx, browserSince)), true
}

// SignOut ends the browser session in the store and in the browser.
func (b *Browser) SignOut(ctx context.Context) error { return b.scs.Destroy(ctx) }
