package main

import (
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/ethics"
)

// public is the configuration of the public side.
func public(t *testing.T, k config.Compat, origins ...string) web.Config {
	t.Helper()
	s := purger(t, filepath.Join(t.TempDir(), "signet.db"), &gone{})
	c := &config.Config{Compat: k, CORS: config.CORS{Origins: origins}, PublicURL: &url.URL{Scheme: "https", Host: "sso.example.org"}}
	return s.webConfig(c, nil, nil)
}

// served is what of it is about Ethics.
func served(t *testing.T, k config.Compat, origins ...string) (all []string, e *ethics.Settings) {
	t.Helper()
	w := public(t, k, origins...)
	return w.CORSOrigins, w.Ethics
}

func TestTheFrontEndOfEthicsMayCallFromABrowser(t *testing.T) {
	for _, c := range []struct {
		frontend string
		listed   []string
		want     []string
	}{
		{"https://ethics.example.org", nil, []string{"https://ethics.example.org"}},
		{"https://Ethics.example.org:443/app/", nil, []string{"https://ethics.example.org"}},
		{"http://localhost:4200", nil, []string{"http://localhost:4200"}},
		{"http://localhost:80", nil, []string{"http://localhost"}},
		{"https://ethics.example.org:80", nil, []string{"https://ethics.example.org:80"}},
		{"https://ethics.example.org", []string{"https://app.example.org"}, []string{"https://app.example.org", "https://ethics.example.org"}},
		{"https://ethics.example.org", []string{"https://ethics.example.org"}, []string{"https://ethics.example.org"}},
	} {
		t.Run(c.frontend, func(t *testing.T) {
			got, settings := served(t, config.Compat{Ethics: config.Ethics{Enabled: true, Frontend: c.frontend}}, c.listed...)
			if !slices.Equal(got, c.want) || settings == nil {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got, settings := served(t, config.Compat{Ethics: config.Ethics{Frontend: c.frontend}}, c.listed...); !slices.Equal(got, c.listed) || settings != nil {
				t.Errorf("while it is off: got %q %+v, want %q", got, settings, c.listed)
			}
		})
	}
}

func TestWhatIsConfiguredOfEthics(t *testing.T) {
	athens, err := time.LoadLocation("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	_, got := served(t, config.Compat{Ethics: config.Ethics{
		Enabled: true, Prefix: "/ethics", Strict: true, TokenTTL: time.Hour, MaxTTL: 2 * time.Hour,
		Frontend: "https://ethics.example.org", TimeZone: "Europe/Athens",
	}})
	want := &ethics.Settings{
		Prefix: "/ethics", Strict: true, TokenTTL: time.Hour, MaxTTL: 2 * time.Hour, Frontend: "https://ethics.example.org", Zone: athens,
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsConfiguredOfAuthserver(t *testing.T) {
	set := config.Authserver{
		Enabled: true, Prefix: "/old", Strict: true, AccessTTL: time.Hour, RefreshTTL: 2 * time.Hour, StaticRefresh: true,
	}
	want := &authserver.Settings{Prefix: "/old", Strict: true, AccessTTL: time.Hour, RefreshTTL: 2 * time.Hour, StaticRefresh: true}
	if diff := cmp.Diff(want, public(t, config.Compat{Authserver: set}).Authserver); diff != "" {
		t.Error(diff)
	}
	set.Enabled = false
	if got := public(t, config.Compat{Authserver: set}).Authserver; got != nil {
		t.Errorf("while it is off: got %+v", got)
	}
}
