package config

import (
	"path/filepath"
	"testing"
)

func TestC01_CookieNamesHaveAPrefixThatNobodyCanPlant(t *testing.T) {
	const secret = "secret: Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo\n"
	for _, c := range []struct {
		rule, text, refresh, session string
		env                          []string
	}{
		{"C-01 where cookies are secure", "public_url: https://sso.example.org\n", "__Host-signet_refresh", "__Host-signet_session", nil},
		{"C-01 where they are said to be", "cookies: {secure: true}\n", "__Host-signet_refresh", "__Host-signet_session", nil},
		{"C-01 with a domain, another one", "public_url: https://sso.example.org\ncookies: {domain: example.org}\n", "__Secure-signet_refresh", "__Secure-signet_session", nil},
		{"C-01 but not in plain HTTP, where browsers would drop them", "", "signet_refresh", "signet_session", nil},
		{"C-01 nor where they are said to be for it", "public_url: https://sso.example.org\ncookies: {secure: false}\n", "signet_refresh", "signet_session", nil},
		{"C-01 a name that is written down stays", "public_url: https://sso.example.org\ncookies: {session_name: signet_session}\n", "__Host-signet_refresh", "signet_session", nil},
		{"C-01 one of the environment too", "public_url: https://sso.example.org\n", "mine", "__Host-signet_session", []string{"SIGNET_COOKIES__REFRESH_NAME=mine"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "providers.yaml")
			writeFile(t, path, secret+c.text, 0o600)
			got, _, err := Load(path, c.env)
			if err != nil {
				t.Fatal(err)
			}
			if k := got.Cookies; k.RefreshName != c.refresh || k.SessionName != c.session {
				t.Errorf("got %s and %s, want %s and %s", k.RefreshName, k.SessionName, c.refresh, c.session)
			}
		})
	}
}
