package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/mail/mailtest"
)

// start is the moment at which tests begin.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

var sender = netmail.Address{Name: "Signet", Address: "sso@example.org"}

func newSealer(t testing.TB) *token.Sealer {
	t.Helper()
	s, err := token.NewSealer([]byte("Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// waiting is a letter in a memory.
type waiting struct {
	broker.Post
	due     time.Time
	reason  string
	givenUp bool
}

// memory is an outbox. Its calls fail with broken when that is set.
type memory struct {
	mu      sync.Mutex
	letters map[string]*waiting
	broken  error
	claims  int
	posted  chan struct{}
}

func newMemory() *memory {
	return &memory{letters: map[string]*waiting{}, posted: make(chan struct{}, 1)}
}

func (m *memory) Claim(_ context.Context, now time.Time, lease time.Duration, limit int) (out []broker.Post, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims++
	for _, l := range m.letters {
		if len(out) < limit && !l.givenUp && !l.due.After(now) && m.broken == nil {
			l.due = now.Add(lease)
			l.Tries++
			out = append(out, l.Post)
		}
	}
	return out, m.broken
}

func (m *memory) Sent(ctx context.Context, p broker.Post) error {
	return m.settle(ctx, p, func(*waiting) { delete(m.letters, p.ID) })
}

func (m *memory) Again(ctx context.Context, p broker.Post, due time.Time, reason string) error {
	return m.settle(ctx, p, func(l *waiting) { l.due, l.reason = due, reason })
}

func (m *memory) GiveUp(ctx context.Context, p broker.Post, _ time.Time, reason string) error {
	return m.settle(ctx, p, func(l *waiting) { l.givenUp, l.reason = true, reason })
}

func (m *memory) settle(ctx context.Context, p broker.Post, do func(*waiting)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.letters[p.ID]; l != nil && l.Tries == p.Tries && m.broken == nil {
		do(l)
	}
	return m.broken
}

func (m *memory) Backlog(context.Context) (n int, oldest time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.letters {
		if l.givenUp {
			continue
		}
		n++
		if oldest.IsZero() || l.Created.Before(oldest) {
			oldest = l.Created
		}
	}
	return n, oldest, m.broken
}

func (m *memory) Posted() <-chan struct{} { return m.posted }

// all is what waits or was given up.
func (m *memory) all() (out []waiting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.letters {
		out = append(out, *l)
	}
	return out
}

// record keeps events.
type record struct {
	mu     sync.Mutex
	events []broker.Event
}

func (r *record) Record(_ context.Context, e broker.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// named are the events of a name.
func (r *record) named(name string) (out []broker.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Name == name {
			out = append(out, e)
		}
	}
	return out
}

// office is a worker with all around it.
type office struct {
	*Worker
	t      testing.TB
	outbox *memory
	audit  *record
	log    *bytes.Buffer
	now    time.Time
}

// newOffice returns a worker at the moment start.
func newOffice(t testing.TB, s Sender) *office {
	t.Helper()
	o := &office{t: t, outbox: newMemory(), audit: &record{}, log: &bytes.Buffer{}, now: start}
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	o.Worker, err = NewWorker(Config{
		Outbox: o.outbox, Sender: s, Templates: templates, Sealer: newSealer(t), From: sender, Site: "sso.example.org",
		Audit: o.audit, Log: slog.New(slog.NewJSONHandler(o.log, nil)), Now: func() time.Time { return o.now }, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

const link = "https://sso.example.org/reset?token=0123456789-abc_DEF"

func letterTo(to string) broker.Letter {
	return broker.Letter{
		Kind: broker.LetterReset, To: to, Name: "Alice", Link: link, Expires: start.Add(2 * time.Hour),
		Address: "192.0.2.7", Device: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", At: start,
	}
}

// post posts letters.
func (o *office) post(letters ...broker.Letter) {
	o.t.Helper()
	for _, l := range letters {
		p := broker.Post{ID: uuid.NewString(), Created: o.now}
		var err error
		if p.Sealed, err = broker.SealLetter(o.Sealer, p.ID, l); err != nil {
			o.t.Fatal(err)
		}
		o.outbox.letters[p.ID] = &waiting{Post: p, due: p.Created}
	}
	select {
	case o.outbox.posted <- struct{}{}:
	default:
	}
}

// pass lets the worker do what it does at each tick, and waits for it.
func (o *office) pass() {
	var busy sync.WaitGroup
	o.fill(o.t.Context(), &busy, make(chan struct{}, 100), make(chan struct{}, 1))
	busy.Wait()
}

// client is an SMTP client for a server, whose certificate it trusts.
func client(t testing.TB, s *mailtest.Server, changes ...func(*SMTPConfig)) *SMTP {
	t.Helper()
	c := SMTPConfig{Host: s.Host, Port: s.Port, Protection: StartTLS, CAFile: s.CAFile, Hello: "sso.example.org"}
	for _, change := range changes {
		change(&c)
	}
	out, err := NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func messageTo(to string) Message {
	return Message{ID: "7c9e6679-7425-40de-944b-e07fc1f90ae7", Created: start, From: sender, To: to, Subject: "Hello", Text: "Hello,\n\nyou.\n", HTML: "<p>Hello"}
}

// seen is a message as a mail program shows it.
type seen struct {
	header     netmail.Header
	subject    string
	text, html string
}

func read(t testing.TB, content string) (out seen) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(content))
	if err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	out.header = m.Header
	if out.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for _, part := range []*string{&out.text, &out.html} {
		p, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(p)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		*part = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
	if _, err := r.NextRawPart(); err != io.EOF {
		t.Errorf("after two parts: %v, want no more", err)
	}
	return out
}

// verbs are the commands of a client, in order.
func verbs(all []mailtest.Command) (out []string) {
	for _, c := range all {
		out = append(out, c.Verb)
	}
	return out
}

// lines are the commands with a verb.
func lines(all []mailtest.Command, verb string) (out []string) {
	for _, c := range all {
		if c.Verb == verb {
			out = append(out, c.Line)
		}
	}
	return out
}
