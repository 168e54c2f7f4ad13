package wire_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/signet-sso/signet/web/wire"
)

const (
	proxy    = "10.0.0.1:4711"
	stranger = "203.0.113.9:4711"
)

var trusted = wire.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

// from is a request of a peer with header fields, name and value in turn.
func from(peer string, fields ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func TestB05_OnlyTrustedPeersSayWhoTheClientIs(t *testing.T) {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip", "X-Client-Ip"} {
		t.Run("B-05 "+name+" of a stranger is not read", func(t *testing.T) {
			if got := trusted.Client(from(stranger, name, "198.51.100.7")).String(); got != "203.0.113.9" {
				t.Errorf("got %s, want the peer", got)
			}
		})
		t.Run("B-05 without trusted proxies nobody's "+name+" is read", func(t *testing.T) {
			if got := (wire.Proxies{}).Client(from(proxy, name, "198.51.100.7")).String(); got != "10.0.0.1" {
				t.Errorf("got %s, want the peer", got)
			}
		})
		if name == "X-Forwarded-For" {
			continue
		}
		t.Run("B-05 "+name+" of a proxy is not read either", func(t *testing.T) {
			if got := trusted.Client(from(proxy, name, "198.51.100.7")).String(); got != "10.0.0.1" {
				t.Errorf("got %s, want the peer", got)
			}
		})
	}
}

func TestForwardedForIsReadFromTheRight(t *testing.T) {
	for name, c := range map[string]struct{ peer, field, want string }{
		"one hop":                            {proxy, "198.51.100.7", "198.51.100.7"},
		"what the client claimed is ignored": {proxy, "127.0.0.1, 198.51.100.7", "198.51.100.7"},
		"even if it is no address":           {proxy, "<script>, 198.51.100.7", "198.51.100.7"},
		"proxies behind proxies are skipped": {proxy, "198.51.100.7, 10.0.0.2,10.0.0.3", "198.51.100.7"},
		"IPv6":                               {"[fd00::1]:4711", "2001:db8::5", "2001:db8::5"},
		"IPv4 in IPv6 is IPv4":               {"[::ffff:10.0.0.1]:4711", "::ffff:198.51.100.7", "198.51.100.7"},
		"blanks and tabs":                    {proxy, " \t198.51.100.7\t ", "198.51.100.7"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := trusted.Client(from(c.peer, "X-Forwarded-For", c.field)).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestB06_NoAddressIsExempt(t *testing.T) {
	for _, claimed := range []string{"127.0.0.1", "::1", "localhost", "10.0.0.1", "0.0.0.0"} {
		t.Run("B-06 a stranger who claims "+claimed, func(t *testing.T) {
			if got := trusted.Client(from(stranger, "X-Forwarded-For", claimed)).String(); got != "203.0.113.9" {
				t.Errorf("got %s, want the peer", got)
			}
		})
	}
	t.Run("B-06 loopback is a client like any other", func(t *testing.T) {
		if got := trusted.Client(from("127.0.0.1:80")).String(); got != "127.0.0.1" {
			t.Errorf("got %s, want 127.0.0.1", got)
		}
	})
}

func TestB07_OddForwardingFallsBackToTheProxysOwnBucket(t *testing.T) {
	for name, fields := range map[string][]string{
		"no address":              {"a"},
		"empty":                   {""},
		"a comma":                 {","},
		"an empty last hop":       {"198.51.100.7,"},
		"a port out of range":     {"1.2.3.4:99999"},
		"a port":                  {"1.2.3.4:80"},
		"a bracketed address":     {"[2001:db8::5]:80"},
		"a zone":                  {"fe80::1%eth0"},
		"leading zeros":           {"010.000.000.001"},
		"four numbers too many":   {"1.2.3.4.5"},
		"a name":                  {"localhost"},
		"8 kB":                    {strings.Repeat("198.51.100.7, ", 600) + "198.51.100.8"},
		"the field twice":         {"198.51.100.7", "198.51.100.8"},
		"proxies only":            {"10.0.0.7, 10.0.0.8"},
		"rubbish behind a proxy":  {"198.51.100.7, rubbish, 10.0.0.8"},
		"a line break":            {"198.51.100.7\r\nX: y"},
		"an address and a remark": {"198.51.100.7 (really)"},
	} {
		t.Run("B-07 "+name, func(t *testing.T) {
			r := from(proxy)
			r.Header["X-Forwarded-For"] = fields
			if got := trusted.Client(r).String(); got != "10.0.0.1" {
				t.Errorf("got %s, want the proxy", got)
			}
		})
	}
	t.Run("B-07 a peer that has no address has none", func(t *testing.T) {
		if got := trusted.Client(from("@", "X-Forwarded-For", "198.51.100.7")); got.IsValid() {
			t.Errorf("got %s, want none", got)
		}
	})
}
