package main

import (
	"encoding/json"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/openapi"
)

// public is the configuration of the public side.
func public(t *testing.T, k config.Compat, origins ...string) web.Config {
	t.Helper()
	s := purger(t, filepath.Join(t.TempDir(), "signet.db"), &gone{})
	c := &config.Config{Compat: k, CORS: config.CORS{Origins: origins}, PublicURL: &url.URL{Scheme: "https", Host: "sso.example.org"}}
	return s.webConfig(c, nil, nil)
}

func TestTheFrontEndOfEthicsMayCallFromABrowser(t *testing.T) {
	for frontend, want := range map[string]string{
		"https://ethics.example.org":          "https://ethics.example.org",
		"https://Ethics.example.org:443/app/": "https://ethics.example.org",
		"http://localhost:4200":               "http://localhost:4200",
		"http://localhost:80":                 "http://localhost",
		"https://ethics.example.org:80":       "https://ethics.example.org:80",
	} {
		t.Run(frontend, func(t *testing.T) {
			k := config.Compat{Ethics: config.Ethics{Enabled: true, Frontend: frontend}}
			w := public(t, k, "https://app.example.org")
			if w.Ethics == nil || w.Ethics.Origin() != want || !slices.Equal(w.CORSOrigins, []string{"https://app.example.org"}) {
				t.Errorf("got %+v and %q, want %q there only", w.Ethics, w.CORSOrigins, want)
			}
			k.Ethics.Enabled = false
			if w := public(t, k); w.Ethics != nil {
				t.Errorf("while it is off: got %+v", w.Ethics)
			}
		})
	}
}

func TestWhatIsConfiguredOfEthics(t *testing.T) {
	athens, err := time.LoadLocation("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	got := public(t, config.Compat{Ethics: config.Ethics{
		Enabled: true, Prefix: "/ethics", Strict: true, TokenTTL: time.Hour, MaxTTL: 2 * time.Hour,
		Frontend: "https://ethics.example.org", TimeZone: "Europe/Athens",
	}}).Ethics
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

// TestNoPrefixLeadsToAddressesOfOurs: what stands at them answers first, and means
// something else by the same words.
func TestNoPrefixLeadsToAddressesOfOurs(t *testing.T) {
	text, err := openapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	paths := append(slices.Collect(maps.Keys(document.Paths)), guard.Prefix)
	for _, path := range paths {
		first, _, _ := strings.Cut(path[1:], "/")
		if first == "" {
			continue
		}
		for _, system := range []string{"papermerge", "authserver", "directus", "ethics"} {
			_, _, err := config.Load("", []string{"SIGNET_COMPAT__" + strings.ToUpper(system) + "__PREFIX=/" + first})
			if err == nil || !strings.Contains(err.Error(), "is where Signet's own addresses are") {
				t.Errorf("%s at /%s: got %v, want a complaint", system, first, err)
			}
		}
	}
	if len(paths) < 50 {
		t.Errorf("got %d paths of ours", len(paths))
	}
}
