package mail

import (
	"testing"

	"github.com/signet-sso/signet/mail/mailtest"
)

// TestNoLetterIsLost: whatever the server does at first, it has the letter in
// the end.
func TestNoLetterIsLost(t *testing.T) {
	for _, verb := range []string{"", "EHLO", "STARTTLS", "MAIL", "RCPT", "DATA", "."} {
		for name, a := range map[string]mailtest.Answer{
			"hangs up": {Drop: true}, "refuses for now": {Reply: "451 4.3.0 later"}, "takes it and hangs up": {Drop: true, Keep: true},
		} {
			if a.Keep && verb != "." {
				continue
			}
			t.Run("a server that "+name+" at "+verb, func(t *testing.T) {
				s := mailtest.Start(t, mailtest.Options{Script: func(c mailtest.Command) mailtest.Answer {
					if c.Verb == verb && c.Session <= 3 {
						return a
					}
					return mailtest.Answer{}
				}})
				o := newOffice(t, client(t, s))
				o.post(letterTo("alice@example.com"))
				for try := 0; len(o.outbox.all()) > 0; try++ {
					if try == 10 || o.outbox.all()[0].givenUp {
						t.Fatalf("after %d tries: %+v", try, o.outbox.all())
					}
					o.now = o.outbox.all()[0].due
					o.pass()
				}
				got := s.Letters()
				if want := 1 + map[bool]int{true: 3}[a.Keep]; len(got) != want {
					t.Fatalf("the server took %d letters, want %d", len(got), want)
				}
				for _, l := range got {
					if read(t, l.Content).header.Get("Message-Id") != read(t, got[0].Content).header.Get("Message-Id") {
						t.Error("the tries of one letter have several Message-IDs")
					}
				}
			})
		}
	}
	t.Run("a server that is not there at first", func(t *testing.T) {
		gone := mailtest.Start(t, mailtest.Options{})
		gone.Stop()
		o := newOffice(t, client(t, gone))
		o.post(letterTo("alice@example.com"))
		o.pass()
		s := mailtest.Start(t, mailtest.Options{After: gone})
		o.Sender = client(t, s)
		o.now = o.outbox.all()[0].due
		o.pass()
		if len(s.Letters()) != 1 || len(o.outbox.all()) != 0 {
			t.Errorf("the server took %d, %+v wait", len(s.Letters()), o.outbox.all())
		}
	})
}
