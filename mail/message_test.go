package mail

import (
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

func content(t testing.TB, m Message) string {
	t.Helper()
	_, b, trouble := m.bytes()
	if trouble != nil {
		t.Fatal(trouble)
	}
	return string(b)
}

func TestMessage(t *testing.T) {
	t.Run("it is the same at every try", func(t *testing.T) {
		m := messageTo("alice@example.com")
		if a, b := content(t, m), content(t, m); a != b {
			t.Errorf("got\n%s\nand\n%s", a, b)
		}
		other := m
		other.ID = "another"
		if a, b := read(t, content(t, m)), read(t, content(t, other)); a.header.Get("Message-Id") == b.header.Get("Message-Id") {
			t.Error("two letters have one Message-ID")
		}
	})
	t.Run("its header says what machines need", func(t *testing.T) {
		h := read(t, content(t, messageTo("alice@example.com"))).header
		for field, want := range map[string]string{
			"Message-Id": "<7c9e6679-7425-40de-944b-e07fc1f90ae7@example.org>", "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
			"From": `"Signet" <sso@example.org>`, "To": "<alice@example.com>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Mime-Version": "1.0",
		} {
			if got := h.Get(field); got != want {
				t.Errorf("%s: got %q, want %q", field, got, want)
			}
		}
		if len(h) != 9 {
			t.Errorf("got the fields %v, want nine", h)
		}
	})
	t.Run("plain text is not encoded, so that a link can be read in the source", func(t *testing.T) {
		m := messageTo("alice@example.com")
		m.Text = "Open\n\n" + link + "\n"
		if got := content(t, m); !strings.Contains(got, "\r\n"+link+"\r\n") {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("other text arrives as it was written", func(t *testing.T) {
		for _, text := range []string{"Grüße an Zoë\n", "日本語\n", strings.Repeat("x", 5000) + "\n", "tab\there\n", "\x01\n", "a = b; c =\n", " \n \n", ""} {
			m := messageTo("alice@example.com")
			m.Text = text
			raw := content(t, m)
			if got := read(t, raw).text; got != text {
				t.Errorf("got %q, want %q", got, text)
			}
			for line := range strings.SplitSeq(raw, "\r\n") {
				if len(line) > 998 || strings.ContainsFunc(line, func(c rune) bool { return c > 127 }) {
					t.Errorf("%q: the line %.80q cannot travel", text, line)
				}
			}
		}
	})
}

// TestE01_HeaderInjection: whatever gets into a subject or a name, the header
// has the same fields.
func TestE01_HeaderInjection(t *testing.T) {
	for _, end := range []string{"\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "%0d%0a", "\\r\\n", "\u2028", "\u2029", "\u0085", "\u560a\u560d", "\v", "\f", "\x00", "\r\n ", "\n\t", "=?utf-8?q?=0d=0a?=", "=0D=0A"} {
		for _, injected := range []string{"Bcc: evil@evil.test", "Subject: other", "To: evil@evil.test", "<p>body"} {
			m := messageTo("alice@example.com")
			m.Subject = "Hello" + end + injected
			m.From = netmail.Address{Name: "Signet" + end + injected, Address: "sso@example.org"}
			got := read(t, content(t, m))
			if len(got.header) != 9 || len(got.header["Subject"]) != 1 || len(got.header["To"]) != 1 || got.header.Get("To") != "<alice@example.com>" {
				t.Errorf("E-01 %q: got the header %v", end+injected, got.header)
			}
			if got.text != "Hello,\n\nyou.\n" {
				t.Errorf("E-01 %q: got the text %q", end+injected, got.text)
			}
			if strings.ContainsAny(got.subject, "\r\n\x00\v\f\u0085\u2028\u2029") {
				t.Errorf("E-01 %q: got the subject %q", end+injected, got.subject)
			}
			if from, err := netmail.ParseAddressList(got.header.Get("From")); err != nil || len(from) != 1 || from[0].Address != "sso@example.org" {
				t.Errorf("E-01 %q: got From %v, %v", end+injected, from, err)
			}
		}
	}
	t.Run("E-01 a name and a label go through a whole letter", func(t *testing.T) {
		for _, end := range []string{"\r\n", "\r\n\r\n", "\u2028", "\u560a"} {
			f := &filed{}
			o := newOffice(t, f)
			l := letterTo("alice@example.com")
			l.Kind, l.Name, l.Provider, l.Device, l.Address = broker.LetterIdentityAdded, "Eve"+end+"Bcc: evil@evil.test", "Git"+end+"Bcc: evil@evil.test", end+"Bcc: x", end+"Bcc: x"
			o.post(l)
			o.pass()
			got := read(t, content(t, f.messages[0]))
			if len(got.header) != 9 || strings.Contains(got.text, "Eve") || strings.Contains(got.text, "\nBcc") {
				t.Errorf("%q: got %v\n%s", end, got.header, got.text)
			}
		}
	})
}

var remote = regexp.MustCompile(`(?i)(src|background|srcset|poster)\s*=|url\(|@import|<(img|link|script|iframe|object|form|svg|video)`)
