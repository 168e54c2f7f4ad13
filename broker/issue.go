package broker

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// maxCookie is the longest access token for a session cookie, in bytes. Browsers
// drop one of more than 4,096 with its name, and say nothing (RFC 6265 §6.1).
const maxCookie = 3840

// reasonTooLarge is in the audit record when no token could be made.
const reasonTooLarge = "token_too_large"

// issue signs the one uniform token of a session and makes its refresh token.
// It asks nothing: whoever calls it has just read session and account. A
// session in its last second is over, since tokens have whole ones. A life of 0
// is the configured one.
func (b *Broker) issue(s sessions.Session, a Account, m sessions.Mode, life time.Duration) (Login, error) {
	now := b.Now()
	life = cmp.Or(life, b.Lifetimes.Access)
	if m == sessions.ModeSession {
		life = b.Lifetimes.Session
	}
	life = min(life, s.Ends.Sub(now))
	if life < time.Second {
		return Login{}, fmt.Errorf("last second: %w", sessions.ErrNotFound)
	}
	c := b.claims(s, a)
	c.IssuedAt, c.ExpiresAt = now, now.Add(life)
	access, err := b.Ring.Sign(c)
	if err == nil && m == sessions.ModeSession && len(access) > maxCookie {
		err = fmt.Errorf("%w: %d bytes are more than a cookie's %d", token.ErrTooLarge, len(access), maxCookie)
	}
	if err != nil {
		return Login{}, unsigned(err)
	}
	l := Login{Access: access, Mode: m, Life: life.Truncate(time.Second), SessionID: s.ID, Claims: c}
	if m == sessions.ModeSession || m == sessions.ModeAccess {
		return l, nil
	}
	l.RefreshLife = min(s.IdleEnds.Sub(now), s.Ends.Sub(now))
	if l.Refresh, err = b.refresh.Make(s.ID, s.Generation); err != nil {
		return Login{}, fmt.Errorf("make refresh token: %w", err)
	}
	return l, nil
}

// unsigned tells a person who is in too many groups what to ask for, and an
// operator what to do.
func unsigned(err error) error {
	err = fmt.Errorf("sign access token: %w", err)
	if !errors.Is(err, token.ErrTooLarge) {
		return err
	}
	return &Error{Code: CodeForbidden, Reason: "you are in too many groups; an administrator can keep fewer with groups.only", Err: err}
}

// claims are the same whichever driver vouched for the person.
func (b *Broker) claims(s sessions.Session, a Account) token.Claims {
	groups := b.groups(a)
	role := "user"
	if a.Admin {
		role = "admin"
	}
	return token.Claims{
		Subject: b.subject(a), AccountID: a.ID,
		AuthTime: s.AuthTime, SessionID: s.ID, Provider: s.Provider, AMR: s.AMR,
		Email: a.Email, EmailVerified: a.Email != "" && a.EmailConfirmed,
		PreferredUsername: a.Username, Name: a.FullName(), GivenName: a.GivenName, FamilyName: a.FamilyName,
		Groups: groups, Roles: groups, Scopes: b.scopes(a, groups),
		IsAdmin: a.Admin, Role: role, AppAccess: true, AdminAccess: a.Admin,
	}
}

func (b *Broker) subject(a Account) string {
	switch b.Subject {
	case SubjectEmail:
		if b.proven(a) {
			return or(a.Email, a.ID)
		}
	case SubjectUsername:
		return or(a.Username, a.ID)
	}
	return a.ID
}

// proven reports an address that a verifier may know a person by: a confirmed
// one, or one from the operator, by hand or in their own directory.
func (b *Broker) proven(a Account) bool {
	p := b.door.Load().byRealm[a.Origin]
	return a.EmailConfirmed || a.Origin == "" || p != nil && p.Kind == "ldap"
}

// groups are those that somebody who still counts has given: an administrator,
// or a provider that is there. A person may come in by another one.
func (b *Broker) groups(a Account) []string {
	providers := b.door.Load().byRealm
	a.Groups = slices.DeleteFunc(slices.Clone(a.Groups), func(g Group) bool {
		p := providers[g.Source]
		return g.Source != "" && (p == nil || p.Disabled)
	})
	return a.GroupNames()
}

// scopes are the union over the account's groups; an administrator has all.
func (b *Broker) scopes(a Account, groups []string) []string {
	scopes := []string{}
	permissions := b.door.Load().Permissions
	if a.Admin {
		for _, s := range permissions {
			scopes = append(scopes, s...)
		}
	} else {
		for _, g := range groups {
			scopes = append(scopes, permissions[g]...)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}
