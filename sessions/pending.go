package sessions

import (
	"crypto/subtle"
	"io"
	"time"
)

// PendingLife is how long a person has for the second factor.
const PendingLife = 10 * time.Minute

// Pending is a sign-in that waits for its second factor. It opens nothing else:
// it is neither a session nor a token.
type Pending struct {
	Key       string // hash of the secret that the browser holds
	Browser   string // hash of the secret in this browser's flow cookie
	AccountID string
	Epoch     int64
	Provider  string // realm
	Subject   string
	Enrol     bool // the person sets up a factor instead of showing one
	AMR       []string
	Mode      Mode
	ReturnTo  string
	// Upstream is what the provider gave, sealed under Key, and UpstreamID the
	// provider's own id of it.
	Upstream   []byte
	UpstreamID string
	Expires    time.Time
}

// NewPendingSecret returns what a browser holds of a pending sign-in: 256
// random bits, base64url.
func NewPendingSecret(random io.Reader) (string, error) { return secret(random) }

// PendingKey is what is kept of it.
func PendingKey(secret string) string { return digest("pending\x00" + secret) }

// Bind ties p to the browser with a flow cookie's secret.
func (p *Pending) Bind(browser string) { p.Browser = digest(browser) }

// BoundTo reports that p began in the browser with that secret.
func (p Pending) BoundTo(browser string) bool {
	return subtle.ConstantTimeCompare([]byte(p.Browser), []byte(digest(browser))) == 1
}
