package mail

import (
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

func TestView(t *testing.T) {
	t.Run("a name is one that a person could have, or nothing", func(t *testing.T) {
		for name, want := range map[string]string{
			"Alice": "Alice", "Zoë Müller-Lüdenscheidt": "Zoë Müller-Lüdenscheidt", "O'Hara": "O'Hara", "Dr. Alice B. Carroll": "Dr. Alice B. Carroll", "山田 太郎": "山田 太郎", "alice42": "alice42",
			"": "", "https://evil.test": "", "evil.test": "", "go to evil.test now": "", "win 1000$ now": "", "call +1 900 123456": "call +1 900 123456", "alice@evil.test": "", "<b>Alice</b>": "", "[click](x)": "",
			"12345": "", "A\r\nB": "A B", strings.Repeat("a", 41): "", "one two three four five six": "", "Alice\u202ecilA": "", "\u2028": "",
		} {
			if got := callable(name); got != want {
				t.Errorf("%q: got %q, want %q", name, got, want)
			}
		}
	})
	t.Run("a device is named in words of ours", func(t *testing.T) {
		for agent, want := range map[string]string{
			"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0":               "Edge on Windows",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on an iPhone",
			"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
			"curl/8.14.1": "curl", "Your account is in danger, go to evil.test": "", "": "", "Visit evil.test Firefox/1 Linux": "Firefox on Linux",
		} {
			if got := device(agent); got != want {
				t.Errorf("%q: got %q, want %q", agent, got, want)
			}
		}
	})
	t.Run("a time and a length of time are in words", func(t *testing.T) {
		if got := moment(start.In(time.FixedZone("x", 3600))); got != "Monday, 23 November 2026, 12:00 UTC" {
			t.Errorf("got %q", got)
		}
		for d, want := range map[time.Duration]string{
			2 * time.Hour: "2 hours", 48 * time.Hour: "2 days", 24 * time.Hour: "1 day", 7 * 24 * time.Hour: "7 days", time.Hour: "1 hour", 90 * time.Minute: "90 minutes",
			15 * time.Minute: "15 minutes", time.Minute: "1 minute", 36 * time.Hour: "36 hours", time.Second: "a moment", 2*time.Hour - time.Millisecond: "2 hours",
		} {
			if got := span(d); got != want {
				t.Errorf("%v: got %q, want %q", d, got, want)
			}
		}
	})
	t.Run("a link leads a browser somewhere, and does nothing else", func(t *testing.T) {
		for l, want := range map[string]bool{
			"https://sso.example.org/reset?token=x": true, "http://127.0.0.1:8055/reset?token=x": true,
			"javascript:alert(1)": false, "data:text/html,x": false, "//evil.test/x": false, "/reset": false, "ftp://x.test/": false, "https://user@evil.test/": false,
			"https:/x": false, "https://": false, "https://x.test/a b": false, "https://x.test/\nBcc: y": false, "HTTPS://x.test/": true,
		} {
			if got := webLink(l); got != want {
				t.Errorf("%q: got %t", l, got)
			}
		}
	})
	t.Run("an address is one of a network, or nothing", func(t *testing.T) {
		for address, want := range map[string]string{"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8::1": "2001:db8::1", "evil.test": "", "": "", "fe80::1%evil.test": "fe80::1"} {
			v, err := newView("x", broker.Letter{Address: address})
			if err != nil || v.Address != want {
				t.Errorf("%q: got %q, %v", address, v.Address, err)
			}
		}
	})
}
