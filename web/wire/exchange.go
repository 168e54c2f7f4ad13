package wire

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
)

// Exchange is one request as its log line and the metrics see it. It belongs
// to the goroutine of its request.
type Exchange struct {
	ID       string // request id, 128 random bits or a trusted proxy's
	Address  string // client address behind trusted proxies
	Route    string // template of the matched route, "" for none
	Provider string // configured name, set when it is known to exist
	Outcome  string // stable word of the handler's
	// Quiet leaves out the log line of a request that went well, where there are
	// as many as there are requests to all applications.
	Quiet bool

	Code broker.Code // "" for no error
	err  error
}

func (x *Exchange) fail(c broker.Code, err error) { x.Code, x.err = c, err }

// exchangeKey is the only context key of the house: what it leads to names the
// request, it carries no argument.
type exchangeKey struct{}

func withExchange(r *http.Request, x *Exchange) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
}

// ExchangeOf returns the exchange of a request's context, an empty one that
// nobody reads outside [Observer.Wrap].
func ExchangeOf(ctx context.Context) *Exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		return x
	}
	return &Exchange{}
}

// maxUserAgent is how much of a User-Agent is kept, in bytes.
const maxUserAgent = 256

// ClientOf says who asks, for the audit record and the person's session list.
// The user agent is cut to 256 bytes of valid UTF-8; it is what a stranger
// sent.
func ClientOf(r *http.Request) broker.Client {
	x := ExchangeOf(r.Context())
	return broker.Client{
		Address:   x.Address,
		UserAgent: cut(r.UserAgent(), maxUserAgent),
		RequestID: x.ID,
	}
}

// cut shortens s to at most n bytes of valid UTF-8.
func cut(s string, n int) string {
	if len(s) > n {
		for i := 1; i < utf8.UTFMax && !utf8.RuneStart(s[n]); i++ {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// newRequestID returns 128 bits from random as base64url.
func newRequestID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// sane reports a request id of a proxy that can stand in our log and answer:
// 8 to 128 letters, digits, dots, dashes and underscores.
func sane(id string) bool {
	if len(id) < 8 || len(id) > 128 {
		return false
	}
	return !strings.ContainsFunc(id, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	})
}
