package wire

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/signet-sso/signet/broker"
)

// Handler answers a request or returns the error that an [Adapter] answers
// for it. One that returns an error must not have written anything, except
// header fields that are right for the error too.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Answer is how one code looks to the clients of a profile.
type Answer struct {
	Status  int
	Code    string // the profile's own word, if its errors carry one
	Message string
}

// Failure is all that may be told about an error. The text of the error itself
// is not in it.
type Failure struct {
	Answer
	Class     broker.Code
	Reason    string        // what the client did wrong, if there is more to say than Message
	Retry     time.Duration // when to come again; 0 for unknown or never
	RequestID string
}

// Profile is how failures look to one kind of client: its table, and how an
// entry becomes a body.
type Profile struct {
	// Answers must hold every code of [broker.Codes]; a missing one is
	// answered as CodeInternal.
	Answers map[broker.Code]Answer
	// Message completes an answer's sentence with what only the request knows,
	// for who puts it into another body than Write does; nil for a profile whose
	// sentences are complete.
	Message func(r *http.Request, f Failure) string
	// Write writes status and body. The header fields that every profile has
	// in common are set already.
	Write func(w http.ResponseWriter, r *http.Request, f Failure)
}

// Adapter turns a [Handler] into an http.Handler by answering its errors in
// the words of one profile. [Observer.Wrap] must be somewhere outside: it is
// what logs the error.
type Adapter struct {
	profile Profile
	now     func() time.Time
}

// NewAdapter returns an adapter for a profile.
func NewAdapter(p Profile, now func() time.Time) *Adapter {
	return &Adapter{profile: p, now: now}
}

// Handle returns h with its errors answered.
func (a *Adapter) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.Fail(w, r, err)
		}
	})
}

// Fail answers an error: the status and body of its code in the profile's
// table, Retry-After where waiting helps (RFC 9110 §10.2.3), a Bearer challenge
// for token errors (RFC 6750 §3), and never the error's own text. The error is
// left for the request's one log line. No answer to an error is stored.
func (a *Adapter) Fail(w http.ResponseWriter, r *http.Request, err error) {
	a.fail(w, r, a.failure(r, err), err)
}

// FailAs is Fail under another status, for what HTTP tells apart and the codes
// do not.
func (a *Adapter) FailAs(w http.ResponseWriter, r *http.Request, status int, err error) {
	f := a.failure(r, err)
	f.Status = status
	a.fail(w, r, f, err)
}

func (a *Adapter) fail(w http.ResponseWriter, r *http.Request, f Failure, err error) {
	ExchangeOf(r.Context()).fail(f.Class, err)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if f.Retry > 0 {
		h.Set("Retry-After", strconv.FormatInt(Seconds(f.Retry), 10))
	}
	if c := challenge(f.Class); c != "" && f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", c)
	}
	a.profile.Write(w, r, f)
}

func (a *Adapter) failure(r *http.Request, err error) Failure {
	f := Failure{Class: broker.CodeOf(err), RequestID: ExchangeOf(r.Context()).ID}
	answer, ok := a.profile.Answers[f.Class]
	if !ok {
		f.Class = broker.CodeInternal
		answer = a.profile.Answers[f.Class]
	}
	f.Answer = answer
	var e *broker.Error
	if errors.As(err, &e) {
		f.Reason = e.Reason
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return f // nobody is waiting for the answer
	}
	if f.Class == broker.CodeLimited || f.Class == broker.CodeUnavailable {
		f.Retry, _ = broker.RetryAfter(err, a.now())
	}
	return f
}

// challenge is the WWW-Authenticate field of a token error. A request without
// any token gets the bare scheme (RFC 6750 §3.1).
func challenge(c broker.Code) string {
	switch c {
	case broker.CodeTokenMissing:
		return "Bearer"
	case broker.CodeTokenInvalid, broker.CodeTokenExpired:
		return `Bearer error="invalid_token"`
	}
	return ""
}

// Seconds rounds a duration up to whole seconds, as Retry-After and Max-Age
// count.
func Seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }

// Explain says what may be told about an error whose answer is only a part of a
// body: the header fields that fit it are set, and nothing is written.
func (a *Adapter) Explain(w http.ResponseWriter, r *http.Request, err error) Failure {
	f := a.failure(r, err)
	ExchangeOf(r.Context()).fail(f.Class, err)
	if a.profile.Message != nil {
		f.Message = a.profile.Message(r, f)
	}
	if f.Retry > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(Seconds(f.Retry), 10))
	}
	return f
}
