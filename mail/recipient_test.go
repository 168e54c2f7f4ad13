package mail

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/mail/mailtest"
)

// TestE02_OneRecipient: what goes to the server is one address, equal to the
// one that the account has.
func TestE02_OneRecipient(t *testing.T) {
	for _, bad := range []string{
		"", "alice", "a@x.test,b@y.test", "a@x.test b@y.test", `"a b"@x.test`, `"a@x.test> NOTIFY=NEVER"@y.test`, "a@x.test>", "<a@x.test>",
		"a@x.test> SIZE=1", "a@x.test\r\nRCPT TO:<b@y.test>", "a@x.test\nRCPT TO:<b@y.test>", "@relay.test:a@x.test", "a(comment)@x.test", "a@[127.0.0.1]",
		"a@@x.test", "Alice <a@x.test>", "a@X.test", "a@ｅxample.org", "a@x.test\u2028", strings.Repeat("a", 10_000) + "@x.test", "a@x_.tést",
	} {
		t.Run("E-02 E-03 it refuses "+bad[:min(len(bad), 40)], func(t *testing.T) {
			s := mailtest.Start(t, mailtest.Options{Extensions: []string{"SMTPUTF8", "DSN", "SIZE 1000000"}})
			got := troubleOf(t, client(t, s).Send(t.Context(), messageTo(bad)))
			if got.Verdict != Never || s.Sessions() != 0 {
				t.Errorf("got %v after %d connections, want it given up without any", got, s.Sessions())
			}
		})
	}
	for to, want := range map[string]struct{ rcpt, extension string }{
		"o'hara+news=1@example.com": {"TO:<o'hara+news=1@example.com>", ""},
		"alice@bücher.example":      {"TO:<alice@xn--bcher-kva.example>", ""},
		"zoë@example.com":           {"TO:<zoë@example.com>", "SMTPUTF8"},
		"zoë@bücher.example":        {"TO:<zoë@xn--bcher-kva.example>", "SMTPUTF8"},
	} {
		t.Run("E-02 it writes to "+to, func(t *testing.T) {
			s := mailtest.Start(t, mailtest.Options{Extensions: []string{"8BITMIME", "SMTPUTF8"}})
			if err := client(t, s).Send(t.Context(), messageTo(to)); err != nil {
				t.Fatal(err)
			}
			got := lines(s.Transcript(), "RCPT")
			if len(got) != 1 || got[0] != "RCPT "+want.rcpt {
				t.Errorf("got %q, want %q", got, want.rcpt)
			}
			if m := lines(s.Transcript(), "MAIL")[0]; strings.Contains(m, "SMTPUTF8") != (want.extension != "") {
				t.Errorf("got %q", m)
			}
			header := read(t, s.Letters()[0].Content).header
			if h := header["To"]; len(h) != 1 || h[0] != strings.TrimPrefix(want.rcpt, "TO:") || len(header["Cc"])+len(header["Bcc"]) > 0 {
				t.Errorf("got To %q", h)
			}
		})
	}
	t.Run("an address that the server cannot write to is given up", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{})
		got := troubleOf(t, client(t, s).Send(t.Context(), messageTo("zoë@example.com")))
		if got.Verdict != Never || !errors.Is(got.Cause, errNoSMTPUTF8) || slices.Contains(verbs(s.Transcript()), "MAIL") {
			t.Errorf("got %v", got)
		}
	})
}

// TestE03_NoSecondMessage: no content ends a message early.
func TestE03_NoSecondMessage(t *testing.T) {
	second := "MAIL FROM:<evil@evil.test>"
	for _, content := range []string{
		"a\r\n.\r\n" + second, "a\n.\n" + second, "a\r.\r" + second, "a\n.\r\n" + second, "a\r\n.\n" + second, "a\r\n.\r" + second, ".\r\n" + second, "..\r\n.", ".",
		"a\x00\r\n.\r\n" + second, "a\u2028.\u2028" + second, "ä\r\n.\r\n" + second, "ä\n.\n" + second,
	} {
		s := mailtest.Start(t, mailtest.Options{})
		m := messageTo("alice@example.com")
		m.Subject, m.Text, m.HTML = content, content, content
		if err := client(t, s).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := verbs(s.Transcript()); !slices.Equal(got, []string{"EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"}) {
			t.Errorf("%q: the server heard %v", content, got)
		}
		letters := s.Letters()
		if len(letters) != 1 {
			t.Fatalf("%q: %d letters", content, len(letters))
		}
		rest := strings.ReplaceAll(letters[0].Content, "\r\n", "")
		if strings.ContainsAny(rest, "\r\n") {
			t.Errorf("%q: a line ends with CR or LF alone", content)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n"), "\n", "\n")
		if got := read(t, letters[0].Content).text; got != want {
			t.Errorf("%q: got the text %q", content, got)
		}
	}
}
