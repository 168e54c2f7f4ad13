package oauth2test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const verifier = "a-verifier-of-forty-three-letters-or-even-more"

// asking is what an honest client asks the authorize address.
func asking(s *Server) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"response_type": {"code"}, "client_id": {s.ClientID}, "redirect_uri": {s.RedirectURI}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
}

// trading is what an honest client posts to the token endpoint.
func trading(t *testing.T, s *Server) url.Values {
	code := s.Visit(t, s.AuthorizeURL()+"?"+asking(s).Encode()).Get("code")
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.RedirectURI}, "code_verifier": {verifier},
		"client_id": {s.ClientID}, "client_secret": {s.ClientSecret},
	}
}

// send makes a call and returns the status and the answer's members.
func send(t *testing.T, s *Server, r *http.Request) (status int, members map[string]any) {
	t.Helper()
	answer, err := s.browser().Do(r.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_ = json.NewDecoder(answer.Body).Decode(&members) // not every answer is JSON
	return answer.StatusCode, members
}

func request(t *testing.T, method, to string, form url.Values) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, to, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestTheAuthorizeAddressIsStrict(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"no state":                func(q url.Values) { q.Del("state") },
		"two states":              func(q url.Values) { q.Add("state", "s") },
		"another client":          func(q url.Values) { q.Set("client_id", "other") },
		"another redirect URI":    func(q url.Values) { q.Set("redirect_uri", "https://evil.test") },
		"no challenge":            func(q url.Values) { q.Del("code_challenge") },
		"the method plain":        func(q url.Values) { q.Set("code_challenge_method", "plain") },
		"a challenge that is cut": func(q url.Values) { q.Set("code_challenge", "x") },
		"a token instead":         func(q url.Values) { q.Set("response_type", "token") },
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			s := New(t, Options{})
			q := asking(s)
			change(q)
			if status, _ := send(t, s, request(t, http.MethodGet, s.AuthorizeURL()+"?"+q.Encode(), nil)); status != http.StatusBadRequest {
				t.Errorf("got %d", status)
			}
		})
	}
}

func TestTheTokenEndpointIsStrict(t *testing.T) {
	for name, one := range map[string]struct {
		change func(*http.Request, url.Values)
		want   string
	}{
		"an honest client":        {func(*http.Request, url.Values) {}, ""},
		"another verifier":        {func(_ *http.Request, f url.Values) { f.Set("code_verifier", "other") }, "invalid_grant"},
		"no verifier":             {func(_ *http.Request, f url.Values) { f.Del("code_verifier") }, "invalid_grant"},
		"another redirect URI":    {func(_ *http.Request, f url.Values) { f.Set("redirect_uri", "https://evil.test") }, "invalid_grant"},
		"a made-up code":          {func(_ *http.Request, f url.Values) { f.Set("code", "x") }, "invalid_grant"},
		"another secret":          {func(_ *http.Request, f url.Values) { f.Set("client_secret", "x") }, "invalid_client"},
		"a secret in both places": {func(r *http.Request, _ url.Values) { r.SetBasicAuth("signet", "x") }, "invalid_client"},
		"a code in the address":   {func(r *http.Request, f url.Values) { r.URL.RawQuery = "code=" + f.Get("code") }, "invalid_client"},
		"another grant":           {func(_ *http.Request, f url.Values) { f.Set("grant_type", "password") }, "unsupported_grant_type"},
		"a made-up refresh token": {func(_ *http.Request, f url.Values) { f.Set("grant_type", "refresh_token") }, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(t, Options{})
			form, shell := trading(t, s), request(t, http.MethodPost, s.TokenURL(), nil)
			one.change(shell, form)
			r := request(t, http.MethodPost, shell.URL.String(), form)
			if basic := shell.Header.Get("Authorization"); basic != "" {
				r.Header.Set("Authorization", basic)
			}
			_, got := send(t, s, r)
			if said, _ := got["error"].(string); said != one.want || (got["access_token"] != nil) != (one.want == "") {
				t.Errorf("got %v, want the error %q", got, one.want)
			}
		})
	}
}

func TestCodesAndRefreshTokensAreGoodOnce(t *testing.T) {
	s := New(t, Options{})
	form := trading(t, s)
	_, first := send(t, s, request(t, http.MethodPost, s.TokenURL(), form))
	if _, again := send(t, s, request(t, http.MethodPost, s.TokenURL(), form)); again["error"] != "invalid_grant" {
		t.Errorf("the code was taken twice: %v", again)
	}
	refresh, _ := first["refresh_token"].(string)
	form.Set("grant_type", "refresh_token")
	form.Set("refresh_token", refresh)
	if _, renewed := send(t, s, request(t, http.MethodPost, s.TokenURL(), form)); renewed["access_token"] == nil {
		t.Fatalf("got %v", renewed)
	}
	if _, again := send(t, s, request(t, http.MethodPost, s.TokenURL(), form)); again["error"] != "invalid_grant" {
		t.Errorf("the refresh token was taken twice: %v", again)
	}
}

func TestTheProfileIsForAGoodTokenInTheHeader(t *testing.T) {
	s := New(t, Options{})
	_, given := send(t, s, request(t, http.MethodPost, s.TokenURL(), trading(t, s)))
	access, _ := given["access_token"].(string)
	ask := func(header, query string) int {
		r := request(t, http.MethodGet, s.ProfileURL()+query, nil)
		r.Header.Set("Authorization", header)
		status, _ := send(t, s, r)
		return status
	}
	if got := ask("Bearer "+access, ""); got != http.StatusOK {
		t.Errorf("got %d for a good token", got)
	}
	for _, header := range []string{"", "Bearer x", "Basic " + access, access} {
		if got := ask(header, "?access_token="+access); got != http.StatusUnauthorized {
			t.Errorf("got %d for the header %q", got, header)
		}
	}
	s.Revoke()
	if got := ask("Bearer "+access, ""); got != http.StatusUnauthorized {
		t.Errorf("got %d for a withdrawn token", got)
	}
}
