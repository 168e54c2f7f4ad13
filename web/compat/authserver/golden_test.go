package authserver_test

import (
	"os"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/wire/wiretest"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

// as is how an operator sets Signet up who had auth_server.
func as(change ...func(*compattest.Setup)) func(*compattest.Setup) {
	return func(s *compattest.Setup) {
		s.Broker.Subject = broker.SubjectEmail
		s.Web.Authserver.StaticRefresh = true
		for _, f := range change {
			f(s)
		}
	}
}

func strict(s *compattest.Setup)   { s.Web.Authserver.Strict = true }
func rotating(s *compattest.Setup) { s.Web.Authserver.StaticRefresh = false }
func below(s *compattest.Setup)    { s.Web.Authserver.Prefix = "/old" }

func TestContracts(t *testing.T) {
	for name, c := range map[string]struct {
		folder string
		change func(*compattest.Setup)
	}{
		"":          {"testdata", as()},
		" strict":   {"testdata/strict", as(strict)},
		" rotating": {"testdata/rotating", as(rotating)},
		" prefixed": {"testdata/prefixed", as(below)},
	} {
		for engine, open := range compattest.Engines() {
			t.Run(engine+name, func(t *testing.T) {
				wiretest.PlayFolder(t, c.folder, func(t *testing.T) wiretest.Scene {
					h := compattest.New(t, open, nil, c.change)
					return wiretest.Scene{Handler: h, Acts: h.Acts()}
				})
			})
		}
	}
}
