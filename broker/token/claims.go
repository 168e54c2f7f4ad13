package token

import (
	"errors"
	"time"
)

// What Sign and Verify answer when they do not answer with a value.
var (
	// ErrInvalid covers every token that is not ours, whatever is wrong with it:
	// who presents a bad token is not told what to improve.
	ErrInvalid = errors.New("token: invalid")
	// ErrExpired means a token that is ours in every respect, only too old.
	ErrExpired = errors.New("token: expired")
	// ErrTooLarge means that the claims do not fit into MaxLength; most often the
	// person is in too many groups.
	ErrTooLarge = errors.New("token: too large")
)

// MaxLength is the longest token in bytes that Sign makes and Verify looks at.
// Most servers and proxies stop reading a header line at the same length.
const MaxLength = 8 << 10

// Claims is what a token says of its holder. The set is the same whichever driver
// vouched for the person: every claim is written, an absent value as an empty one
// of its type and never as null. Two exceptions: aud is left out when no audience
// is configured, and auth_time when AuthTime is zero.
//
// Times have whole seconds in a token; fractions are cut off. Text that is not
// valid UTF-8 has each bad byte replaced by U+FFFD.
type Claims struct {
	Issuer    string    // iss
	Subject   string    // sub: required
	Audience  []string  // aud: one value is written as text, more as a list
	IssuedAt  time.Time // iat: the present when zero
	ExpiresAt time.Time // exp: required, after IssuedAt
	AuthTime  time.Time // auth_time: when the person last proved who they are
	ID        string    // jti: 128 random bits when empty
	SessionID string    // sid: required
	Provider  string    // idp: the name of the provider that vouched
	AMR       []string  // amr: how the person signed in (RFC 8176)

	Email             string // email
	EmailVerified     bool   // email_verified
	PreferredUsername string // preferred_username
	Name              string // name
	GivenName         string // given_name
	FamilyName        string // family_name

	Groups  []string // groups
	Roles   []string // roles
	Scopes  []string // scopes
	IsAdmin bool     // is_admin

	// The four that Directus consumers insist on.
	AccountID   string // id
	Role        string // role
	AppAccess   bool   // app_access
	AdminAccess bool   // admin_access
}

// claim is one member of a token's payload: how it is written and how it is read.
type claim struct {
	name  string
	write func(b []byte, c *Claims) []byte
	read  func(d *decoder, c *Claims) bool
	omit  func(c *Claims) bool // nil: always written
}

// claimSet is the whole payload in the order in which it is written.
var claimSet = []claim{
	text("iss", func(c *Claims) *string { return &c.Issuer }),
	text("sub", func(c *Claims) *string { return &c.Subject }),
	{"aud", writeAudience, readAudience, func(c *Claims) bool { return len(c.Audience) == 0 }},
	moment("iat", func(c *Claims) *time.Time { return &c.IssuedAt }),
	moment("exp", func(c *Claims) *time.Time { return &c.ExpiresAt }),
	text("jti", func(c *Claims) *string { return &c.ID }),
	text("sid", func(c *Claims) *string { return &c.SessionID }),
	text("idp", func(c *Claims) *string { return &c.Provider }),
	list("amr", func(c *Claims) *[]string { return &c.AMR }),
	moment("auth_time", func(c *Claims) *time.Time { return &c.AuthTime }),
	text("email", func(c *Claims) *string { return &c.Email }),
	flag("email_verified", func(c *Claims) *bool { return &c.EmailVerified }),
	text("preferred_username", func(c *Claims) *string { return &c.PreferredUsername }),
	text("name", func(c *Claims) *string { return &c.Name }),
	text("given_name", func(c *Claims) *string { return &c.GivenName }),
	text("family_name", func(c *Claims) *string { return &c.FamilyName }),
	list("groups", func(c *Claims) *[]string { return &c.Groups }),
	list("roles", func(c *Claims) *[]string { return &c.Roles }),
	list("scopes", func(c *Claims) *[]string { return &c.Scopes }),
	flag("is_admin", func(c *Claims) *bool { return &c.IsAdmin }),
	text("id", func(c *Claims) *string { return &c.AccountID }),
	text("role", func(c *Claims) *string { return &c.Role }),
	flag("app_access", func(c *Claims) *bool { return &c.AppAccess }),
	flag("admin_access", func(c *Claims) *bool { return &c.AdminAccess }),
}

func text(name string, at func(*Claims) *string) claim {
	return claim{
		name:  name,
		write: func(b []byte, c *Claims) []byte { return appendString(b, *at(c)) },
		read:  func(d *decoder, c *Claims) bool { return d.text(at(c)) },
	}
}

func list(name string, at func(*Claims) *[]string) claim {
	return claim{
		name:  name,
		write: func(b []byte, c *Claims) []byte { return appendList(b, *at(c)) },
		read:  func(d *decoder, c *Claims) bool { return d.list(at(c)) },
	}
}

func flag(name string, at func(*Claims) *bool) claim {
	return claim{
		name:  name,
		write: func(b []byte, c *Claims) []byte { return appendBool(b, *at(c)) },
		read:  func(d *decoder, c *Claims) bool { return d.flag(at(c)) },
	}
}

func moment(name string, at func(*Claims) *time.Time) claim {
	return claim{
		name:  name,
		write: func(b []byte, c *Claims) []byte { return appendTime(b, *at(c)) },
		read:  func(d *decoder, c *Claims) bool { return d.moment(at(c)) },
		omit:  func(c *Claims) bool { return at(c).IsZero() },
	}
}

func writeAudience(b []byte, c *Claims) []byte {
	if len(c.Audience) == 1 {
		return appendString(b, c.Audience[0])
	}
	return appendList(b, c.Audience)
}

func readAudience(d *decoder, c *Claims) bool {
	if d.peek() == '[' {
		return d.list(&c.Audience)
	}
	c.Audience = make([]string, 1)
	return d.text(&c.Audience[0])
}
