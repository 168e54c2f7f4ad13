// Package attack tries the known ways round a proxy that asks a guard about
// each request, and says of each whether the set-up held.
//
// It is a client and no more: it knows nothing of how the proxy and the guard
// are made. It writes requests byte by byte, since the libraries for HTTP would
// mend what makes a request an attack. What it cannot see from outside it
// learns from Echo, put in the place of the application.
package attack

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/url"
	"time"
)

// Config is what to attack, and with what.
type Config struct {
	// URL is where the set-up listens: scheme, host and port count.
	URL *url.URL
	// Protected is a path that needs a sign-in, and which both persons may see.
	Protected string
	// Public is a path that needs none. Empty: what needs one is not tried.
	Public string
	// Forbidden is a path that the first person may not see. Empty: what needs
	// one is not tried, or tried with Protected and without a credential.
	Forbidden string
	// Token and Other are access tokens of two persons, both of whom may see
	// Protected. Empty ones: what needs them is not tried.
	Token, Other string
	// CookieName is the name of the session cookie, and CookieToken what the
	// first person's holds. An empty CookieToken is Token.
	CookieName, CookieToken string
	// Timeout bounds each request, its connection included.
	Timeout time.Duration
	// Rate is how many requests go out in one second, at the most.
	Rate int
	// TLS is how https is spoken. Nil: as usual.
	TLS *tls.Config
	// Random makes the values by which a spoofed field is known again.
	Random io.Reader
}

// Verdict is how an attack ended.
type Verdict string

// The verdicts. NotSeen is an attack whose end does not show from outside:
// nothing is known to be wrong, and nothing is known to be right.
const (
	Held     Verdict = "held"
	Broken   Verdict = "broken"
	NotSeen  Verdict = "not seen"
	NotTried Verdict = "not tried"
)

// Finding is what came of one attack. No text in it holds a token, and all of
// it is printable.
type Finding struct {
	Class   string  `json:"class"`
	Name    string  `json:"name"`
	ID      string  `json:"id,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Sent and Got are the request and the answer of a broken one, Mend is what
	// to change.
	Sent string `json:"sent,omitempty"`
	Got  string `json:"got,omitempty"`
	Mend string `json:"mend,omitempty"`
	// Why is the reason of NotSeen and NotTried.
	Why string `json:"why,omitempty"`
}

// Report is what a run found.
type Report struct {
	// Echo says whether Echo was behind the set-up.
	Echo     bool      `json:"echo"`
	Findings []Finding `json:"findings"`
	// Requests is how many were sent.
	Requests int `json:"requests"`
}

// Count is how many findings have a verdict.
func (r Report) Count(v Verdict) int {
	n := 0
	for _, f := range r.Findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// ErrUnfit is a set-up that cannot be attacked as it is: not guarded at all,
// or guarded against the tokens that were given. The text says what to do.
var ErrUnfit = errors.New("cannot attack")

// Run looks at the set-up with honest requests, then tries every attack, and
// tells each finding as it comes. It returns what it found until then with an
// error that is ErrUnfit, one of ctx, or one of the network.
//
// It sends some hundred requests, Config.Rate of them a second, one at a time.
func Run(ctx context.Context, c Config, tell func(Finding)) (Report, error) {
	var report Report
	s, err := newScene(c)
	if err != nil {
		return report, err
	}
	defer s.end()
	if err := s.survey(ctx); err != nil {
		report.Requests = s.line.sent
		return report, err
	}
	report.Echo = s.echo
	for _, r := range s.rows() {
		f, err := s.try(ctx, r)
		report.Requests = s.line.sent
		if err != nil {
			return report, err
		}
		report.Findings = append(report.Findings, f)
		tell(f)
	}
	err = s.stillUp(ctx)
	report.Requests = s.line.sent
	return report, err
}
