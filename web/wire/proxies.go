package wire

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxForwarded is the longest X-Forwarded-For that is read, in bytes.
const maxForwarded = 1024

// Proxies are the networks whose X-Forwarded-For and X-Request-Id count. With
// none, nobody's do.
type Proxies []netip.Prefix

// Client returns the address of the client: the peer, or behind trusted
// proxies the last address in X-Forwarded-For that is not a proxy's.
//
// Whatever is odd about that field leads back to the peer's own address, so
// that a request which hides its origin shares the bucket of the proxy it came
// through and never gets one of its own: it is repeated, longer than 1 KiB, or
// the part that matters is not a bare address (no name, port or zone), or it
// names proxies only. Other fields (Forwarded, X-Real-IP and their like) are
// never read. The zero Addr means that the peer has no IP address.
func (p Proxies) Client(r *http.Request) netip.Addr {
	peer := peerOf(r)
	if !p.trust(peer) {
		return peer
	}
	fields := r.Header.Values("X-Forwarded-For")
	if len(fields) != 1 || len(fields[0]) > maxForwarded {
		return peer
	}
	hops := strings.Split(fields[0], ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.Trim(hop, " \t"))
		if err != nil || a.Zone() != "" {
			return peer
		}
		if a = a.Unmap(); !p.trust(a) {
			return a
		}
	}
	return peer
}

// Trusted reports a request that comes straight from one of the proxies.
func (p Proxies) Trusted(r *http.Request) bool { return p.trust(peerOf(r)) }

// requestID returns the id that a trusted proxy gave the request, or "".
func (p Proxies) requestID(r *http.Request) string {
	ids := r.Header.Values("X-Request-Id")
	if len(ids) != 1 || !sane(ids[0]) || !p.trust(peerOf(r)) {
		return ""
	}
	return ids[0]
}

func (p Proxies) trust(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// peerOf is the other end of the connection, without a zone.
func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}
