package openid

import (
	"context"
	stdjson "encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

const (
	maxGroups = 1000
	maxClaims = 64 << 10 // bytes of further claims, as JSON
)

// protocol are the claims that say nothing about the person.
var protocol = []string{
	"iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "s_hash", "jti", "sid", "auth_time", "acr", "amr", "typ",
	"scope", "client_id", "token_type", "token_use", // of access tokens
	// Claims that are to be had elsewhere come with the token to get them with
	// (OpenID Connect Core §5.6.2). Nobody asks there.
	"_claim_names", "_claim_sources", "access_token", "refresh_token", "id_token",
}

// upstream is what later questions need, as JSON.
type upstream struct {
	Refresh string `json:"refresh_token,omitempty"`
	// ID is the ID token, where people sign out at the provider too
	// (id_token_hint).
	ID string `json:"id_token,omitempty"`
}

// identify turns verified claims into an identity, with the userinfo answer
// merged where it is asked for.
func (p *provider) identify(ctx context.Context, m metadata, t tokens, claims object) (drivers.Identity, error) {
	if p.UserInfo && m.UserInfo != "" {
		more, err := p.userInfo(ctx, m, t.access, claims.text("sub"))
		if err != nil {
			return drivers.Identity{}, err
		}
		claims = p.merge(claims, more)
	}
	id := p.describe(ctx, claims)
	kept, err := p.upstream(t)
	if err != nil {
		return drivers.Identity{}, err
	}
	id.Upstream = kept
	return id, nil
}

// upstream is what later questions need of tokens, nil when there is nothing.
func (p *provider) upstream(t tokens) ([]byte, error) {
	kept := upstream{Refresh: t.refresh}
	if p.Logout {
		kept.ID = t.id
	}
	if kept == (upstream{}) {
		return nil, nil
	}
	return stdjson.Marshal(kept)
}

// merge adds what userinfo says to what is signed, which wins. That an address
// is verified counts only of the address that it was said of.
func (p *provider) merge(signed, more object) object {
	merged := maps.Clone(more)
	maps.Copy(merged, signed)
	source := signed
	if signed.at(p.Fields.EmailVerified) == nil {
		source = more
	}
	if source.text(p.Fields.Email) != merged.text(p.Fields.Email) {
		name, _, _ := strings.Cut(p.Fields.EmailVerified, ".")
		delete(merged, p.Fields.EmailVerified)
		delete(merged, name)
	}
	return merged
}

// describe maps claims.
func (p *provider) describe(ctx context.Context, claims object) drivers.Identity {
	verified, _ := claims.at(p.Fields.EmailVerified).(bool)
	id := drivers.Identity{
		Subject: claims.text("sub"), Session: claims.text("sid"),
		Login: claims.text(p.Fields.Login), Name: claims.text(p.Fields.Name),
		GivenName: claims.text(p.Fields.GivenName), FamilyName: claims.text(p.Fields.FamilyName),
		Email: claims.text(p.Fields.Email), EmailVerified: verified, Picture: claims.text(p.Fields.Picture),
		Groups: p.groups(ctx, claims), AMR: texts(claims["amr"]), ACR: claims.text("acr"),
	}
	further := maps.Clone(claims)
	for _, name := range protocol {
		delete(further, name)
	}
	b, err := stdjson.Marshal(further)
	if err != nil || len(b) > maxClaims {
		p.Logger.WarnContext(ctx, "openid.claims_left_out", "provider", p.Name, "subject", id.Subject, "bytes", len(b))
		return id
	}
	id.Claims = further
	return id
}

// groups reads a list of names, or one name. What has another shape is no
// group: a text with commas is one name, whatever it looks like.
func (p *provider) groups(ctx context.Context, claims object) []string {
	value := claims.at(p.Fields.Groups)
	if value == nil {
		if names, _ := claims["_claim_names"].(map[string]any); names["groups"] != nil {
			p.Logger.WarnContext(ctx, "openid.groups_overage", "provider", p.Name, "subject", claims.text("sub"),
				"fix", "the person is in more groups than the provider puts into a token; use app roles or fewer groups")
		}
		return nil
	}
	if one, ok := value.(string); ok {
		return []string{one}
	}
	list, ok := value.([]any)
	if !ok || len(list) > maxGroups {
		p.Logger.WarnContext(ctx, "openid.groups_unreadable", "provider", p.Name, "subject", claims.text("sub"), "count", len(list))
		return nil
	}
	return texts(value)
}

// texts are the strings of a list.
func texts(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// userInfo asks the userinfo address about the person of an ID token, whose
// subject it must name (OpenID Connect Core §5.3.2).
func (p *provider) userInfo(ctx context.Context, m metadata, access, subject string) (object, error) {
	info, err := p.askUserInfo(ctx, m, access)
	if err != nil {
		return nil, err
	}
	if info.text("sub") != subject || subject == "" {
		return nil, fmt.Errorf("%w: userinfo is about somebody else", drivers.ErrReply)
	}
	return info, nil
}

// askUserInfo asks whose an access token is (OpenID Connect Core §5.3.1).
func (p *provider) askUserInfo(ctx context.Context, m metadata, access string) (object, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.UserInfo, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	r.Header.Set("Accept", "application/json")
	body, err := p.read(r)
	if err != nil {
		return nil, err
	}
	info, err := decodeObject(body)
	if err != nil {
		return nil, fmt.Errorf("%w: userinfo: %w", drivers.ErrReply, err)
	}
	return info, nil
}
