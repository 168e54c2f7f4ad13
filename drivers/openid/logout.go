package openid

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/signet-sso/signet/drivers"
)

// logoutEvent is what a logout token tells of (OpenID Connect Back-Channel
// Logout §2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutLife is how long after it was made a logout token is taken, and so how
// long it is remembered.
const logoutLife = 10 * time.Minute

// LogoutURL returns where the browser ends the session at the provider (OpenID
// Connect RP-Initiated Logout §2), "" when it has no such place.
func (p *provider) LogoutURL(ctx context.Context, kept []byte, returnTo string) (string, error) {
	m, err := p.metadata(ctx)
	if err != nil || m.EndSession == "" {
		return "", err
	}
	end, err := url.Parse(m.EndSession)
	if err != nil {
		return "", fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
	}
	var u upstream
	if len(kept) > 0 && stdjson.Unmarshal(kept, &u) != nil {
		u = upstream{} // without a hint the provider asks the person
	}
	q := end.Query()
	q.Set("client_id", p.ClientID)
	if u.ID != "" {
		q.Set("id_token_hint", u.ID)
	}
	if returnTo != "" {
		q.Set("post_logout_redirect_uri", returnTo)
	}
	end.RawQuery = q.Encode()
	return end.String(), nil
}

// ReadLogout checks a logout token (OpenID Connect Back-Channel Logout §2.6).
func (p *provider) ReadLogout(ctx context.Context, logoutToken string) (drivers.Logout, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return drivers.Logout{}, err
	}
	_, claims, err := p.believe(ctx, m, logoutToken)
	if err != nil {
		return drivers.Logout{}, err
	}
	if err := p.checkLogout(logoutToken, claims); err != nil {
		return drivers.Logout{}, fmt.Errorf("%w: logout token: %w", drivers.ErrReply, err)
	}
	issued, _ := claims.seconds("iat")
	return drivers.Logout{
		Subject: claims.text("sub"), Session: claims.text("sid"), ID: claims.text("jti"),
		Expires: time.Unix(issued, 0).Add(logoutLife + 2*skew),
	}, nil
}

// checkLogout tells a logout token from an ID token.
func (p *provider) checkLogout(jwt string, claims object) error {
	kind, err := typeOf(jwt)
	if err != nil {
		return err
	}
	if kind != "" && kind != "jwt" && kind != "logout+jwt" {
		return fmt.Errorf("its type is %s", quoted(kind))
	}
	events, _ := claims["events"].(map[string]any)
	event, _ := events[logoutEvent].(map[string]any)
	_, nonce := claims["nonce"]
	issued, _ := claims.seconds("iat")
	switch {
	case event == nil:
		return errors.New("it tells of no logout")
	case nonce:
		return errors.New("it has a nonce, so it is an ID token")
	case !printable(claims.text("jti"), 255):
		return errors.New("it has no id")
	case claims.text("sub") == "" && claims.text("sid") == "":
		return errors.New("it names neither person nor session")
	case p.Now().Sub(time.Unix(issued, 0)) > logoutLife+skew:
		return errors.New("it is too old")
	}
	return nil
}

// typeOf is the typ of a token's header in small letters, without what every
// media type may begin with.
func typeOf(jwt string) (string, error) {
	part, _, _ := strings.Cut(jwt, ".")
	header, err := payload("." + part + ".")
	if err != nil {
		return "", errors.New("the header cannot be read")
	}
	return strings.TrimPrefix(strings.ToLower(header.text("typ")), "application/"), nil
}
