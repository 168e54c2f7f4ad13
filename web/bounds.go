package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// What a request may be at most. Bodies are bounded where they are read, the
// header as a whole by [Server].
const (
	maxURL        = 8 << 10 // bytes
	maxParameters = 100     // in a query
	maxFields     = 128     // header field lines
)

// bounded refuses requests that are out of all proportion before anything
// parses or copies what is in them.
func (s *site) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(r.RequestURI) > maxURL:
			s.voice(r).FailAs(w, r, http.StatusRequestURITooLong, broker.Fail(broker.CodePayload, "the address is too long"))
		case strings.Count(r.URL.RawQuery, "&") >= maxParameters:
			s.Fail(w, r, broker.Fail(broker.CodePayload, "the address has too many parameters"))
		case fields(r.Header) > maxFields:
			s.voice(r).FailAs(w, r, http.StatusRequestHeaderFieldsTooLarge, broker.Fail(broker.CodePayload, "the header has too many fields"))
		case wire.CookieFlood(r):
			s.voice(r).FailAs(w, r, http.StatusRequestHeaderFieldsTooLarge, broker.Fail(broker.CodePayload, "there are too many cookies"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func fields(h http.Header) int {
	n := 0
	for _, lines := range h {
		n += len(lines)
	}
	return n
}

// deadline ends what a handler waits for, so that it can still say 503 before
// the connection's own limit cuts it off.
func deadline(next http.Handler, limit time.Duration) http.Handler {
	if limit == 0 {
		limit = defaultRequestTimeout
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
