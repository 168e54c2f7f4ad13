package ethics_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/wire/wiretest"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

const base = "/api/auth"

// as says in a token what the original does, and sets a confirmation key.
func as(strict bool) func(*compattest.Setup) {
	return func(s *compattest.Setup) {
		s.Broker.Subject = broker.SubjectUsername
		s.Broker.Membership.ConfirmationKey = "a-key-that-nobody-guesses"
		s.Web.Ethics.Strict = strict
	}
}

// otherwise spells the interface's addresses with a slash at the end where a
// conversation has none, and the other way round.
func otherwise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; strings.HasSuffix(path, "/") {
			r.URL.Path = strings.TrimSuffix(path, "/")
		} else if strings.HasPrefix(path, base) {
			r.URL.Path += "/"
		}
		r.URL.RawPath, r.RequestURI = "", r.URL.RequestURI()
		next.ServeHTTP(w, r)
	})
}

func TestContracts(t *testing.T) {
	for _, c := range []struct {
		name, folder string
		strict       bool
	}{
		{"hidden", "testdata", false}, {"hidden", "testdata/either", false},
		{"strict", "testdata/strict", true}, {"strict", "testdata/either", true},
	} {
		for engine, open := range compattest.Engines() {
			for spelling, around := range map[string]func(http.Handler) http.Handler{
				"as written": func(h http.Handler) http.Handler { return h }, "other slash": otherwise,
			} {
				t.Run(c.name+" "+engine+" "+spelling, func(t *testing.T) {
					wiretest.PlayFolder(t, c.folder, func(t *testing.T) wiretest.Scene {
						h := compattest.New(t, open, nil, as(c.strict))
						return wiretest.Scene{Handler: around(h), Acts: h.Acts()}
					})
				})
			}
		}
	}
}
