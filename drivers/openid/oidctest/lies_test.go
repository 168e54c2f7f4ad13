package oidctest_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// wire is an ID token as it came.
type wire struct {
	raw            string
	header, claims map[string]any
}

// idToken signs in, without checking anything, and takes the token apart.
func idToken(t testing.TB, p *oidctest.Provider) wire {
	t.Helper()
	status, answer := exchange(t, p, codeForm(t, p), url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	raw, _ := answer["id_token"].(string)
	if status != 200 || raw == "" {
		t.Fatalf("got %d %v, want an ID token", status, answer)
	}
	return apart(t, raw)
}

func apart(t testing.TB, raw string) wire {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) < 2 {
		t.Fatalf("%q is no token", raw)
	}
	w := wire{raw: raw}
	// What is no JSON is nil here.
	_ = json.Unmarshal(decode(t, parts[0]), &w.header)
	_ = json.Unmarshal(decode(t, parts[1]), &w.claims)
	return w
}

func TestLiesAboutClaims(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	honest := idToken(t, p)
	p.IDToken(func(header, claims map[string]any) {
		header["kid"] = "../../x"
		claims["aud"] = "another"
		claims["exp"] = json.RawMessage("1e308")
		delete(claims, "nonce")
	})
	got := idToken(t, p)
	if got.header["kid"] != "../../x" || got.claims["aud"] != "another" || got.claims["exp"] != 1e308 || got.claims["nonce"] != nil {
		t.Errorf("got %v %v, want the lies", got.header, got.claims)
	}
	signedBy(t, p.Key(), got.raw)
	p.Honest()
	again := idToken(t, p)
	if again.header["kid"] != honest.header["kid"] || again.claims["aud"] != p.ClientID || again.claims["nonce"] != nonce {
		t.Errorf("got %v %v, want the truth", again.header, again.claims)
	}
}

func TestLiesInTheText(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	p.RewriteJSON(func(header, claims string) (string, string) {
		return header, oidctest.WithMember("sub", `"somebody else"`)(claims)
	})
	got := idToken(t, p)
	payload := signedBy(t, p.Key(), got.raw)
	if n := strings.Count(string(payload), `"sub":`); n != 2 {
		t.Errorf("sub comes %d times in %s, want 2", n, payload)
	}
}

// signedBy wants a token that a key signed, as a library sees it.
func signedBy(t testing.TB, k *oidctest.Key, raw string) []byte {
	t.Helper()
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(k.Alg)})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := jws.Verify(k.Priv.Public())
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestLiesAboutSignatures(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	thief := oidctest.NewKey(t, "ES256")
	for name, c := range map[string]struct {
		lie     func()
		alg     any
		problem string // what go-oidc says
	}{
		"R-26 no algorithm":                    {func() { p.SignWith(oidctest.Unsigned("nOnE")) }, "nOnE", "malformed"},
		"R-26 no signature part":               {func() { p.Rewrite(oidctest.CutSignature) }, "ES256", "malformed"},
		"R-28 an empty signature":              {func() { p.SignWith(oidctest.Unsigned("ES256")) }, "ES256", "verify"},
		"R-28 another key with the same id":    {func() { p.SignWith(thief) }, "ES256", "verify"},
		"R-28 zero for both of ECDSA":          {func() { p.Rewrite(oidctest.ZeroSignature) }, "ES256", "verify"},
		"R-28 a flipped bit in the header":     {func() { p.Rewrite(oidctest.FlipBit(0)) }, "ES256", "verify"},
		"R-28 a flipped bit in the claims":     {func() { p.Rewrite(oidctest.FlipBit(1)) }, "ES256", "verify"},
		"R-28 a flipped bit in the signature":  {func() { p.Rewrite(oidctest.FlipBit(2)) }, "ES256", "verify"},
		"R-29 the secret as a key":             {func() { p.SignWith(oidctest.HMAC("HS256", []byte(p.ClientSecret))) }, "HS256", "unexpected signature"},
		"R-29 the public key as a secret":      {func() { p.SignWith(oidctest.HMAC("HS512", p.Key().PEM(t))) }, "HS512", "unexpected signature"},
		"R-37 a key in the header":             {func() { p.SignWith(thief); p.IDToken(func(h, _ map[string]any) { h["jwk"] = thief.JWK() }) }, "ES256", "verify"},
		"a token in standard base64 with pads": {func() { p.Rewrite(oidctest.SwapAlphabet) }, nil, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Honest()
			c.lie()
			if c.alg != nil {
				if got := idToken(t, p).header["alg"]; got != c.alg {
					t.Errorf("alg is %v, want %v", got, c.alg)
				}
			}
			_, _, err := newParty(t, p).signIn(t, p)
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("go-oidc says %v, want %q", err, c.problem)
			}
		})
	}
}

func TestAFlippedBitChangesTheSubject(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	p.Rewrite(oidctest.FlipBit(1))
	if got, _ := idToken(t, p).claims["sub"].(string); got == "" || got == p.Person().Subject {
		t.Errorf("sub is %q, want another one than %q", got, p.Person().Subject)
	}
}

func TestForgedSignaturesAreRight(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{ClientSecret: "long enough for a library: " + verifier})
	t.Run("HMAC with a secret", func(t *testing.T) {
		p.SignWith(oidctest.HMAC("HS256", []byte(p.ClientSecret)))
		jws, err := jose.ParseSignedCompact(idToken(t, p).raw, []jose.SignatureAlgorithm{jose.HS256})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jws.Verify([]byte(p.ClientSecret)); err != nil {
			t.Error(err)
		}
	})
	t.Run("a thief's key with a certificate for it", func(t *testing.T) {
		thief := oidctest.NewKey(t, "RS256")
		p.Honest()
		p.SignWith(thief)
		p.IDToken(func(h, _ map[string]any) { h["x5c"] = [][]byte{thief.Certificate(t)} })
		got := idToken(t, p)
		signedBy(t, thief, got.raw)
		if x5c, _ := got.header["x5c"].([]any); len(x5c) != 1 {
			t.Errorf("x5c is %v, want one certificate", got.header["x5c"])
		}
	})
	t.Run("R-35 at_hash fits what signs", func(t *testing.T) {
		p.Honest()
		p.SignWith(oidctest.HMAC("HS512", nil))
		if got, _ := idToken(t, p).claims["at_hash"].(string); len(got) != 43 {
			t.Errorf("at_hash is %q, want 32 bytes", got)
		}
	})
}

func TestLiesOfEndpoints(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	_, token := signedIn(t, p)
	form := codeForm(t, p)
	p.Discovery(func(doc map[string]any) { doc["issuer"] = "https://evil.test" })
	p.JWKS(func(keys []map[string]any) []map[string]any { return append(keys, keys[0]) })
	p.UserInfo(func(claims map[string]any) { claims["sub"] = "evil" })
	p.Token(func(answer map[string]any) { answer["token_type"] = "MAC" })

	var doc, info struct{ Issuer, Sub string }
	var keys struct{ Keys []any }
	unmarshal(t, text(t, get(t, p, p.URL(oidctest.Discovery))), &doc)
	unmarshal(t, text(t, withBearer(t, p, token.AccessToken)), &info)
	unmarshal(t, text(t, get(t, p, p.URL(oidctest.JWKS))), &keys)
	if doc.Issuer != "https://evil.test" || info.Sub != "evil" || len(keys.Keys) != 2 {
		t.Errorf("got %v %v %v, want the lies", doc, info, keys)
	}
	if _, answer := exchange(t, p, form, url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)); answer["token_type"] != "MAC" {
		t.Errorf("got %v, want token_type MAC", answer)
	}
}

func TestLiesOfReplies(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	address := newParty(t, p).authURL()
	p.Reply(func(reply url.Values) { reply.Del("code"); reply.Set("error", "access_denied") })
	want := url.Values{"error": {"access_denied"}, "state": {state}, "iss": {p.Issuer()}}
	if d := cmp.Diff(want, p.Visit(t, address)); d != "" {
		t.Errorf("reply (-want +got):\n%s", d)
	}
}

func TestTheClockOfTheProvider(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{Now: func() time.Time { return time.Unix(1_000_000, 0) }})
	p.Clock(10 * time.Minute)
	claims := idToken(t, p).claims
	if claims["iat"] != 1_000_600.0 || claims["exp"] != 1_000_900.0 {
		t.Errorf("iat %v and exp %v, want 1000600 and 1000900", claims["iat"], claims["exp"])
	}
}

func TestR62_LogoutTokens(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	q := p.Person()
	got := apart(t, p.LogoutToken(t, q, nil))
	signedBy(t, p.Key(), got.raw)
	events, _ := got.claims["events"].(map[string]any)
	if got.header["typ"] != "logout+jwt" || got.claims["sub"] != q.Subject || got.claims["sid"] != q.SID || got.claims["jti"] == "" ||
		got.claims["nonce"] != nil || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
		t.Errorf("got %v %v, want an honest logout token", got.header, got.claims)
	}
	p.SignWith(oidctest.Unsigned("none"))
	got = apart(t, p.LogoutToken(t, q, func(_, claims map[string]any) { claims["nonce"] = "n" }))
	if got.header["alg"] != "none" || got.claims["nonce"] != "n" || !strings.HasSuffix(got.raw, ".") {
		t.Errorf("got %s, want the lies", got.raw)
	}
}
