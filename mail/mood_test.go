package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/mail/mailtest"
)

// TestMood: the log has one line for each change of how things stand.
func TestMood(t *testing.T) {
	down := &Trouble{Step: StepConnect, Cause: errors.New("connection refused")}
	slow := &Trouble{Step: StepGreeting, Cause: io.EOF}
	grey := &Trouble{Step: StepRecipient, Cause: &textproto.Error{Code: 450, Msg: "later"}}
	signIn := &Trouble{Verdict: Operator, Step: StepSignIn, Cause: &textproto.Error{Code: 535, Msg: "no"}}
	unsafe := &Trouble{Verdict: Unsafe, Step: StepTLS, Cause: errNoStartTLS}
	const warn, back = "letters do not leave; they wait and are tried again", "letters leave again"
	for _, c := range []struct {
		name  string
		tries []*Trouble
		want  []string
		tls   int
	}{
		{"all is well", []*Trouble{nil, nil}, nil, 0},
		{"a server that is down all night", []*Trouble{down, down, slow, down, nil, nil}, []string{warn, back}, 0},
		{"twice down", []*Trouble{down, nil, down, nil}, []string{warn, back, warn, back}, 0},
		{"something else each time", []*Trouble{down, signIn, signIn, unsafe, unsafe, nil}, []string{warn, warn, warn, back}, 1},
		{"E-06 no protection, twice", []*Trouble{unsafe, unsafe, nil, unsafe}, []string{warn, back, warn}, 2},
		{"recipients who are refused or put off", []*Trouble{refused, nil, grey, nil, refused}, nil, 0},
		{"a process that ends in the middle", []*Trouble{nil, {Step: StepContent, Cause: context.Canceled}, nil}, nil, 0},
		{"a recipient who is put off while the server is down", []*Trouble{down, grey, refused, down}, []string{warn}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &filed{}
			o := newOffice(t, f)
			for _, trouble := range c.tries {
				f.answer = nil
				if trouble != nil {
					f.answer = fails(trouble)
				}
				o.outbox.letters = map[string]*waiting{}
				o.post(letterTo("alice@example.com"))
				o.pass()
			}
			var got []string
			for line := range strings.SplitSeq(strings.TrimSpace(o.log.String()), "\n") {
				if _, rest, ok := strings.Cut(line, `"msg":"`); ok {
					message, _, _ := strings.Cut(rest, `"`)
					got = append(got, message)
				}
			}
			if strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if n := len(o.audit.named(broker.EventMailTLS)); n != c.tls {
				t.Errorf("%d events of TLS, want %d", n, c.tls)
			}
		})
	}
	t.Run("a store that is down is one line, and one when it is back", func(t *testing.T) {
		o := newOffice(t, &filed{})
		for _, err := range []error{nil, io.EOF, io.EOF, nil, nil} {
			o.outbox.broken = err
			o.pass()
		}
		if n := strings.Count(o.log.String(), "\n"); n != 2 {
			t.Errorf("got %s", o.log)
		}
	})
}

// TestE09_NothingLeaks: neither log nor record nor reason holds what is in a
// letter or whom it is for, whatever the server says.
func TestE09_NothingLeaks(t *testing.T) {
	const to = "alice.in.wonderland@example.com"
	for _, verb := range []string{"", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "."} {
		for _, code := range []string{"451 4.3.0", "550 5.1.1", "554"} {
			t.Run("E-09 "+code+" to "+verb, func(t *testing.T) {
				s := mailtest.Start(t, mailtest.Options{
					Users:  map[string]string{"bob": "a secret of bob"},
					Script: says(verb, code+" <"+to+"> "+link+" a secret of bob"),
				})
				o := newOffice(t, client(t, s, as("bob", "a secret of bob")))
				o.post(letterTo(to))
				o.pass()
				got := o.outbox.all()
				if len(got) != 1 {
					t.Fatalf("%d letters wait", len(got))
				}
				said := o.log.String() + fmt.Sprintf("%+v", o.audit.events) + got[0].reason
				for _, e := range o.audit.events {
					said += e.Err.Error()
				}
				for _, secret := range []string{"wonderland", "token=", "0123456789-abc_DEF", "a secret of bob", "Alice"} {
					if strings.Contains(said, secret) {
						t.Errorf("%q is in %s", secret, said)
					}
				}
				if got[0].reason == "" || !strings.Contains(got[0].reason, code[:3]) && verb != "EHLO" {
					t.Errorf("the reason %q does not help", got[0].reason)
				}
			})
		}
	}
}
