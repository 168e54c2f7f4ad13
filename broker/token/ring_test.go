package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

const master = "Vb8-kq2_Zr7.Lw5+Xn1~Tc9!Gm4*Hd6^Fs3j"

// noon is when every test takes place that does not move its clock.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// algorithms are all that a ring can be set to.
var algorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA",
}

// hmacSecret is long enough for each HMAC algorithm.
var hmacSecret = []byte("0f4c9a2be7d1863558c0e93ab6741d2f9be05a7c3d68f1420e9bd7536ca8124e")

func config() token.Config {
	return token.Config{
		Issuer: "https://signet.example", HMACSecret: hmacSecret,
		Now: func() time.Time { return noon },
	}
}

func sealer(t testing.TB) *token.Sealer {
	t.Helper()
	s, err := token.NewSealer([]byte(master))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, cfg token.Config, keys token.KeyStore) *token.Ring {
	t.Helper()
	r, err := token.Open(t.Context(), cfg, keys, sealer(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// alice is a full set of claims as the broker would hand it to Sign.
func alice() token.Claims {
	return token.Claims{
		Issuer: "https://signet.example", Subject: "0b7d1c52-6a0e-4d53-9f2e-6f3f7f1c2a90", SessionID: "c2Vzc2lvbg",
		IssuedAt: noon, ExpiresAt: noon.Add(15 * time.Minute), AuthTime: noon.Add(-time.Hour), ID: "dG9rZW4",
		Provider: "corp", AMR: []string{"pwd", "otp"}, Email: "alice@example.com", EmailVerified: true,
		PreferredUsername: "alice", Name: "Alice Ångström", GivenName: "Alice", FamilyName: "Ångström",
		Groups: []string{"Family", "Größe > 1?"}, Roles: []string{"editor"}, Scopes: []string{"node.view", "tag.view"},
		IsAdmin: true, AccountID: "0b7d1c52-6a0e-4d53-9f2e-6f3f7f1c2a90", Role: "administrator",
		AppAccess: true, AdminAccess: true,
	}
}

func sign(t testing.TB, r *token.Ring, c token.Claims) string {
	t.Helper()
	raw, err := r.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSignedClaimsComeBack(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(alg, func(t *testing.T) {
			cfg := config()
			cfg.Algorithm = alg
			r := open(t, cfg, new(tokentest.Keys))
			got, err := r.Verify(sign(t, r, alice()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(alice(), got); diff != "" {
				t.Errorf("claims changed on the way (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSignFillsWhatIsEmpty(t *testing.T) {
	cfg := config()
	cfg.Audience = []string{"app"}
	r := open(t, cfg, new(tokentest.Keys))
	raw := sign(t, r, token.Claims{Subject: "s", SessionID: "x", ExpiresAt: noon.Add(time.Minute)})
	got, err := r.Verify(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := token.Claims{
		Issuer: cfg.Issuer, Subject: "s", SessionID: "x", Audience: cfg.Audience, ID: got.ID,
		IssuedAt: noon, ExpiresAt: noon.Add(time.Minute),
		AMR: []string{}, Groups: []string{}, Roles: []string{}, Scopes: []string{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSignRefusesWhatVerifyWouldRefuse(t *testing.T) {
	r := open(t, config(), new(tokentest.Keys))
	cases := map[string]func(*token.Claims){
		"no subject":                   func(c *token.Claims) { c.Subject = "" },
		"no session id":                func(c *token.Claims) { c.SessionID = "" },
		"no expiry":                    func(c *token.Claims) { c.ExpiresAt = time.Time{} },
		"expiry at the issuing second": func(c *token.Claims) { c.ExpiresAt = c.IssuedAt.Add(time.Second / 2) },
		"a sign-in before 1970":        func(c *token.Claims) { c.AuthTime = time.Unix(-1, 0) },
		"issued before 1970":           func(c *token.Claims) { c.IssuedAt = time.Unix(-1, 0) },
		"an expiry after 9999":         func(c *token.Claims) { c.ExpiresAt = time.Unix(253402300800, 0) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			c := alice()
			change(&c)
			if raw, err := r.Sign(c); err == nil {
				t.Errorf("got %q, want an error", raw)
			}
		})
	}
	t.Run("claims beyond the length limit", func(t *testing.T) {
		c := alice()
		c.Groups = []string{strings.Repeat("g", token.MaxLength)}
		if _, err := r.Sign(c); !errors.Is(err, token.ErrTooLarge) {
			t.Errorf("got %v, want ErrTooLarge", err)
		}
	})
}
