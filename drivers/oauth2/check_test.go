package oauth2_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
)

// stepNames are the steps of a report, up to the one that failed.
func stepNames(steps []drivers.Step) (names []string, failed drivers.Step) {
	for _, s := range steps {
		names = append(names, s.Name)
		if s.Err != nil {
			return names, s
		}
	}
	return names, drivers.Step{}
}

func TestCheck(t *testing.T) {
	t.Run("a provider that works has every step", func(t *testing.T) {
		s := oauth2test.New(t, oauth2test.Options{TLS: true})
		d := open(t, own(s), func(c *oauth2.Config) { c.CAFile, c.Insecure = s.CAFile(t), false })
		names, failed := stepNames(d.Check.Check(t.Context(), ""))
		want := []string{"authorize URL", "connect", "TLS", "token endpoint", "profile", "clock"}
		if diff := cmp.Diff(want, names); diff != "" || failed.Err != nil {
			t.Errorf("%v; -want +got:\n%s", failed.Err, diff)
		}
		if id := signIn(t, s, d); id.Subject != oauth2test.Subject {
			t.Errorf("over TLS: got %q", id.Subject)
		}
	})
	t.Run("a preset that works has every step", func(t *testing.T) {
		s := oauth2test.New(t, asGitea)
		if _, failed := stepNames(open(t, ownGitea(s)).Check.Check(t.Context(), "alice")); failed.Err != nil {
			t.Error(failed.Name, failed.Err)
		}
	})
	t.Run("a clock that is off is told and fails nothing", func(t *testing.T) {
		s := oauth2test.New(t, oauth2test.Options{})
		d := open(t, own(s), func(c *oauth2.Config) { c.Now = func() time.Time { return time.Now().Add(time.Hour) } })
		steps := d.Check.Check(t.Context(), "")
		if last := steps[len(steps)-1]; last.Name != "clock" || last.Err != nil || !strings.Contains(last.Detail, "NTP") {
			t.Errorf("got %+v", last)
		}
	})
}

func TestCheckSaysWhatToChange(t *testing.T) {
	for name, one := range map[string]struct {
		server func(*oauth2test.Server)
		config func(*oauth2.Config)
		step   string
		fix    string
	}{
		"a wrong secret":                  {nil, func(c *oauth2.Config) { c.ClientSecret = "wrong" }, "token endpoint", "client_secret"},
		"GitHub's wrong secret":           {func(s *oauth2test.Server) { s.AnswerToken(says(200, `{"error":"incorrect_client_credentials"}`)) }, nil, "token endpoint", "client_secret"},
		"a wrong secret, in other words":  {func(s *oauth2test.Server) { s.AnswerToken(says(401, `{"error":"no"}`)) }, nil, "token endpoint", "client_secret"},
		"another address":                 {nil, func(c *oauth2.Config) { c.TokenURL += "/other" }, "token endpoint", "token_url"},
		"a page instead of an endpoint":   {func(s *oauth2test.Server) { s.AnswerToken(says(200, "<html>")) }, nil, "token endpoint", "RFC 6749"},
		"a server with a fault":           {func(s *oauth2test.Server) { s.AnswerToken(says(503, "{}")) }, nil, "token endpoint", "later"},
		"a server that takes any code":    {func(s *oauth2test.Server) { s.AnswerToken(says(200, `{"access_token":"t"}`)) }, nil, "token endpoint", "do not use"},
		"no profile there":                {nil, func(c *oauth2.Config) { c.ProfileURL += "/other" }, "profile", "profile_url"},
		"a profile for everybody":         {func(s *oauth2test.Server) { s.AnswerProfile(says(200, oauth2test.Profile)) }, nil, "profile", "do not use"},
		"nobody there":                    {nil, func(c *oauth2.Config) { c.TokenURL = "http://127.0.0.1:1/token" }, "connect", "port"},
		"a certificate of somebody's own": {nil, nil, "TLS", "ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{TLS: one.step == "TLS"})
			c := own(s)
			if one.server != nil {
				one.server(s)
			}
			if one.config != nil {
				one.config(&c)
			}
			_, failed := stepNames(open(t, c).Check.Check(t.Context(), ""))
			if failed.Name != one.step || !strings.Contains(failed.Fix, one.fix) {
				t.Errorf("got %q, %v, fix %q, want %q and %q", failed.Name, failed.Err, failed.Fix, one.step, one.fix)
			}
			if failed.Err != nil && strings.Contains(failed.Err.Error()+failed.Fix, s.ClientSecret) {
				t.Error("the report shows the secret")
			}
		})
	}
}
