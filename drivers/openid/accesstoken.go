package openid

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// readJWT checks an access token that is a JWT with the provider's keys (RFC
// 9068 §4). A token that is not typed at+jwt must say something that ID tokens
// do not say: the two are alike else, down to the signature (RFC 8725 §3.12).
func (p *provider) readJWT(ctx context.Context, m metadata, token string) (object, time.Time, error) {
	kind, err := typeOf(token)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !slices.Contains([]string{"", "jwt", "at+jwt"}, kind) {
		return nil, time.Time{}, fmt.Errorf("its type is %s", quoted(kind))
	}
	claims, err := p.authentic(ctx, m, token)
	if err != nil {
		return nil, time.Time{}, err
	}
	switch {
	case kind != "at+jwt" && !kindNamed(claims) && !claims.names("scope", "scp", "client_id", "cid"):
		return nil, time.Time{}, errors.New("it may be an ID token: nothing says that it is an access token")
	case claims.names("nonce"):
		return nil, time.Time{}, errors.New("it has a nonce, so it is an ID token")
	}
	if err := errors.Join(checkKind(claims), p.checkMeant(claims)); err != nil {
		return nil, time.Time{}, err
	}
	expires, err := p.expiry(claims)
	return claims, expires, err
}

// authentic returns the claims of a token that the provider signed and that is
// good now. Whom it is for is not looked at.
func (p *provider) authentic(ctx context.Context, m metadata, token string) (object, error) {
	keys := &keyRing{provider: p}
	body, err := keys.VerifySignature(ctx, token)
	if err != nil {
		if keys.missing != nil {
			err = keys.missing
		}
		return nil, verifyError(ctx, err)
	}
	claims, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	return claims, errors.Join(p.checkIssuer(m, claims), p.checkTimes(claims))
}

// names reports that one of the names is there, whatever it holds.
func (o object) names(all ...string) bool {
	return slices.ContainsFunc(all, func(name string) bool { _, there := o[name]; return there })
}

// kinds are the claims in which providers say what a token is: Keycloak in
// typ, Cognito and Hydra in token_use, and RFC 7662 §2.2 in token_type.
var kinds = []string{"typ", "token_use", "token_type"}

// kindNamed reports claims that call the token what it is.
func kindNamed(claims object) bool { return claims.names(kinds...) }

// checkKind refuses what is no access token for a bearer: a refresh, ID or
// logout token, one that only the holder of a key may use (RFC 7800 §3.1, RFC
// 9449 §7.1), and one of a program that acts for nobody (RFC 9068 §5).
func checkKind(claims object) error {
	for _, name := range kinds {
		if v, there := claims[name]; there {
			said, _ := v.(string)
			if !slices.Contains([]string{"bearer", "access", "access_token", "at+jwt", "jwt"}, strings.ToLower(said)) {
				return fmt.Errorf("its %s is %s", name, quoted(said))
			}
		}
	}
	subject, clients := claims.text("sub"), []string{claims.text("azp"), claims.text("client_id"), claims.text("cid")}
	switch {
	case claims.names("events"):
		return errors.New("it tells of an event")
	case claims.names("at_hash", "c_hash", "s_hash"):
		return errors.New("it has a hash of another token, so it is an ID token")
	case claims.names("cnf"):
		return errors.New("it is bound to a key")
	case subject != "" && slices.Contains(clients, subject) || claims.text("idtyp") == "app":
		return errors.New("it is a program's own, and nobody's")
	}
	return nil
}

// checkMeant looks for one of the configured audiences: in aud, or as the
// client that the token was given to. A token that names neither is nobody's
// (RFC 9700 §2.3).
func (p *provider) checkMeant(claims object) error {
	list, _ := claims["aud"].([]any)
	named := append(slices.Clone(list), claims["aud"], claims["azp"], claims["client_id"])
	for _, v := range named {
		if s, ok := v.(string); ok && s != "" && slices.Contains(p.Bearer.Audience, s) {
			return nil
		}
	}
	return errors.New("it was made for another audience, or does not say for which")
}

// expiry is when a token ends. Here the clocks get no leeway: nothing counts
// past its end.
func (p *provider) expiry(claims object) (time.Time, error) {
	seconds, ok := claims.seconds("exp")
	expires := time.Unix(seconds, 0)
	if !ok || !p.Now().Before(expires) {
		return time.Time{}, errors.New("it has expired, or has no expiry")
	}
	return expires, nil
}
