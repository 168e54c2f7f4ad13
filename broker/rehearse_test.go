package broker_test

import (
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

func TestRehearsal(t *testing.T) {
	stranger := drivers.Identity{Subject: "x", Login: "xenia", Groups: []string{"family"}}
	t.Run("says what would happen, and nothing happens", func(t *testing.T) {
		f := newFederation(t)
		f.audit.take()
		f.counts.take()
		r, err := f.Rehearse(t.Context(), "okta", stranger)
		if err != nil || r.Decision != (broker.Decision{Act: broker.Signup, Reason: "signup"}) || r.Account.Username != "xenia" || r.Known {
			t.Errorf("got %+v, %v", r, err)
		}
		if list, err := f.admin.List(t.Context(), broker.Query{}); err != nil || len(list.Accounts) != 0 {
			t.Errorf("got %d accounts, %v, want none", len(list.Accounts), err)
		}
		if events := f.audit.take(); len(events) != 0 {
			t.Errorf("recorded %q, want nothing", names(events))
		}
		if _, err := f.Whoami(t.Context(), r.Token); codeOf(err) != broker.CodeTokenExpired {
			t.Errorf("the token: got %v, want it signed and expired", err)
		}
	})
	t.Run("of somebody who is known it shows their account", func(t *testing.T) {
		f := newFederation(t)
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Rehearse(t.Context(), "okta", f.okta.people["carol"])
		if err != nil || !r.Known || r.Account.ID != in.Login.Claims.AccountID || r.Decision.Reason != "known" {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	t.Run("of somebody who may not enter it shows the reason and no token", func(t *testing.T) {
		f := newFederation(t, func(p *broker.Provider) { p.Signup = false })
		r, err := f.Rehearse(t.Context(), "okta", stranger)
		if err != nil || r.Decision.Reason != "signup_closed" || r.Token != "" {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	t.Run("a provider that is not there", func(t *testing.T) {
		if _, err := newFederation(t).Rehearse(t.Context(), "nobody", stranger); codeOf(err) != broker.CodeNoProvider {
			t.Errorf("got %v", err)
		}
	})
}
