package mail

import (
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/mail/mailtest"
)

// TestVerdicts: what becomes of a letter depends on what the server says where.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		verb, reply string
		want        Verdict
		step        Step
	}{
		{"", "421 too busy", Later, StepGreeting},
		{"", "554 you are on a list", Operator, StepGreeting},
		{"EHLO", "421 4.3.2 closing", Unsafe, StepTLS}, // HELO works then, and offers no protection
		{"MAIL", "451 4.3.0 later", Later, StepSender},
		{"MAIL", "553 5.7.1 not your address", Operator, StepSender},
		{"MAIL", "553 5.1.8 no such domain", Operator, StepSender},
		{"MAIL", "530 5.7.0 sign in first", Operator, StepSender},
		{"RCPT", "450 4.2.0 greylisted", Later, StepRecipient},
		{"RCPT", "452 4.2.2 mailbox full", Later, StepRecipient},
		{"RCPT", "550 5.1.1 <alice@example.com>: no such user", Never, StepRecipient},
		{"RCPT", "550 no such user", Never, StepRecipient},
		{"RCPT", "552 5.2.2 mailbox full", Never, StepRecipient},
		{"RCPT", "553 bad address", Never, StepRecipient},
		{"RCPT", "554 5.7.1 <alice@example.com>: Relay access denied", Operator, StepRecipient},
		{"RCPT", "550 relay not permitted", Operator, StepRecipient},
		{"RCPT", "530 5.7.0 sign in first", Operator, StepRecipient},
		{"RCPT", "530 sign in first", Operator, StepRecipient},
		{"DATA", "451 4.3.0 later", Later, StepContent},
		{"DATA", "554 5.5.1 no valid recipients", Operator, StepContent},
		{".", "451 4.7.1 try again", Later, StepContent},
		{".", "554 5.7.1 looks like spam", Operator, StepContent},
		{".", "554 no", Operator, StepContent},
		{".", "552 5.2.2 mailbox full", Never, StepContent},
	} {
		t.Run(c.verb+" "+c.reply, func(t *testing.T) {
			s := mailtest.Start(t, mailtest.Options{Script: says(c.verb, c.reply)})
			got := troubleOf(t, client(t, s).Send(t.Context(), messageTo("alice@example.com")))
			if got.Verdict != c.want || got.Step != c.step {
				t.Errorf("got verdict %d at %s, want %d at %s", got.Verdict, got.Step, c.want, c.step)
			}
			if strings.Contains(got.Error(), "alice") {
				t.Errorf("E-09: %q names the recipient", got.Error())
			}
			if len(s.Letters()) != 0 {
				t.Error("the server took the letter")
			}
		})
	}
	t.Run("a wrong password is the operator's", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{Users: map[string]string{"bob": "secret"}})
		got := troubleOf(t, client(t, s, as("bob", "sEcret")).Send(t.Context(), messageTo("alice@example.com")))
		if got.Verdict != Operator || got.Step != StepSignIn {
			t.Errorf("got verdict %d at %s", got.Verdict, got.Step)
		}
	})
	t.Run("a server that is not there is tried again", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{})
		s.Stop()
		got := troubleOf(t, client(t, s).Send(t.Context(), messageTo("alice@example.com")))
		if got.Verdict != Later || got.Step != StepConnect {
			t.Errorf("got verdict %d at %s", got.Verdict, got.Step)
		}
	})
}

// TestBrokenConversations: a server that dies or is too slow, wherever, is
// tried again.
func TestBrokenConversations(t *testing.T) {
	for _, verb := range []string{"", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "."} {
		for name, a := range map[string]mailtest.Answer{"hangs up": {Drop: true}, "does not answer": {Wait: make(chan struct{})}} {
			t.Run("the server "+name+" at "+verb, func(t *testing.T) {
				s := mailtest.Start(t, mailtest.Options{Users: map[string]string{"bob": "secret"}, Script: func(c mailtest.Command) mailtest.Answer {
					if c.Verb == verb || verb == "EHLO" && c.Verb == "HELO" {
						return a
					}
					return mailtest.Answer{}
				}})
				impatient := func(c *SMTPConfig) {
					as("bob", "secret")(c)
					if a.Wait != nil {
						c.Limits = Limits{Connect: time.Minute, Answer: 200 * time.Millisecond, Taken: 200 * time.Millisecond, Whole: time.Minute}
					}
				}
				got := troubleOf(t, client(t, s, impatient).Send(t.Context(), messageTo("alice@example.com")))
				if got.Verdict != Later {
					t.Errorf("got verdict %d: %v", got.Verdict, got)
				}
				if want := map[bool]string{true: "no answer in time", false: "the server hung up"}[a.Wait != nil]; !strings.HasSuffix(got.Error(), want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
	t.Run("the whole takes no longer than it may", func(t *testing.T) {
		s := mailtest.Start(t, mailtest.Options{Script: waitsAt("MAIL")})
		limits := Limits{Connect: time.Minute, Answer: time.Minute, Taken: time.Minute, Whole: 300 * time.Millisecond}
		got := troubleOf(t, client(t, s, func(c *SMTPConfig) { c.Limits = limits }).Send(t.Context(), messageTo("alice@example.com")))
		if got.Verdict != Later || !strings.HasSuffix(got.Error(), "no answer in time") {
			t.Errorf("got %v", got)
		}
	})
}
