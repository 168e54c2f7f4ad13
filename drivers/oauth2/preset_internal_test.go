package oauth2

import (
	"reflect"
	"slices"
	"testing"

	"github.com/markbates/goth"
)

// endpoints reads what a goth provider keeps to itself.
func endpoints(t *testing.T, g goth.Provider) (authorize, token string) {
	t.Helper()
	c := reflect.Indirect(reflect.ValueOf(g)).FieldByName("config")
	if !c.IsValid() {
		t.Fatalf("%T keeps no config", g)
	}
	e := reflect.Indirect(c).FieldByName("Endpoint")
	return e.FieldByName("AuthURL").String(), e.FieldByName("TokenURL").String()
}

// elsewhere are token endpoints that are not where goth has them, and why.
var elsewhere = map[string]string{
	"intercom": "goth puts the secret into the address",
}

func TestTokenEndpointsAreGoths(t *testing.T) {
	for name, s := range presets {
		if s.direct != (sites{}) || s.token == "" || elsewhere[name] != "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if _, token := endpoints(t, goths[name](site{})); token != s.token {
				t.Errorf("got %q, goth has %q", s.token, token)
			}
		})
	}
}

func TestInstancesAreWhereGothHasThem(t *testing.T) {
	for name, s := range presets {
		if s.hosted == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			own := s.hosted("https://own.example.org")
			authorize, token := endpoints(t, goths[name](site{sites: own}))
			if slices.Contains([]string{"cloudfoundry", "salesforce"}, name) {
				return // goth's constructor takes no addresses; ours are used
			}
			if authorize != own.authorize || token != own.token {
				t.Errorf("got %q, goth has %q and %q", own, authorize, token)
			}
		})
	}
}

func TestEveryPresetIsAskedInOneWay(t *testing.T) {
	for name, s := range presets {
		if direct := s.direct != (sites{}); direct == (goths[name] != nil) {
			t.Errorf("%s: it is asked with goth and without", name)
		}
	}
}

// fragile is a goth provider that asserts a type which a service did not send.
type fragile struct{ goth.Provider }

func (fragile) UnmarshalSession(string) (goth.Session, error) { return nil, nil }

func (fragile) FetchUser(goth.Session) (goth.User, error) {
	var sent any = 7
	return goth.User{Name: sent.(string)}, nil
}

func TestNoPanicOfGothsEscapes(t *testing.T) {
	if user := fetchUser(fragile{}, tokens{Access: "t"}); user.Name != "" {
		t.Errorf("got %q", user.Name)
	}
}

func TestGitHubsAddresses(t *testing.T) {
	for base, want := range map[string]string{
		"https://github.com": "https://api.github.com/user", "https://octo.ghe.com": "https://api.octo.ghe.com/user",
		"https://github.example.org": "https://github.example.org/api/v3/user", "https://notghe.com": "https://notghe.com/api/v3/user",
	} {
		if got := githubAt(base); got.profile != want || got.token != base+"/login/oauth/access_token" {
			t.Errorf("%s: got %v, want %s", base, got, want)
		}
	}
}
