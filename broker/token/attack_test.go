package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

func TestT01_AlgorithmNoneIsRefused(t *testing.T) {
	a := newTarget(t, config())
	for _, alg := range []string{`"alg":"none",`, `"alg":"None",`, `"alg":"nOnE",`, `"alg":"",`, `"alg":null,`, `"alg":[],`, ``} {
		header := fmt.Sprintf(`{%s"kid":"%s","typ":"at+jwt"}`, alg, a.kid)
		h := b64([]byte(header))
		a.refuse(t, h+"."+a.body+".")
		a.refuse(t, h+"."+a.body)
		a.refuse(t, h+"."+a.body+"."+a.sig)
		a.refuse(t, a.forge(t, header, a.ourPayload(t)))
	}
	a.refuse(t, a.header+"."+a.body+".")
	a.refuse(t, "."+a.body+"."+a.sig)
}

func TestT02_PublicKeyIsNoHMACKey(t *testing.T) {
	hashes := map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}
	for _, alg := range []string{"ES256", "RS256"} {
		cfg := config()
		cfg.Algorithm = alg
		keys := new(tokentest.Keys)
		r := open(t, cfg, keys)
		row, private := privateKey(t, keys, token.StateCurrent)
		raw := sign(t, r, alice())
		header, rest, _ := strings.Cut(raw, ".")
		body, _, _ := strings.Cut(rest, ".")
		for name, secret := range publicForms(t, r, private) {
			for hs, h := range hashes {
				for _, head := range []string{b64(fmt.Appendf(nil, `{"alg":"%s","kid":"%s","typ":"at+jwt"}`, hs, row.ID)), header} {
					mac := hmac.New(h, secret)
					mac.Write([]byte(head + "." + body))
					if _, err := r.Verify(head + "." + body + "." + b64(mac.Sum(nil))); !errors.Is(err, token.ErrInvalid) {
						t.Errorf("%s ring, %s keyed with %s: got %v, want ErrInvalid", alg, hs, name, err)
					}
				}
			}
		}
	}
}

func publicForms(t *testing.T, r *token.Ring, private crypto.Signer) map[string][]byte {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(r.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string][]byte{
		"nothing": nil, "NUL": {0}, "DER": der, "JWKS": r.JWKS(),
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
	}
	for i, k := range set.Keys {
		forms[fmt.Sprintf("JWK %d", i)] = k
	}
	switch k := private.Public().(type) {
	case *rsa.PublicKey:
		forms["modulus"] = k.N.Bytes()
		forms["PKCS #1"] = x509.MarshalPKCS1PublicKey(k)
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		forms["point"], forms["x"] = point, point[1:33]
	}
	return forms
}

func TestT05_KeyIDIsNeverLookedUp(t *testing.T) {
	a := newTarget(t, config())
	rows, err := a.keys.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kids := []string{
		"", "unknown", "../../etc/passwd", "/dev/null", "' OR 1=1--", "http://127.0.0.1/jwks.json",
		strings.ToUpper(a.kid), a.kid + "\x00", strings.Repeat("k", 10_000),
	}
	for _, row := range rows {
		if row.ID != a.kid {
			kids = append(kids, row.ID) // the next key has not signed this
		}
	}
	for _, kid := range kids {
		name, err := json.Marshal(kid)
		if err != nil {
			t.Fatal(err)
		}
		a.refuse(t, a.forge(t, fmt.Sprintf(`{"alg":"ES256","kid":%s,"typ":"at+jwt"}`, name), a.ourPayload(t)))
	}
	a.refuse(t, a.forge(t, `{"alg":"ES256","typ":"at+jwt"}`, a.ourPayload(t)))
}

func TestT07_NoOtherHeaderIsAccepted(t *testing.T) {
	a := newTarget(t, config())
	k := `"alg":"ES256","kid":"` + a.kid + `",`
	cases := map[string]string{
		"crit exp":                 `{` + k + `"typ":"at+jwt","crit":["exp"],"exp":1}`,
		"crit b64":                 `{` + k + `"typ":"at+jwt","crit":["b64"],"b64":false}`,
		"b64 without crit":         `{` + k + `"typ":"at+jwt","b64":false}`,
		"empty crit":               `{` + k + `"typ":"at+jwt","crit":[]}`,
		"crit of an absent header": `{` + k + `"typ":"at+jwt","crit":["absent"]}`,
		"unknown typ":              `{` + k + `"typ":"rt+jwt"}`,
		"typ JWT":                  `{` + k + `"typ":"JWT"}`,
		"typ in capitals":          `{` + k + `"typ":"AT+JWT"}`,
		"typ as a media type":      `{` + k + `"typ":"application/at+jwt"}`,
		"no typ":                   `{"alg":"ES256","kid":"` + a.kid + `"}`,
		"cty":                      `{` + k + `"typ":"at+jwt","cty":"JWT"}`,
		"zip":                      `{` + k + `"typ":"at+jwt","zip":"DEF"}`,
		"jku":                      `{` + k + `"typ":"at+jwt","jku":"https://evil.example/jwks"}`,
		"jwk":                      `{` + k + `"typ":"at+jwt","jwk":{"kty":"oct","k":"AA"}}`,
		"x5u":                      `{` + k + `"typ":"at+jwt","x5u":"https://evil.example/c"}`,
		"x5c":                      `{` + k + `"typ":"at+jwt","x5c":["AA"]}`,
		"x5t#S256":                 `{` + k + `"typ":"at+jwt","x5t#S256":"AA"}`,
		"alg twice":                `{"alg":"none",` + k + `"typ":"at+jwt"}`,
		"kid twice":                `{"kid":"x",` + k + `"typ":"at+jwt"}`,
		"another order":            `{"typ":"at+jwt","alg":"ES256","kid":"` + a.kid + `"}`,
		"white space":              `{ ` + k + `"typ":"at+jwt"}`,
		"another ES algorithm":     `{"alg":"ES384","kid":"` + a.kid + `","typ":"at+jwt"}`,
		"another family":           `{"alg":"RS256","kid":"` + a.kid + `","typ":"at+jwt"}`,
		"alg in small letters":     `{"alg":"es256","kid":"` + a.kid + `","typ":"at+jwt"}`,
		"no JSON":                  `alg=ES256`,
		"an empty object":          `{}`,
	}
	for name, header := range cases {
		t.Run(name+" is refused although our key signed it", func(t *testing.T) {
			a.refuse(t, a.forge(t, header, a.ourPayload(t)))
		})
	}
}

func TestT07_TheConfiguredTypeIsTheOnlyOne(t *testing.T) {
	cfg := config()
	cfg.Type = token.TypeJWT
	keys := new(tokentest.Keys)
	jwt, access := open(t, cfg, keys), open(t, config(), keys)
	if _, err := jwt.Verify(sign(t, jwt, alice())); err != nil {
		t.Errorf("a JWT where JWT is configured: %v", err)
	}
	if _, err := jwt.Verify(sign(t, access, alice())); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("an at+jwt where JWT is configured: got %v, want ErrInvalid", err)
	}
	if _, err := access.Verify(sign(t, jwt, alice())); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a JWT where at+jwt is configured: got %v, want ErrInvalid", err)
	}
}
