package oidctest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// logoutEvent is the member of events that makes a logout token (OpenID
// Connect Back-Channel Logout §2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutToken makes the token that tells a relying party that a person's
// session ended. mutate may be nil. [Provider.SignWith] and its like count
// here too, [Provider.IDToken] does not.
func (p *Provider) LogoutToken(tb testing.TB, q Person, mutate func(header, claims map[string]any)) string {
	tb.Helper()
	now := p.now()
	claims := map[string]any{
		"iss": p.Issuer(), "aud": p.ClientID, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(),
		"jti": rand.Text(), "events": map[string]any{logoutEvent: map[string]any{}},
	}
	put(claims, "sub", q.Subject)
	put(claims, "sid", q.SID)
	if mutate == nil {
		mutate = func(_, _ map[string]any) {}
	}
	made, err := p.jws("logout+jwt", claims, mutate)
	if err != nil {
		tb.Fatalf("make a logout token: %v", err)
	}
	return made
}

// logout ends the session and sends the browser back (OpenID Connect
// RP-Initiated Logout §2).
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := p.checkHint(r.Form); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	back := r.Form.Get("post_logout_redirect_uri")
	if back == "" {
		_, _ = w.Write([]byte("You are signed out.")) // the browser may be gone
		return
	}
	if state := r.Form.Get("state"); state != "" {
		back = join(back, url.Values{"state": {state}})
	}
	http.Redirect(w, r, back, http.StatusFound)
}

// checkHint finds what is wrong with the hint of who leaves. An ID token that
// has expired is fine (§2).
func (p *Provider) checkHint(form url.Values) error {
	hint, client := form.Get("id_token_hint"), form.Get("client_id")
	if client != "" && client != p.ClientID {
		return fmt.Errorf("client %q is unknown", client)
	}
	if hint == "" {
		if client == "" && form.Has("post_logout_redirect_uri") {
			return errors.New("an address to come back to needs a hint or a client id")
		}
		return nil
	}
	jws, err := jose.ParseSignedCompact(hint, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(p.Key().Alg)})
	if err != nil {
		return fmt.Errorf("id_token_hint: %w", err)
	}
	for _, k := range p.Keys() {
		payload, err := jws.Verify(k.Priv.Public())
		if err != nil {
			continue
		}
		var c struct{ Iss, Aud string }
		if err := json.Unmarshal(payload, &c); err != nil || c.Iss != p.Issuer() || c.Aud != p.ClientID {
			return errors.New("id_token_hint is not for this client")
		}
		return nil
	}
	return errors.New("id_token_hint has no good signature")
}
