package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/mail"
)

func (p *program) mailTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test ADDRESS",
		Short: "Send a letter to an address step by step and say what to change",
		Long: `Send a letter to an address over the configured mail server, at once and past
the letters that wait: what was done, how long it took and, for the step that
failed, what the server said and what to change. Without mail.smtp the letter is
written to mail.directory.`,
		Args: named,
		RunE: func(cmd *cobra.Command, args []string) error { return p.testMail(cmd.Context(), args[0]) },
	}
}

func (p *program) testMail(ctx context.Context, to string) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	m, err := testMessage(c, to)
	if err != nil {
		return err
	}
	if c.Mail.SMTP == nil {
		sender, err := mailSender(c)
		if err != nil {
			return err
		}
		if err := sender.Send(ctx, m); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "mail.smtp is not set: the letter was written to %s\n", c.Mail.Directory)
		return nil
	}
	server, err := mailServer(c)
	if err != nil {
		return err
	}
	return p.printSteps("mail.smtp", tryMail(ctx, server, m, c.Mail.SMTP))
}

func testMessage(c *config.Config, to string) (mail.Message, error) {
	id, err := uuid.NewRandomFromReader(rand.Reader)
	if err != nil {
		return mail.Message{}, err
	}
	from, err := mailFrom(c)
	site := c.PublicURL.Host
	text := "This is a test from " + site + ".\n\nIt arrived, so letters of " + site + " can reach you.\n"
	return mail.Message{
		ID: id.String(), Created: time.Now(), From: from, To: to, Subject: "A test from " + site,
		Text: text, HTML: "<p>This is a test. It arrived, so letters can reach you.</p>\n",
	}, err
}

// tryMail is the conversation as steps. The server's own words are shown, since
// whoever asks is the operator.
func tryMail(ctx context.Context, server *mail.SMTP, m mail.Message, s *config.SMTP) []drivers.Step {
	var steps []drivers.Step
	begun := time.Now()
	took := func() time.Duration {
		d := time.Since(begun)
		begun = time.Now()
		return d
	}
	err := server.Try(ctx, m, func(step mail.Step, said string) {
		steps = append(steps, drivers.Step{Name: string(step), Detail: said, Took: took()})
	})
	var trouble *mail.Trouble
	if errors.As(err, &trouble) {
		steps = append(steps, drivers.Step{Name: string(trouble.Step), Took: took(), Err: trouble.Cause, Fix: mailFix(trouble, s)})
	}
	return steps
}

// mailFix is what to change.
func mailFix(t *mail.Trouble, s *config.SMTP) string {
	switch t.Step {
	case mail.StepConnect:
		return connectFix(t.Cause)
	case mail.StepTLS:
		return tlsFix(t.Cause, s)
	case mail.StepSignIn:
		return "correct mail.smtp.username and password; many providers want a password for applications here"
	case mail.StepGreeting, mail.StepHello:
		return "mail.smtp.port may be that of another service or need tls: tls; else ask who runs the server why it does not speak to this machine"
	case mail.StepSender:
		return "set mail.from to an address that the server lets this account use, or set mail.smtp.username and password"
	case mail.StepRecipient:
		if t.Verdict == mail.Operator {
			return "the server does not relay for us: set mail.smtp.username and password, or allow this machine there"
		}
		return "try another address; the server refuses this one"
	}
	return "the server does not take the letter; its words above, and its log, say why"
}

func connectFix(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "correct mail.smtp.host, or the name server"
	}
	return "correct mail.smtp.host and port, start the server, or look for a firewall: many networks close port 25"
}

func tlsFix(err error, s *config.SMTP) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	var said *textproto.Error
	switch {
	case errors.As(err, &unknown):
		return "the certificate is of an unknown authority: name its file as mail.smtp.ca_file"
	case errors.As(err, &name):
		return "write as mail.smtp.host the name that the certificate is for"
	case errors.As(err, &record) && s.TLS == "tls":
		return "this port does not begin with TLS: write tls: starttls, or the port for TLS, which is mostly 465"
	case errors.As(err, &said), s.TLS == "starttls":
		return "the server does not protect the connection on this port: write the port for submission, mostly 587, or tls: tls with 465"
	}
	return "the server needs TLS 1.2 or newer and a certificate for mail.smtp.host"
}
