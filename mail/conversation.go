package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

var (
	errTooMuch    = errors.New("the server says more than fits")
	errNoStartTLS = errors.New("the server does not offer STARTTLS")
	errNoSignIn   = errors.New("the server offers no way to sign in that we know: PLAIN, LOGIN, CRAM-MD5 or SCRAM")
	errInClear    = errors.New("a password is not sent in clear")
	errNoSMTPUTF8 = errors.New("the address needs a server with SMTPUTF8, and this one does not offer it")
)

// conversation is one connection to the server, from greeting to goodbye.
type conversation struct {
	*SMTP
	ctx    context.Context // of the one Send that it belongs to
	conn   net.Conn
	client *smtp.Client
	stop   func() bool
}

// envelope is what is delivered.
type envelope struct {
	from    string
	to      mailbox
	content []byte
}

// part is a step with what does it: it returns what the server said, "" when
// there was nothing to do.
type part struct {
	step Step
	do   func() (string, *Trouble)
}

// parts are the steps in their order. Nothing but EHLO and STARTTLS is said
// before startTLS has succeeded, unless the connection is meant to be clear.
func (c *conversation) parts(e envelope) []part {
	return []part{
		{StepTLS, c.tlsFirst},
		{StepGreeting, c.greeting},
		{StepHello, c.hello},
		{StepTLS, c.startTLS},
		{StepSignIn, c.signIn},
		{StepSender, func() (string, *Trouble) { return c.sender(e) }},
		{StepRecipient, func() (string, *Trouble) { return c.recipient(e) }},
		{StepContent, func() (string, *Trouble) { return c.data(e) }},
	}
}

// within gives the next answer its time.
func (c *conversation) within(limit time.Duration) {
	_ = c.conn.SetDeadline(time.Now().Add(limit)) // a closed connection says so when it is used
}

// trouble is judge, but for a conversation whose time is over.
func (c *conversation) trouble(step Step, err error) *Trouble {
	if c.ctx.Err() != nil {
		return &Trouble{Step: step, Cause: context.Cause(c.ctx)}
	}
	return judge(step, err)
}

func (c *conversation) tlsFirst() (string, *Trouble) {
	if c.config.Protection != ImplicitTLS {
		return "", nil
	}
	c.within(c.config.Limits.Answer)
	secure := tls.Client(c.conn, c.tls)
	if err := secure.HandshakeContext(c.ctx); err != nil {
		return "", c.unsafe(err)
	}
	c.conn = secure
	return describe(secure.ConnectionState()), nil
}

// unsafe is the trouble of a connection that cannot be protected. A network
// that breaks off is none: it tells nothing.
func (c *conversation) unsafe(err error) *Trouble {
	t := c.trouble(StepTLS, err)
	var network *net.OpError
	// "remote error" is an alert: the server's answer, and no network's.
	broken := errors.As(err, &network) && network.Op != "remote error" || errors.Is(err, io.EOF)
	if !broken && !timedOut(err) && c.ctx.Err() == nil {
		t.Verdict = Unsafe
	}
	return t
}

func describe(s tls.ConnectionState) string {
	return tls.VersionName(s.Version) + ", " + s.PeerCertificates[0].Subject.CommonName
}

func (c *conversation) greeting() (string, *Trouble) {
	c.within(c.config.Limits.Answer)
	client, err := smtp.NewClient(c.conn, c.config.Host)
	if err != nil {
		return "", c.trouble(StepGreeting, err)
	}
	client.SkipSMTPUTF8(true)
	c.client = client
	return "ready", nil
}

func (c *conversation) hello() (string, *Trouble) {
	c.within(c.config.Limits.Answer)
	if err := c.client.Hello(c.config.Hello); err != nil {
		return "", c.trouble(StepHello, err)
	}
	return oneLine(c.client.HelloResponse()), nil
}

func (c *conversation) startTLS() (string, *Trouble) {
	if c.config.Protection != StartTLS {
		return "", nil
	}
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		return "", &Trouble{Verdict: Unsafe, Step: StepTLS, Cause: errNoStartTLS}
	}
	c.within(c.config.Limits.Answer)
	if err := c.client.StartTLS(c.tls); err != nil {
		return "", c.unsafe(err)
	}
	s, ok := c.client.TLSConnectionState()
	if !ok || !s.HandshakeComplete {
		return "", &Trouble{Verdict: Unsafe, Step: StepTLS, Cause: errNoStartTLS}
	}
	return describe(s), nil
}

// signIn is asked for when a user name is configured, and never in clear,
// whatever the server offers.
func (c *conversation) signIn() (string, *Trouble) {
	if c.config.Username == "" {
		return "", nil
	}
	if _, ok := c.client.TLSConnectionState(); !ok {
		return "", &Trouble{Verdict: Unsafe, Step: StepSignIn, Cause: errInClear}
	}
	_, offered := c.client.Extension("AUTH")
	name, auth := c.auth(strings.Fields(strings.ToUpper(offered)))
	if auth == nil {
		return "", &Trouble{Verdict: Operator, Step: StepSignIn, Cause: errNoSignIn}
	}
	c.within(c.config.Limits.Answer)
	if err := c.client.Auth(auth); err != nil {
		return "", c.trouble(StepSignIn, err)
	}
	return name, nil
}

// auth is the way to sign in that tells the server least, of those it offers.
func (c *conversation) auth(offered []string) (string, smtp.Auth) {
	name, password, host := c.config.Username, c.config.Password, c.config.Host
	for _, way := range []struct {
		name string
		auth func() smtp.Auth
	}{
		{"SCRAM-SHA-256", func() smtp.Auth { return smtp.ScramSHA256Auth(name, password) }},
		{"SCRAM-SHA-1", func() smtp.Auth { return smtp.ScramSHA1Auth(name, password) }},
		{"PLAIN", func() smtp.Auth { return smtp.PlainAuth("", name, password, host, false) }},
		{"LOGIN", func() smtp.Auth { return smtp.LoginAuth(name, password, host, false) }},
		{"CRAM-MD5", func() smtp.Auth { return smtp.CRAMMD5Auth(name, password) }},
	} {
		if slices.Contains(offered, way.name) {
			return way.name, way.auth()
		}
	}
	return "", nil
}

func (c *conversation) sender(e envelope) (string, *Trouble) {
	if e.to.utf8 {
		if offered, _ := c.client.Extension("SMTPUTF8"); !offered {
			return "", &Trouble{Verdict: Never, Step: StepRecipient, Cause: errNoSMTPUTF8}
		}
		c.client.SkipSMTPUTF8(false)
	}
	c.within(c.config.Limits.Answer)
	if err := c.client.Mail("<" + e.from + ">"); err != nil {
		return "", c.trouble(StepSender, err)
	}
	return e.from, nil
}

func (c *conversation) recipient(e envelope) (string, *Trouble) {
	c.within(c.config.Limits.Answer)
	if err := c.client.Rcpt("<" + e.to.address + ">"); err != nil {
		return "", c.trouble(StepRecipient, err)
	}
	return e.to.address, nil
}

// data sends the content, whose dots the library doubles (RFC 5321 §4.5.2), and
// waits until the server has taken it.
func (c *conversation) data(e envelope) (string, *Trouble) {
	c.within(c.config.Limits.Answer)
	w, err := c.client.Data()
	if err != nil {
		return "", c.trouble(StepContent, err)
	}
	if _, err := w.Write(e.content); err != nil {
		return "", c.trouble(StepContent, err)
	}
	c.within(c.config.Limits.Taken)
	if err := w.Close(); err != nil {
		return "", c.trouble(StepContent, err)
	}
	return fmt.Sprintf("%d bytes taken", len(e.content)), nil
}

// bye ends a conversation that went well; what the server says to it does not
// matter any more.
func (c *conversation) bye() {
	c.within(time.Second)
	_ = c.client.Quit()
}

func (c *conversation) close() {
	c.stop()
	_ = c.conn.Close()
}

// bounded is a connection from which not more than left bytes are read.
type bounded struct {
	net.Conn
	left int
}

// Read implements io.Reader. It is called by one goroutine at a time.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
