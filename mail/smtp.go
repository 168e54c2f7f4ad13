package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Protection says how a connection to a mail server is protected.
type Protection string

// The protections.
const (
	// StartTLS begins in clear and says nothing but hello before it is protected
	// (RFC 3207). A server that does not offer it gets no letter.
	StartTLS Protection = "starttls"
	// ImplicitTLS is protected from the first byte (RFC 8314 §3.3).
	ImplicitTLS Protection = "tls"
	// Clear is not protected. A password is never sent that way.
	Clear Protection = "none"
)

// Limits are how long each part of sending may take.
type Limits struct {
	Connect time.Duration // finding and reaching the server
	Answer  time.Duration // each answer but the last
	Taken   time.Duration // the answer to a whole message
	Whole   time.Duration // everything together
}

// DefaultLimits are the limits for use. RFC 5321 §4.5.3.2 allows servers more,
// for messages of any size to many recipients at once.
func DefaultLimits() Limits {
	return Limits{Connect: 10 * time.Second, Answer: 30 * time.Second, Taken: 90 * time.Second, Whole: 2 * time.Minute}
}

// maxReplies bounds what a server may say in one conversation, in bytes.
const maxReplies = 256 << 10

// SMTPConfig is what an SMTP is made of.
type SMTPConfig struct {
	Host       string // its certificate must be for this name
	Port       int
	Username   string // "" sends without signing in
	Password   string
	Protection Protection
	CAFile     string // PEM; "" trusts the system's authorities
	Hello      string // our own name; see [HelloName]
	Limits     Limits // zero: DefaultLimits
}

// SMTP sends letters to one mail server (RFC 5321), each over a connection of
// its own. It never tells a password or a letter to a server whose connection
// is not protected as configured.
type SMTP struct {
	config SMTPConfig
	tls    *tls.Config
}

// NewSMTP checks c and reads the file of authorities. It does not connect.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits()
	}
	if c.Protection == Clear && c.Password != "" {
		return nil, errors.New("a password is not sent in clear")
	}
	s := &SMTP{config: c, tls: &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}}
	if c.CAFile == "" {
		return s, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read authorities: %w", err)
	}
	s.tls.RootCAs = x509.NewCertPool()
	if !s.tls.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read authorities: %s has no certificate", c.CAFile)
	}
	return s, nil
}

// HelloName is what to call ourselves: a host as it is, an address in brackets
// (RFC 5321 §4.1.3).
func HelloName(host string) string {
	ip := net.ParseIP(host)
	switch {
	case ip == nil && host != "" && ascii(host):
		return host
	case ip == nil:
		return "localhost"
	case ip.To4() != nil:
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}

// Send implements [Sender].
func (s *SMTP) Send(ctx context.Context, m Message) error {
	return s.Try(ctx, m, func(Step, string) {})
}

// Try is Send that tells of each step that went well, with what the server said
// to it. The Trouble it returns is of the next one.
func (s *SMTP) Try(ctx context.Context, m Message, tell func(step Step, said string)) error {
	to, content, t := m.bytes()
	if t != nil {
		return t
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Limits.Whole)
	defer cancel()
	c, t := s.connect(ctx)
	if t != nil {
		return t
	}
	defer c.close()
	tell(StepConnect, c.conn.RemoteAddr().String())
	for _, part := range c.parts(envelope{from: m.From.Address, to: to, content: content}) {
		said, t := part.do()
		if t != nil {
			return t
		}
		if said != "" {
			tell(part.step, said)
		}
	}
	c.bye()
	return nil
}

func (s *SMTP) connect(ctx context.Context) (*conversation, *Trouble) {
	dial, cancel := context.WithTimeout(ctx, s.config.Limits.Connect)
	defer cancel()
	address := net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port))
	raw, err := (&net.Dialer{}).DialContext(dial, "tcp", address)
	if err != nil {
		return nil, &Trouble{Step: StepConnect, Cause: err}
	}
	c := &conversation{SMTP: s, ctx: ctx, conn: &bounded{Conn: raw, left: maxReplies}}
	c.stop = context.AfterFunc(ctx, func() { _ = raw.Close() }) // whoever reads or writes gets an error
	return c, nil
}

var _ Sender = (*SMTP)(nil)
