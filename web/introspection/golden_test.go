package introspection_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/wire/wiretest"
)

func TestContracts(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	wiretest.Play(t, func(t *testing.T) http.Handler {
		return one(t, func(c *web.Config) { c.Now = func() time.Time { return noon } })
	})
}
