package openid_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func TestASlowProviderDelaysOnlyWhoAsks(t *testing.T) {
	r := newRelying(t)
	r.proven(t)
	asked, let := make(chan struct{}), make(chan struct{})
	r.Answer(oidctest.Discovery, func(w http.ResponseWriter, q *http.Request) {
		close(asked)
		select {
		case <-let:
		case <-q.Context().Done():
		}
		w.WriteHeader(http.StatusBadGateway)
	})
	r.clock.pass(2 * time.Hour)
	first := make(chan error, 1)
	go func() {
		_, err := r.Redirect.AuthURL(t.Context(), "s", attempt())
		first <- err
	}()
	<-asked
	// Were this one to wait for the first, both would wait for the deadline.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := r.Redirect.AuthURL(ctx, "s", attempt()); err != nil {
		t.Errorf("who came meanwhile got %v", err)
	}
	close(let)
	if err := <-first; err != nil {
		t.Errorf("who asked got %v", err)
	}
}

func TestR40ProviderThatHangs(t *testing.T) {
	for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS} {
		t.Run("R-40 "+string(e)+": a deadline that ran out is an outage, and is not waited for again", func(t *testing.T) {
			r := newRelying(t)
			r.Answer(e, oidctest.Stuck(""))
			a := attempt()
			reply := func(ctx context.Context) error {
				_, err := r.Redirect.Exchange(ctx, a, nil)
				return err
			}
			if e == oidctest.JWKS {
				reply = func(ctx context.Context) error {
					_, err := r.Ended.ReadLogout(ctx, r.LogoutToken(t, r.Person(), nil))
					return err
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if err := reply(ctx); !errors.Is(err, drivers.ErrUnavailable) {
				t.Fatalf("got %v, want ErrUnavailable", err)
			}
			err := reply(t.Context())
			var wait interface{ RetryAfter() time.Duration }
			if !errors.Is(err, drivers.ErrUnavailable) || !errors.As(err, &wait) || wait.RetryAfter() <= 0 {
				t.Errorf("got %v, want ErrUnavailable with a time to wait", err)
			}
			if n := r.Calls(e); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
	t.Run("a caller that went away is no outage", func(t *testing.T) {
		r := newRelying(t)
		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan struct{})
		r.Answer(oidctest.Discovery, func(_ http.ResponseWriter, q *http.Request) { close(asked); <-q.Context().Done() })
		done := make(chan error, 1)
		go func() { _, err := r.Redirect.AuthURL(ctx, "s", attempt()); done <- err }()
		<-asked
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's own error", err)
		}
		r.Honest()
		r.proven(t)
	})
}

func TestWhoIsTurnedAwayLearnsWhy(t *testing.T) {
	r := newRelying(t)
	r.Answer(oidctest.Discovery, status(http.StatusTeapot))
	for range 2 {
		if _, err := r.Redirect.AuthURL(t.Context(), "s", attempt()); err == nil || !strings.Contains(err.Error(), "answered 418") {
			t.Errorf("got %v, want what the provider answered", err)
		}
	}
}
