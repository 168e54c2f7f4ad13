package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

type nobody struct{}

func (nobody) Authenticate(context.Context, string, string) (drivers.Identity, error) {
	return drivers.Identity{}, drivers.ErrCredentials
}

func (nobody) AuthURL(context.Context, string, drivers.Attempt) (string, error) {
	return "", drivers.ErrUnavailable
}

func (nobody) Exchange(context.Context, drivers.Attempt, url.Values) (drivers.Identity, error) {
	return drivers.Identity{}, drivers.ErrReply
}

func TestMisconfiguredIsUnavailable(t *testing.T) {
	if !errors.Is(drivers.ErrMisconfigured, drivers.ErrUnavailable) || errors.Is(drivers.ErrUnavailable, drivers.ErrMisconfigured) {
		t.Error("whoever handles what is unavailable must handle what is misconfigured, and not the other way round")
	}
}

func TestADriverIsOfExactlyOneKind(t *testing.T) {
	for _, c := range []struct {
		rule   string
		driver drivers.Driver
		ok     bool
	}{
		{"a password driver is complete", drivers.Driver{Password: nobody{}}, true},
		{"a redirect driver is complete", drivers.Driver{Redirect: nobody{}}, true},
		{"a driver of no kind is refused", drivers.Driver{}, false},
		{"a driver of both kinds is refused", drivers.Driver{Password: nobody{}, Redirect: nobody{}}, false},
		{"abilities alone make no driver", drivers.Driver{Close: func() error { return nil }}, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if err := c.driver.Validate(); (err == nil) != c.ok {
				t.Errorf("got %v, want ok: %v", err, c.ok)
			}
		})
	}
}

func TestTheFourErrorsAreToldApart(t *testing.T) {
	all := []error{drivers.ErrCredentials, drivers.ErrRefused, drivers.ErrReply, drivers.ErrUnavailable}
	for i, err := range all {
		for j, other := range all {
			if got := errors.Is(fmt.Errorf("bind: %w", err), other); got != (i == j) {
				t.Errorf("%q is %q: got %v, want %v", err, other, got, i == j)
			}
		}
	}
}
