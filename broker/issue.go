package broker

import (
	"fmt"
	"slices"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// issue signs the one uniform token of a session and makes its refresh token.
// It asks nothing: whoever calls it has just read session and account.
func (b *Broker) issue(s sessions.Session, a Account, m sessions.Mode) (Login, error) {
	now := b.Now()
	life := b.Lifetimes.Access
	if m == sessions.ModeSession {
		life = b.Lifetimes.Session
	}
	life = min(life, s.Ends.Sub(now))
	c := b.claims(s, a)
	c.IssuedAt, c.ExpiresAt = now, now.Add(life)
	access, err := b.Ring.Sign(c)
	if err != nil {
		return Login{}, fmt.Errorf("sign access token: %w", err)
	}
	l := Login{Access: access, Mode: m, Life: life.Truncate(time.Second), SessionID: s.ID, Claims: c}
	if m == sessions.ModeSession {
		return l, nil
	}
	l.RefreshLife = min(s.IdleEnds.Sub(now), s.Ends.Sub(now))
	if l.Refresh, err = b.refresh.Make(s.ID, s.Generation); err != nil {
		return Login{}, fmt.Errorf("make refresh token: %w", err)
	}
	return l, nil
}

// claims are the same whichever driver vouched for the person.
func (b *Broker) claims(s sessions.Session, a Account) token.Claims {
	groups := a.GroupNames()
	role := "user"
	if a.Admin {
		role = "admin"
	}
	return token.Claims{
		Subject: b.subject(a), AccountID: a.ID,
		AuthTime: s.AuthTime, SessionID: s.ID, Provider: s.Provider, AMR: s.AMR,
		Email: a.Email, EmailVerified: a.Email != "" && a.EmailConfirmed,
		PreferredUsername: a.Username, Name: fullName(a), GivenName: a.GivenName, FamilyName: a.FamilyName,
		Groups: groups, Roles: groups, Scopes: b.scopes(a, groups),
		IsAdmin: a.Admin, Role: role, AppAccess: true, AdminAccess: a.Admin,
	}
}

func (b *Broker) subject(a Account) string {
	switch b.Subject {
	case SubjectEmail:
		return or(a.Email, a.ID)
	case SubjectUsername:
		return or(a.Username, a.ID)
	}
	return a.ID
}

func fullName(a Account) string {
	if a.Name != "" || a.GivenName == "" || a.FamilyName == "" {
		return or(a.Name, or(a.GivenName, a.FamilyName))
	}
	return a.GivenName + " " + a.FamilyName
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
