package guard

import (
	"net/textproto"
	"sync/atomic"

	"github.com/signet-sso/signet/broker/token"
)

// Settings is the part of the configuration that can change while requests run.
type Settings struct {
	Headers Headers
	// User says what the user header holds.
	User UserKind
	// Token passes a fresh access token on to the application.
	Token bool
	// Budget is how many bytes the identity headers may have together.
	Budget int
	// Login sends browsers to the login page.
	Login bool
	// Rules are tried in order; none lets in everybody who is signed in.
	Rules []Rule
}

// Headers are the names of the identity headers; "" leaves one out.
type Headers struct{ User, Name, Email, Groups, Roles string }

// The spellings that proxies and applications know.
var (
	RemoteHeaders      = Headers{"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Roles"}
	ForwardedHeaders   = Headers{"X-Forwarded-User", "X-Forwarded-Name", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Roles"}
	AuthRequestHeaders = Headers{"X-Auth-Request-User", "X-Auth-Request-Name", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Auth-Request-Roles"}
)

// UserKind says what an application knows people by.
type UserKind string

// The kinds. Who has no username, or no address that is proven, is known by the
// account id, which nobody can choose.
const (
	UserName  UserKind = "username"
	UserEmail UserKind = "email"
	UserID    UserKind = "id"
)

// Policy is what the guard goes by. It is safe for concurrent use.
type Policy struct{ current atomic.Pointer[policy] }

type policy struct {
	Settings
	rules []rule
}

// NewPolicy returns a policy with its first settings.
func NewPolicy(s Settings) *Policy {
	p := &Policy{}
	p.Use(s)
	return p
}

// Use replaces the settings at once.
func (p *Policy) Use(s Settings) {
	for _, name := range []*string{&s.Headers.User, &s.Headers.Name, &s.Headers.Email, &s.Headers.Groups, &s.Headers.Roles} {
		*name = textproto.CanonicalMIMEHeaderKey(*name)
	}
	p.current.Store(&policy{Settings: s, rules: compile(s.Rules)})
}

// user is what the application knows somebody by.
func (k UserKind) user(c token.Claims, email string) string {
	switch {
	case k == UserEmail && email != "":
		return email
	case k == UserName && c.PreferredUsername != "":
		return c.PreferredUsername
	}
	return c.AccountID
}
