package attack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// request is one request as its bytes will be. Lines are header lines without
// their ends; those in honest are not shown when a finding is, since every
// client sends them and they may hold a token.
type request struct {
	method, target, proto string
	honest, odd           []string
	body                  string
	// hold waits for more answers than the first.
	hold bool
}

func (q request) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s", q.method, q.target)
	if q.proto != "" {
		b.WriteString(" " + q.proto)
	}
	b.WriteString("\r\n")
	if q.proto == "" {
		return b.Bytes() // HTTP/0.9 ends here
	}
	for _, line := range append(append([]string{}, q.honest...), q.odd...) {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n" + q.body)
	return b.Bytes()
}

// reply is what came back: the answers in their order, none when the
// connection was closed without a word.
type reply struct {
	answers []answer
	// silent is a set-up that went on waiting.
	silent bool
}

// answer is one answer.
type answer struct {
	status int
	header http.Header
	body   []byte
	// seen is what the application received, nil when it did not answer or is
	// not Echo.
	seen *Received
}

// first is the first answer, of status 0 when there is none.
func (r reply) first() answer {
	if len(r.answers) == 0 {
		return answer{header: http.Header{}}
	}
	return r.answers[0]
}

// line sends requests, each on a connection of its own.
type line struct {
	address string
	tls     *tls.Config // nil: without
	timeout time.Duration
	// quiet is how long a connection may say nothing after its first answer
	// until no other is expected.
	quiet time.Duration
	tick  *time.Ticker
	sent  int
}

// send returns an error only if the set-up cannot be reached: a connection
// that is closed, or on which nothing comes, is a reply.
func (l *line) send(ctx context.Context, q request) (reply, error) {
	select {
	case <-ctx.Done():
		return reply{}, ctx.Err()
	case <-l.tick.C:
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	conn, err := l.dial(ctx)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	l.sent++
	// A server may refuse before it has read all: its answer counts.
	_, _ = conn.Write(q.bytes())
	return l.read(conn, q), nil
}

func (l *line) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", l.address)
	if err != nil || l.tls == nil {
		return conn, err
	}
	c := tls.Client(conn, l.tls)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// maxAnswers is how many answers to one request are read.
const maxAnswers = 4

func (l *line) read(conn net.Conn, q request) reply {
	var r reply
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(io.LimitReader(conn, 4*maxBody), &raw))
	for len(r.answers) < maxAnswers {
		a, err := readAnswer(in, q.method)
		if err != nil {
			if len(r.answers) == 0 {
				r.silent = errors.Is(err, os.ErrDeadlineExceeded)
				r.answers = rawAnswer(in, &raw)
			}
			return r
		}
		r.answers = append(r.answers, a)
		if !q.hold {
			return r
		}
		if conn.SetReadDeadline(time.Now().Add(l.quiet)) != nil {
			return r
		}
	}
	return r
}

func readAnswer(in *bufio.Reader, method string) (answer, error) {
	resp, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	// A body that ends too soon is judged by what there is of it.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	_ = resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header, body: body}
	if resp.Header.Get(echoMark) != "" {
		a.seen = decodeEcho(body)
	}
	return a, nil
}

// rawAnswer is what came instead of an answer with a status, as HTTP/0.9 has
// none.
func rawAnswer(in io.Reader, raw *bytes.Buffer) []answer {
	_, _ = io.Copy(io.Discard, io.LimitReader(in, maxBody))
	if raw.Len() == 0 {
		return nil
	}
	a := answer{header: http.Header{}, body: raw.Bytes()}
	if i := bytes.Index(a.body, []byte(`{"signet_guard_echo"`)); i >= 0 {
		a.seen = decodeEcho(a.body[i:])
	}
	return []answer{a}
}

// decodeEcho is what an answer of Echo tells. One without a body, as to HEAD,
// tells that the application answered and no more.
func decodeEcho(body []byte) *Received {
	var e echoed
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&e)
	return &e.Received
}

// bearer is the header line that carries a token.
func bearer(token string) string { return "Authorization: Bearer " + token }

func cookie(name string, tokens ...string) string {
	pairs := make([]string, len(tokens))
	for i, t := range tokens {
		pairs[i] = name + "=" + t
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}
