package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/mail/mailtest"
)

func TestSMTP(t *testing.T) {
	t.Run("a letter arrives as it was written, protected, at one recipient", func(t *testing.T) {
		for _, p := range []Protection{StartTLS, ImplicitTLS, Clear} {
			s := mailtest.Start(t, mailtest.Options{Implicit: p == ImplicitTLS})
			if err := client(t, s, func(c *SMTPConfig) { c.Protection = p }).Send(t.Context(), messageTo("alice@example.com")); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			got := s.Letters()
			if len(got) != 1 || got[0].From != "FROM:<sso@example.org>" || len(got[0].To) != 1 || got[0].To[0] != "TO:<alice@example.com>" || got[0].TLS != (p != Clear) {
				t.Fatalf("%s: got %+v", p, got)
			}
			if m := read(t, got[0].Content); m.text != "Hello,\n\nyou.\n" || m.html != "<p>Hello" || m.subject != "Hello" {
				t.Errorf("%s: got %+v", p, m)
			}
			if hello := lines(s.Transcript(), "EHLO"); hello[0] != "EHLO sso.example.org" {
				t.Errorf("%s: got %q", p, hello)
			}
		}
	})
	t.Run("the server hears the password by whatever way it offers", func(t *testing.T) {
		for _, way := range []string{"PLAIN", "LOGIN"} {
			s := mailtest.Start(t, mailtest.Options{Users: map[string]string{"bob": "secret"}, Script: func(c mailtest.Command) (a mailtest.Answer) {
				if c.Verb == "EHLO" && c.TLS {
					a.Reply = "250-localhost\n250 AUTH X-NEW " + way
				}
				return a
			}})
			if err := client(t, s, as("bob", "secret")).Send(t.Context(), messageTo("alice@example.com")); err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			if got := s.Letters(); len(got) != 1 || got[0].User != "bob" {
				t.Errorf("%s: got %+v", way, got)
			}
		}
	})
	t.Run("what one server says is bounded", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{Script: func(c mailtest.Command) (a mailtest.Answer) {
			if c.Verb == "EHLO" {
				a.Reply = strings.Repeat("250-"+strings.Repeat("x", 100)+"\n", 10_000) + "250 end"
			}
			return a
		}})
		if err := client(t, s).Send(t.Context(), messageTo("alice@example.com")); !errors.Is(troubleOf(t, err).Cause, errTooMuch) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a caller who gives up waits no longer", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{Script: waitsAt(".")})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		patient := Limits{Connect: time.Hour, Answer: time.Hour, Taken: time.Hour, Whole: time.Hour}
		c, over := client(t, s, func(c *SMTPConfig) { c.Limits = patient }), make(chan error, 1)
		go func() { over <- c.Send(ctx, messageTo("alice@example.com")) }()
		s.Await(t, "the content", func() bool { return slices.Contains(verbs(s.Transcript()), ".") })
		cancel()
		if err := <-over; !errors.Is(troubleOf(t, err).Cause, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a folder of authorities that is none is refused", func(t *testing.T) {
		for _, file := range []string{"smtp_test.go", "missing.pem"} {
			if _, err := NewSMTP(SMTPConfig{Host: "localhost", Protection: StartTLS, CAFile: file}); err == nil {
				t.Errorf("%s: got no error", file)
			}
		}
	})
}

func as(name, password string) func(*SMTPConfig) {
	return func(c *SMTPConfig) { c.Username, c.Password = name, password }
}

// waitsAt is a script that does not answer a verb.
func waitsAt(verb string) func(mailtest.Command) mailtest.Answer {
	never := make(chan struct{})
	return func(c mailtest.Command) (a mailtest.Answer) {
		if c.Verb == verb {
			a.Wait = never
		}
		return a
	}
}

// says is a script that answers a verb with something else.
func says(verb, reply string) func(mailtest.Command) mailtest.Answer {
	return func(c mailtest.Command) (a mailtest.Answer) {
		if c.Verb == verb {
			a.Reply = reply
		}
		return a
	}
}

func troubleOf(t testing.TB, err error) *Trouble {
	t.Helper()
	var trouble *Trouble
	if !errors.As(err, &trouble) {
		t.Fatalf("got %v, want a Trouble", err)
	}
	return trouble
}

// TestE06_NothingInClear: neither a password nor a letter goes over a
// connection that is not protected as configured.
func TestE06_NothingInClear(t *testing.T) {
	users := map[string]string{"bob": "secret"}
	for _, c := range []struct {
		name    string
		options mailtest.Options
		change  func(*SMTPConfig)
	}{
		{"E-06 STARTTLS is not offered", mailtest.Options{NoTLS: true}, nil},
		{"E-06 STARTTLS is not offered, and a password would be taken in clear", mailtest.Options{NoTLS: true, AuthInClear: true}, nil},
		{"E-06 STARTTLS is cut out of the offer", mailtest.Options{Script: says("EHLO", "250-localhost\n250-XXXXXXXA\n250 AUTH PLAIN LOGIN")}, nil},
		{"E-06 the server knows no EHLO", mailtest.Options{Script: says("EHLO", "502 what?")}, nil},
		{"E-06 STARTTLS is refused", mailtest.Options{AuthInClear: true, Script: says("STARTTLS", "454 4.7.0 not now")}, nil},
		{"E-06 STARTTLS is refused for good", mailtest.Options{AuthInClear: true, Script: says("STARTTLS", "502 no")}, nil},
		{"E-06 the certificate is for another host", mailtest.Options{WrongName: true}, nil},
		{"E-06 the certificate is of an unknown authority", mailtest.Options{}, func(c *SMTPConfig) { c.CAFile = "" }},
		{"E-06 the server speaks TLS 1.1 at most", mailtest.Options{MaxTLS: tls.VersionTLS11}, nil},
		{"E-06 implicit TLS to a server without", mailtest.Options{}, func(c *SMTPConfig) { c.Protection = ImplicitTLS }},
		{"E-06 implicit TLS with a certificate for another host", mailtest.Options{Implicit: true, WrongName: true}, func(c *SMTPConfig) { c.Protection = ImplicitTLS }},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Users = users
			s := mailtest.Start(t, c.options)
			change := func(sc *SMTPConfig) {
				as("bob", "secret")(sc)
				if c.change != nil {
					c.change(sc)
				}
			}
			err := client(t, s, change).Send(t.Context(), messageTo("alice@example.com"))
			if got := troubleOf(t, err); got.Verdict != Unsafe || got.Step != StepTLS {
				t.Errorf("got verdict %d at %s: %v; want it unsafe", got.Verdict, got.Step, err)
			}
			for _, said := range s.Transcript() {
				// A server that does not know TLS takes its bytes for commands.
				if slices.Contains([]string{"AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT"}, said.Verb) || strings.Contains(said.Line, "alice") || strings.Contains(said.Line, "secret") {
					t.Errorf("it said %q", said.Line)
				}
			}
		})
	}
	t.Run("E-06 a password and no protection is refused before anything is said", func(t *testing.T) {
		if _, err := NewSMTP(SMTPConfig{Host: "localhost", Username: "bob", Password: "secret", Protection: Clear}); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("E-06 a password is not said in clear, whatever is configured and offered", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{NoTLS: true, AuthInClear: true, Users: users})
		c := client(t, s, as("bob", "secret"))
		c.config.Protection = Clear
		got := troubleOf(t, c.Send(t.Context(), messageTo("alice@example.com")))
		if got.Verdict != Unsafe || got.Step != StepSignIn || slices.Contains(verbs(s.Transcript()), "AUTH") {
			t.Errorf("got verdict %d at %s", got.Verdict, got.Step)
		}
	})
	t.Run("E-06 what an attacker put behind the answer to STARTTLS is not heard", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{Users: users, Script: says("STARTTLS", "220 go ahead\n250-localhost\n250 AUTH PLAIN")})
		err := client(t, s, as("bob", "secret")).Send(t.Context(), messageTo("alice@example.com"))
		for _, said := range s.Transcript() {
			if said.Verb == "AUTH" && !said.TLS {
				t.Errorf("it said %q in clear", said.Line)
			}
		}
		if err == nil && len(s.Letters()) == 1 && !s.Letters()[0].TLS {
			t.Error("the letter went in clear")
		}
	})
}

func TestHelloName(t *testing.T) {
	for host, want := range map[string]string{
		"sso.example.org": "sso.example.org", "192.0.2.7": "[192.0.2.7]", "2001:db8::1": "[IPv6:2001:db8::1]", "": "localhost", "bücher.example": "localhost",
	} {
		if got := HelloName(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}
