package admin_test

import (
	"net/http"
	"testing"

	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/wire"
	"github.com/signet-sso/signet/web/wire/wiretest"
)

// TestContracts plays the conversations in testdata with an office where boss
// administers, and alice and bob have accounts.
func TestContracts(t *testing.T) {
	wiretest.Play(t, func(t *testing.T) http.Handler {
		o := newOffice(t)
		o.person(t, "boss", true)
		o.person(t, "alice", false)
		o.person(t, "bob", false)
		cross, err := wire.NewCrossSite(publicURL, nil)
		if err != nil {
			t.Fatal(err)
		}
		api.New(api.Config{Broker: o.Broker, Upkeep: o.Broker, CrossSite: cross, Now: o.clock, PublicURL: publicURL}).Register(o.router)
		return o.handler
	})
}
