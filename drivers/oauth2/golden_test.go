package oauth2_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
)

// record is what a service answers, written after its documentation, and who
// that is. TOKEN stands for the access token.
type record struct {
	Token    map[string]any             `json:"token,omitempty"` // members besides the usual ones
	Answers  map[string]json.RawMessage `json:"answers"`         // by address, without a query
	Identity drivers.Identity           `json:"identity"`
}

const accessToken = "ACCESS-5f0a"

// played is a network on which a service answers as recorded.
type played struct {
	record
	shown []string // addresses, other than the token endpoint's, that showed the token
	asked []*http.Request
	down  bool // nobody answers but the token endpoint
}

// RoundTrip implements http.RoundTripper.
func (p *played) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return p.token(r)
	}
	if p.down {
		return nil, errors.New("connection reset")
	}
	p.asked = append(p.asked, r)
	if strings.Contains(r.URL.String(), accessToken) {
		p.shown = append(p.shown, r.URL.Host)
	}
	at := *r.URL
	at.RawQuery = ""
	body, ok := p.Answers[strings.ReplaceAll(at.String(), accessToken, "TOKEN")]
	if !ok {
		return answer(r, http.StatusNotFound, `{}`), nil
	}
	return answer(r, http.StatusOK, strings.ReplaceAll(string(body), "TOKEN", accessToken)), nil
}

func (p *played) token(r *http.Request) (*http.Response, error) {
	all := map[string]any{"access_token": accessToken, "token_type": "bearer", "expires_in": 3600}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	if r.PostForm.Get("grant_type") == "authorization_code" {
		maps.Copy(all, p.Token)
	}
	b, err := json.Marshal(all)
	return answer(r, http.StatusOK, string(b)), err
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}

// play opens a preset on a network of its own and signs in.
func play(t *testing.T, name string, r record) (*played, drivers.Identity, error) {
	t.Helper()
	d, by := stage(t, name, r)
	id, err := d.Redirect.Exchange(t.Context(), playing, url.Values{"code": {"the-code"}, "state": {"s"}})
	return by, id, err
}

var playing = drivers.Attempt{RedirectURI: "https://sso.example.org/back", Verifier: strings.Repeat("v", 43)}

// stage opens a preset on a network of its own.
func stage(t *testing.T, name string, r record) (drivers.Driver, *played) {
	t.Helper()
	c := oauth2.Config{Name: "p", Preset: name, ClientID: "the client", ClientSecret: "the secret"}
	for address := range r.Answers {
		if strings.HasPrefix(address, "https://own.example.org/") {
			c.BaseURL = "https://own.example.org"
		}
	}
	d, by := open(t, c), &played{record: r}
	oauth2.Answer(d, by)
	return d, by
}

func recorded(t *testing.T, name string) record {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecordedProfiles(t *testing.T) {
	// These take the token in the address only.
	inAddress := []string{"amazon", "deezer", "facebook", "hubspot", "mailru", "seatalk", "vk"}
	for _, p := range oauth2.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			r := recorded(t, p.Name)
			by, got, err := play(t, p.Name, r)
			if err != nil {
				t.Fatal(err)
			}
			got.Claims, got.Upstream = nil, nil
			if diff := cmp.Diff(r.Identity, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if shown := len(by.shown) > 0; shown != slices.Contains(inAddress, p.Name) {
				t.Errorf("the address shows the token: %v", shown)
			}
			if len(by.asked) != len(r.Answers) {
				t.Errorf("got %d calls, want %d", len(by.asked), len(r.Answers))
			}
		})
	}
}

func TestR57_AnAddressWithATokenIsNotShown(t *testing.T) {
	for _, name := range []string{"amazon", "deezer", "facebook", "hubspot", "mailru", "seatalk", "vk"} {
		t.Run("R-57 "+name+" cannot be reached", func(t *testing.T) {
			d, by := stage(t, name, recorded(t, name))
			by.down = true
			id, err := d.Redirect.Exchange(t.Context(), playing, url.Values{"code": {"the-code"}})
			refused(t, id, err, drivers.ErrUnavailable, accessToken)
		})
		t.Run("R-57 "+name+" knows no such address", func(t *testing.T) {
			_, id, err := play(t, name, record{})
			refused(t, id, err, drivers.ErrUnavailable, accessToken)
		})
	}
}

func TestWhatTheTokenAnswerNamedIsKept(t *testing.T) {
	for _, name := range []string{"salesforce", "stripe"} {
		t.Run(name+" is asked again after a renewal that does not repeat it", func(t *testing.T) {
			r := recorded(t, name)
			r.Token["refresh_token"] = "refresh"
			d, _ := stage(t, name, r)
			id, err := d.Redirect.Exchange(t.Context(), playing, url.Values{"code": {"the-code"}})
			if err != nil {
				t.Fatal(err)
			}
			old := strings.Replace(string(id.Upstream), `"expiry":"20`, `"expiry":"19`, 1)
			again, err := d.Recheck.Recheck(t.Context(), id.Subject, []byte(old))
			if err != nil || again.Subject != id.Subject || string(again.Upstream) == old {
				t.Errorf("got %q, %v", again.Subject, err)
			}
		})
	}
}

// with returns a record whose profile holds other JSON at a path, "" for
// nothing there.
func (r record) with(t *testing.T, path, other string) record {
	t.Helper()
	main := slices.MinFunc(slices.Collect(maps.Keys(r.Answers)), func(a, b string) int { return len(a) - len(b) })
	var doc any
	if err := json.Unmarshal(r.Answers[main], &doc); err != nil {
		t.Fatal(err)
	}
	at, names := doc, strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			at = v[0]
		}
	}
	last := names[len(names)-1]
	if other == "" {
		delete(at.(map[string]any), last)
	} else {
		at.(map[string]any)[last] = json.RawMessage(other)
	}
	r.Answers = maps.Clone(r.Answers)
	r.Answers[main] = mustJSON(t, doc)
	return r
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestIDsOfPresets(t *testing.T) {
	for _, p := range oauth2.Presets() {
		t.Run("R-20 "+p.Name+" without an id proves nobody", func(t *testing.T) {
			for _, other := range []string{"", "null", `""`, "0", `"0"`, `{"a":1}`, "true", "[]"} {
				_, id, err := play(t, p.Name, recorded(t, p.Name).with(t, p.ID, other))
				refused(t, id, err, drivers.ErrReply, accessToken, "the secret")
			}
		})
		t.Run("R-21 "+p.Name+" keeps every digit of an id", func(t *testing.T) {
			for _, want := range []string{"9007199254740992", "9007199254740993", "36893488147419103233"} {
				_, id, err := play(t, p.Name, recorded(t, p.Name).with(t, p.ID, want))
				if err != nil || id.Subject != want {
					t.Errorf("got %q, %v, want %q", id.Subject, err, want)
				}
			}
		})
	}
}

func TestMailAddressesThatAreListedApart(t *testing.T) {
	const list = "https://api.github.com/user/emails"
	for said, want := range map[string]drivers.Identity{
		`[{"email":"a@example.org","primary":true,"verified":true}]`:   {Email: "a@example.org", EmailVerified: true},
		`[{"email":"a@example.org","primary":true,"verified":false}]`:  {Email: "a@example.org"},
		`[{"email":"a@example.org","primary":true,"verified":"true"}]`: {Email: "a@example.org"},
		`[{"email":"a@example.org","primary":true}]`:                   {Email: "a@example.org"},
		`[{"email":"a@example.org","primary":false,"verified":true}]`:  {},
		`[{"email":"a@example.org","primary":"true","verified":true}]`: {},
		`[{"email":"a@example.org","verified":true,"primary":1},null]`: {},
		`[{"email":["a@example.org"],"verified":true,"primary":true}]`: {},
		`[]`: {}, `{}`: {}, `null`: {},
	} {
		t.Run("R-17 GitHub's "+said, func(t *testing.T) {
			r := recorded(t, "github")
			r.Answers[list] = json.RawMessage(said)
			_, id, err := play(t, "github", r)
			if err != nil || id.Email != want.Email || id.EmailVerified != want.EmailVerified {
				t.Errorf("got %q, verified %v, %v", id.Email, id.EmailVerified, err)
			}
		})
	}
	t.Run("R-17 without the list there is no address, whatever the profile says", func(t *testing.T) {
		r := recorded(t, "github")
		delete(r.Answers, list)
		_, id, err := play(t, "github", r)
		if err != nil || id.Subject != "583231" || id.Email != "" || id.EmailVerified {
			t.Errorf("got %q, %q, verified %v, %v", id.Subject, id.Email, id.EmailVerified, err)
		}
	})
	t.Run("R-17 Bitbucket's person without a confirmed address may sign in", func(t *testing.T) {
		r := recorded(t, "bitbucket")
		r.Answers["https://api.bitbucket.org/2.0/user/emails"] = json.RawMessage(`{"values":[{"email":"a@example.org","is_primary":true,"is_confirmed":false}]}`)
		_, id, err := play(t, "bitbucket", r)
		if err != nil || id.Email != "a@example.org" || id.EmailVerified {
			t.Errorf("got %q, verified %v, %v", id.Email, id.EmailVerified, err)
		}
	})
}
