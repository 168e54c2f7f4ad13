package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/config"
)

func TestEveryProviderThatCannotBeOpenedIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "providers:\n  - {name: a, driver: ldap}\n  - {name: b, driver: local}\n  - {name: c, driver: openid}\n"
	if err := os.WriteFile("providers.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := program{config: "providers.yaml"}
	opened := config.Config{PublicURL: &url.URL{Scheme: "https", Host: "sso.example.org"}, Providers: []config.Provider{{Name: "a", Driver: "kerberos"}, {Name: "b", Driver: "local"}, {Name: "c", Driver: "saml"}}}
	_, err := openProviders(&opened, driverParts{})
	if !errors.Is(err, errNoDriver) {
		t.Fatalf("got %v, want errNoDriver", err)
	}
	got := p.problems(fmt.Errorf("open: %w", err)).Error()
	want := `providers.yaml:2:23: providers[0].driver: provider a: this build has no driver "kerberos"
providers.yaml:4:23: providers[2].driver: provider c: this build has no driver "saml"`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
	if got := p.problems(errors.New("something else")); got != nil {
		t.Errorf("of another error: got %v, want none", got)
	}
}
