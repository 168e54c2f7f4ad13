package oauth2

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

const (
	maxSubject = 255
	maxText    = 4 << 10
	maxGroups  = 1000
	maxClaims  = 64 << 10 // bytes of further claims, as JSON
)

// describe maps a profile.
func (p *provider) describe(ctx context.Context, a profile) (drivers.Identity, error) {
	f := p.Fields
	subject, err := readSubject(a.doc.at(f.ID))
	if err != nil {
		return drivers.Identity{}, fmt.Errorf("%w: %s: %w", drivers.ErrReply, quoted(f.ID), err)
	}
	id := drivers.Identity{
		Subject:    subject,
		Login:      a.text(f.Login, a.user.NickName),
		Name:       a.text(f.Name, a.user.Name),
		GivenName:  a.text(f.GivenName, a.user.FirstName),
		FamilyName: a.text(f.FamilyName, a.user.LastName),
		Email:      a.text(f.Email, a.user.Email),
		Picture:    a.text(f.Picture, a.user.AvatarURL),
		Groups:     p.groups(ctx, a.doc, subject),
	}
	if a.mails {
		id.Email = a.email
	}
	if strings.EqualFold(id.Email, subject) {
		return drivers.Identity{}, fmt.Errorf("%w: %s is the e-mail address, which can be given to somebody else", drivers.ErrReply, quoted(f.ID))
	}
	id.EmailVerified = p.verified(a, id.Email)
	id.Login = or(id.Login, or(id.Email, subject)) // some services have no names to sign in with
	return id, nil
}

// text is the string at a path, or where no path is known goth's reading.
func (a profile) text(path, otherwise string) string {
	s := otherwise
	if path != "" {
		s = a.doc.text(path)
	}
	if !printable(s, maxText) {
		return ""
	}
	return s
}

// readSubject takes an id as it is written: a string, or a whole number to its
// last digit. A zero is what services write for nobody.
func readSubject(v any) (string, error) {
	switch v := v.(type) {
	case string:
		if !printable(v, maxSubject) || strings.Trim(v, "0") == "" {
			return "", errors.New("no id")
		}
		return v, nil
	case json.Number:
		s := v.String()
		if len(s) > maxSubject || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
			return "", errors.New("no whole positive number")
		}
		return s, nil
	}
	return "", errors.New("the id is missing or neither text nor number")
}

// verified says whether the provider, or the operator for a domain of theirs,
// vouches for an address.
func (p *provider) verified(a profile, email string) bool {
	switch {
	case email == "":
		return false
	case p.EmailTrust == TrustClaim && a.mails:
		return a.verified
	case p.EmailTrust == TrustClaim:
		said, _ := a.doc.at(p.Fields.EmailVerified).(bool)
		return said
	case p.EmailTrust == TrustDomains:
		local, domain, ok := strings.Cut(email, "@")
		return ok && local != "" && slices.Contains(p.EmailDomains, strings.ToLower(domain))
	}
	return false
}

// groups reads a list of names, or one name. What has another shape is no
// group: a text with commas is one name, whatever it looks like.
func (p *provider) groups(ctx context.Context, doc object, subject string) []string {
	if p.Fields.Groups == "" {
		return nil
	}
	switch v := doc.at(p.Fields.Groups).(type) {
	case nil:
		return nil
	case string:
		if printable(v, maxText) {
			return []string{v}
		}
	case []any:
		if len(v) <= maxGroups {
			return names(v)
		}
		p.Logger.WarnContext(ctx, "oauth2.groups_overage", "provider", p.Name, "subject", subject, "count", len(v),
			"fix", "the person is in more groups than are read; point fields.groups at a shorter list")
		return nil
	}
	p.Logger.WarnContext(ctx, "oauth2.groups_unreadable", "provider", p.Name, "subject", subject)
	return nil
}

// names are the texts of a list.
func names(list []any) []string {
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok && printable(s, maxText) {
			out = append(out, s)
		}
	}
	return out
}

// furtherClaims is the profile itself, unless it is long or repeats a token.
func furtherClaims(doc object, t tokens) map[string]any {
	b, err := json.Marshal(doc)
	if err != nil || len(b) > maxClaims || bytes.Contains(b, []byte(t.Access)) {
		return nil
	}
	if t.Refresh != "" && bytes.Contains(b, []byte(t.Refresh)) {
		return nil
	}
	return doc
}
