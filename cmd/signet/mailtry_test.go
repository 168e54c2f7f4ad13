package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/signet-sso/signet/mail/mailtest"
)

var blanks = regexp.MustCompile(`  +`)

// TestMailTest runs the conversation with servers that are well and servers
// that are not.
func TestMailTest(t *testing.T) {
	says := func(verb, reply string) func(mailtest.Command) mailtest.Answer {
		return func(c mailtest.Command) (a mailtest.Answer) {
			if c.Verb == verb {
				a.Reply = reply
			}
			return a
		}
	}
	const signIn = ", username: bob, password: a secret of bob"
	users := map[string]string{"bob": "a secret of bob"}
	for _, c := range []struct {
		name    string
		options mailtest.Options
		smtp    string
		want    []string // in this order
	}{
		{"all is well", mailtest.Options{Users: users}, signIn, []string{
			"ok  connect", "ok  greeting", "ok  hello", "ok  TLS", "TLS 1.3, mailtest", "ok  sign in", "PLAIN", "ok  sender", "sso@example.org", "ok  recipient", "zoe@example.org", "ok  content", "\nmail.smtp works\n",
		}},
		{"tls from the first byte", mailtest.Options{Implicit: true}, ", tls: tls", []string{"ok  connect", "ok  TLS", "ok  greeting", "mail.smtp works"}},
		{"the password is wrong", mailtest.Options{Users: users}, ", username: bob, password: another", []string{
			"FAILED  sign in", `535 "5.7.8 wrong name or password"`, "what to change: correct mail.smtp.username and password",
		}},
		{"nobody signed in", mailtest.Options{Users: users}, "", []string{"FAILED  sender", `530 "5.7.0 Authentication required"`, "what to change: set mail.from to an address", "mail.smtp.username"}},
		{"STARTTLS is not offered", mailtest.Options{NoTLS: true}, "", []string{"FAILED  TLS", "the server does not offer STARTTLS", "what to change: the server does not protect the connection on this port"}},
		{"tls where starttls is spoken", mailtest.Options{}, ", tls: tls", []string{"FAILED  TLS", "what to change: this port does not begin with TLS: write tls: starttls"}},
		{"the certificate is for another host", mailtest.Options{WrongName: true}, "", []string{"FAILED  TLS", "mail.elsewhere.test", "what to change: write as mail.smtp.host the name that the certificate is for"}},
		{"the authority is unknown", mailtest.Options{}, ", ca_file: ''", []string{"FAILED  TLS", "what to change: the certificate is of an unknown authority: name its file as mail.smtp.ca_file"}},
		{"the server does not relay", mailtest.Options{Script: says("RCPT", "554 5.7.1 Relay access denied")}, "", []string{"FAILED  recipient", `554 "5.7.1 Relay access denied"`, "what to change: the server does not relay for us"}},
		{"the recipient is refused", mailtest.Options{Script: says("RCPT", "550 5.1.1 no such user")}, "", []string{"FAILED  recipient", "what to change: try another address"}},
		{"the letter is refused", mailtest.Options{Script: says(".", "554 5.6.0 no")}, "", []string{"FAILED  content", `554 "5.6.0 no"`, "what to change: the server does not take the letter"}},
		{"it is another service", mailtest.Options{Script: says("", "500 what?")}, "", []string{"FAILED  greeting", "what to change: mail.smtp.port may be that of another service"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mailtest.Start(t, c.options)
			ca := ", ca_file: " + s.CAFile
			if strings.Contains(c.smtp, "ca_file") {
				ca = ""
			}
			text := fmt.Sprintf("mail: {from: sso@example.org, smtp: {host: localhost, port: %d%s%s}}\n", s.Port, ca, c.smtp)
			path := filepath.Join(t.TempDir(), "providers.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, complaints bytes.Buffer
			p := program{in: strings.NewReader(""), out: &out, err: &complaints, environ: []string{"SIGNET_SECRET=Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"}}
			code := p.run(t.Context(), []string{"mail", "test", "zoe@example.org", "--config", path})
			works := strings.Contains(out.String(), "mail.smtp works")
			if (code == 0) != works || works != (len(s.Letters()) == 1) {
				t.Errorf("exit code %d and %d letters", code, len(s.Letters()))
			}
			rest := blanks.ReplaceAllString(out.String(), "  ")
			for _, want := range c.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("no %q, in this order, in\n%s%s", want, out.String(), complaints.String())
				}
				rest = after
			}
			if strings.Contains(out.String()+complaints.String(), "secret of bob") {
				t.Errorf("E-09: the password is in\n%s%s", out.String(), complaints.String())
			}
		})
	}
}
