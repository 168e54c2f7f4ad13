package outbound

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
)

// resolve is net.Resolver.LookupNetIP.
type resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)

// public returns the addresses of a host, all of which must be public: one
// that also leads inside is not a name to follow.
func (d dialer) public(ctx context.Context, host string) ([]netip.Addr, error) {
	ips, err := d.resolve(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for i, ip := range ips {
		ips[i] = ip.Unmap()
		if !Public(ips[i]) {
			return nil, fmt.Errorf("%w: %s", ErrAddress, host)
		}
	}
	return ips, nil
}

// special are the networks that are no public address though they are global
// unicast (RFC 6890 and its registry): shared, benchmark, documentation, and
// those that carry another address within.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// Public reports an address of the public network: not loopback, private,
// link-local, shared, multicast or otherwise special (RFC 6890).
func Public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}
