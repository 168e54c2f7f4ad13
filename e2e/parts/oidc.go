package parts

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// OIDCClient is a relying party that an [OIDCProvider] knows, in the words of
// OpenID Connect Dynamic Client Registration §2.
type OIDCClient struct {
	ID                  string   `json:"client_id"`
	Secret              string   `json:"client_secret"`
	RedirectURIs        []string `json:"redirect_uris"`
	AfterLogout         []string `json:"post_logout_redirect_uris,omitempty"`
	GrantTypes          []string `json:"grant_types"`
	BackchannelLogout   string   `json:"backchannel_logout_uri,omitempty"`
	BackchannelSession  bool     `json:"backchannel_logout_session_required,omitempty"`
	SignedWith          string   `json:"id_token_signed_response_alg,omitempty"`
	TokenAuthentication string   `json:"token_endpoint_auth_method,omitempty"`
}

// SignetClient is the client that a signet with a provider of that name is.
func SignetClient(publicURL, provider string) OIDCClient {
	return OIDCClient{
		ID: "signet", Secret: "s:e%c+r/e=t", RedirectURIs: []string{publicURL + "/auth/login/" + provider + "/callback"},
		AfterLogout: []string{publicURL + "/login?left"}, GrantTypes: []string{"authorization_code", "refresh_token"},
		BackchannelLogout: publicURL + "/auth/backchannel/" + provider, BackchannelSession: true,
	}
}

// OIDCPerson is somebody who can sign in at an [OIDCProvider] by Login alone.
type OIDCPerson struct {
	Subject       string   `json:"sub"`
	Login         string   `json:"login"`
	Name          string   `json:"name,omitempty"`
	Email         string   `json:"email,omitempty"`
	EmailVerified bool     `json:"email_verified"`
	Groups        []string `json:"groups,omitempty"`
}

// OIDCProvider is the certified oidc-provider of npm.
type OIDCProvider struct {
	Issuer string
	// Services are resource indicators (RFC 8707); set them before Start. Access
	// tokens for them are JWTs (RFC 9068), all others are opaque.
	Services []string
	// Lax lets clients go without PKCE; set it before Start.
	Lax bool

	node, script, lever string
	child               *child
}

// OIDC reserves an address for a provider, which [OIDCProvider.Start] starts:
// its clients are only known when they have an address too.
func OIDC(t testing.TB) *OIDCProvider {
	t.Helper()
	p := &OIDCProvider{
		Issuer: "http://" + freeAddress(t), node: Need(t, "node")[0], lever: rand.Text(),
		script: filepath.Join(Root(t), "e2e", "npm", "provider.mjs"),
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(p.script), "node_modules", "oidc-provider")); err != nil {
		missing(t, "oidc-provider", "npm ci --prefix e2e/npm")
	}
	return p
}

// Start starts the provider and returns when it answers. It ends with the
// test.
func (p *OIDCProvider) Start(t testing.TB, clients []OIDCClient, people ...OIDCPerson) {
	t.Helper()
	setup, err := json.Marshal(map[string]any{
		"port": portOf(p.Issuer), "lever": p.lever, "clients": clients, "people": people, "services": append([]string{}, p.Services...), "lax": p.Lax,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(p.node, p.script)
	cmd.Stdin = bytes.NewReader(setup)
	if p.child, err = startChild(cmd, syscall.SIGKILL); err != nil {
		t.Fatalf("oidc-provider: %v", err)
	}
	t.Cleanup(p.Stop)
	const tries, pause = 600, 25 * time.Millisecond
	for range tries {
		if strings.Contains(p.child.out.String(), "ready") {
			return
		}
		if p.child.ended() {
			break
		}
		time.Sleep(pause) // another process: there is nothing to wait on
	}
	t.Fatalf("oidc-provider does not start: %s", p.child.out.String())
}

// Stop ends the provider at once.
func (p *OIDCProvider) Stop() {
	if p.child != nil {
		_ = p.child.end(syscall.SIGKILL, time.Minute) // it is to be gone either way
		p.child = nil
	}
}

func portOf(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// Disable has the provider not know a person any more.
func (p *OIDCProvider) Disable(t testing.TB, subject string) {
	t.Helper()
	p.pull(t, map[string]any{"disable": subject})
}

// Change gives a person other claims; those that are empty stay.
func (p *OIDCProvider) Change(t testing.TB, q OIDCPerson) {
	t.Helper()
	p.pull(t, map[string]any{"change": q})
}

// SignOut sends a back-channel logout token to a client.
func (p *OIDCProvider) SignOut(t testing.TB, client, subject, session string) {
	t.Helper()
	p.pull(t, map[string]any{"logout": map[string]string{"client": client, "sub": subject, "sid": session}})
}

func (p *OIDCProvider) pull(t testing.TB, what map[string]any) {
	t.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/"+p.lever, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("pull a lever: %v", err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("pull a lever: %s %s (%v)", answer.Status, said, err)
	}
}

// Visit signs somebody in at an address of the provider's, as a browser of
// its own does, and returns where the provider then leads: the relying
// party's callback. An empty login presses cancel.
func (p *OIDCProvider) Visit(t testing.TB, address, login string) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	form := url.Values{"login": {login}, "do": {"sign in"}}
	if login == "" {
		form.Set("do", "cancel")
	}
	const hops = 10
	to, body := address, ""
	for range hops {
		next, page, err := hop(t.Context(), client, to, body)
		if err != nil {
			t.Fatalf("visit the provider: %v", err)
		}
		switch {
		case next == nil && body != "":
			t.Fatalf("the provider does not let %q in: %s", login, page)
		case next == nil:
			body = form.Encode()
			continue
		case next.Scheme+"://"+next.Host != p.Issuer:
			return next
		}
		to, body = next.String(), ""
	}
	t.Fatal("the provider leads nowhere")
	return nil
}

// hop makes one request and returns where it leads, or the page.
func hop(ctx context.Context, client *http.Client, to, body string) (*url.URL, string, error) {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, "", err
	}
	if answer.StatusCode/100 == 3 {
		next, err := answer.Location()
		return next, "", err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("%s answers %s: %s", to, answer.Status, page)
	}
	return nil, string(page), nil
}
