package openid_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// signer signs in its own way.
type signer struct {
	alg  string
	sign func([]byte) []byte
}

func (s signer) Algorithm() string                 { return s.alg }
func (s signer) Sign(input []byte) ([]byte, error) { return s.sign(input), nil }

func mac(secret []byte) func([]byte) []byte {
	return func(input []byte) []byte {
		h := hmac.New(sha256.New, secret)
		h.Write(input)
		return h.Sum(nil)
	}
}

func nothing([]byte) []byte { return nil }

func TestSignatures(t *testing.T) {
	for _, alg := range []string{"none", "None", "nOnE", ""} {
		t.Run(fmt.Sprintf("R-26 the algorithm %q is refused", alg), func(t *testing.T) {
			r := newRelying(t)
			r.SignWith(signer{alg, nothing})
			r.refused(t, drivers.ErrReply)
			r.Rewrite(func(token string) string { return strings.TrimSuffix(token, ".") })
			r.refused(t, drivers.ErrReply)
		})
	}
	t.Run("R-26 no algorithm is refused", func(t *testing.T) {
		r := newRelying(t)
		r.IDToken(func(header, _ map[string]any) { delete(header, "alg") })
		r.refused(t, drivers.ErrReply)
	})
	t.Run("R-27 a shared secret is no key, nor is a public one", func(t *testing.T) {
		r := newRelying(t)
		for _, secret := range [][]byte{[]byte(r.ClientSecret), r.Key().DER(t), r.Key().PEM(t)} {
			r.SignWith(signer{"HS256", mac(secret)})
			r.refused(t, drivers.ErrReply)
		}
	})
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run("R-28 "+alg, func(t *testing.T) {
			r := relyOn(t, oidctest.New(t, oidctest.Options{Alg: alg}))
			r.proven(t)
			for part := range 3 {
				r.Rewrite(func(token string) string { return flipped(token, part) })
				r.refused(t, drivers.ErrReply)
			}
			r.Honest()
			r.SignWith(oidctest.NewKey(t, alg))
			r.refused(t, drivers.ErrReply)
		})
	}
	t.Run("R-28 an ECDSA signature of zeros is refused", func(t *testing.T) {
		r := newRelying(t)
		r.SignWith(signer{"ES256", func([]byte) []byte { return make([]byte, 64) }})
		r.refused(t, drivers.ErrReply)
	})
	t.Run("R-29 what discovery advertises changes nothing", func(t *testing.T) {
		r := newRelying(t)
		r.Discovery(func(doc map[string]any) {
			doc["id_token_signing_alg_values_supported"] = []string{"none", "HS256"}
		})
		r.SignWith(signer{"none", nothing})
		r.refused(t, drivers.ErrReply)
		r.SignWith(signer{"HS256", mac([]byte(r.ClientSecret))})
		r.refused(t, drivers.ErrReply)
	})
	t.Run("R-29 an algorithm that the operator left out is refused", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.Algorithms = []string{"RS256"} })
		r.refused(t, drivers.ErrReply)
	})
}

// flipped changes one letter in the middle of a part of a token.
func flipped(token string, part int) string {
	parts := strings.Split(token, ".")
	b := []byte(parts[part])
	i := len(b) / 2
	if b[i]++; b[i] == 'z'+1 || b[i] == 'Z'+1 || b[i] == '9'+1 {
		b[i] = 'A'
	}
	parts[part] = string(b)
	return strings.Join(parts, ".")
}

func TestR36KeyIDs(t *testing.T) {
	without := func(header, _ map[string]any) { delete(header, "kid") }
	t.Run("R-36 no kid and one key is fine", func(t *testing.T) {
		r := newRelying(t)
		r.IDToken(without)
		r.proven(t)
	})
	t.Run("R-36 no kid and several keys: those that fit are tried", func(t *testing.T) {
		r := newRelying(t)
		r.Publish(oidctest.NewKey(t, "RS256"))
		r.Publish(oidctest.NewKey(t, "ES256"))
		r.IDToken(without)
		r.proven(t)
	})
	t.Run("R-36 two keys of one kid are both tried", func(t *testing.T) {
		r := newRelying(t)
		other := oidctest.NewKey(t, "ES256").JWK()
		r.JWKS(func(keys []map[string]any) []map[string]any {
			other["kid"] = keys[0]["kid"]
			return append([]map[string]any{other}, keys...)
		})
		r.proven(t)
	})
	for name, kid := range map[string]any{"a path": "../../etc/passwd", "SQL": "' or 1=1 --", "10 kB": strings.Repeat("k", 10<<10), "a NUL": "a\x00b", "an object": map[string]any{}, "a number": 7} {
		t.Run("R-36 a kid that is "+name+" is compared and no more", func(t *testing.T) {
			r := newRelying(t)
			r.IDToken(func(header, _ map[string]any) { header["kid"] = kid })
			r.refused(t, drivers.ErrReply)
		})
	}
}

func TestR37KeysFromTheToken(t *testing.T) {
	var asked atomic.Int32
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(evil.Close)
	mine := oidctest.NewKey(t, "ES256")
	for name, value := range map[string]any{
		"jwk": mine.JWK(), "jku": evil.URL, "x5u": evil.URL, "x5c": []string{base64.StdEncoding.EncodeToString(mine.Certificate(t))},
	} {
		t.Run("R-37 "+name+" is not looked at", func(t *testing.T) {
			r := newRelying(t)
			r.SignWith(mine)
			r.IDToken(func(header, _ map[string]any) { header[name] = value; delete(header, "kid") })
			r.refused(t, drivers.ErrReply)
			if asked.Load() != 0 {
				t.Error("the attacker's address was called")
			}
		})
	}
}

func TestR39UnknownKeyIDsCannotMakeUsAskInALoop(t *testing.T) {
	r := newRelying(t)
	r.proven(t)
	before := r.Calls(oidctest.JWKS)
	r.IDToken(func(header, _ map[string]any) { header["kid"] = fmt.Sprint(time.Now().UnixNano()) })
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 100 {
				if id, err := r.signIn(t); err == nil {
					t.Errorf("got %q", id.Subject)
				}
			}
		})
	}
	wait.Wait()
	if n := r.Calls(oidctest.JWKS) - before; n > 1 {
		t.Errorf("%d calls for keys, want at most 1", n)
	}
	r.Honest()
	t.Run("R-39 honest sign-ins work meanwhile", func(t *testing.T) { r.proven(t) })
	t.Run("R-39 a new key is found half a minute later", func(t *testing.T) {
		r.Rotate(t)
		r.clock.pass(31 * time.Second)
		r.proven(t)
		if n := r.Calls(oidctest.JWKS) - before; n > 2 {
			t.Errorf("%d calls for keys, want at most 2", n)
		}
	})
}

func TestR40KeysDuringAnOutage(t *testing.T) {
	broken := map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>"))
		},
		"no keys": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
	}
	for name, serve := range broken {
		t.Run("R-40 with "+name+" known keys go on, for a day", func(t *testing.T) {
			r := newRelying(t)
			r.proven(t)
			r.Answer(oidctest.JWKS, serve)
			r.clock.pass(2 * time.Hour)
			r.IDToken(func(_, c map[string]any) {
				c["iat"], c["exp"] = r.clock.now().Unix(), r.clock.now().Add(time.Minute).Unix()
			})
			r.proven(t)
			if !r.Weather.Degraded() {
				t.Error("nobody is told")
			}
			r.clock.pass(23 * time.Hour)
			r.refused(t, drivers.ErrUnavailable)
		})
	}
	t.Run("R-40 a key that was withdrawn is refused after an hour", func(t *testing.T) {
		r := newRelying(t)
		r.proven(t)
		old := r.Key()
		r.Rotate(t)
		r.Withdraw(t, old)
		r.SignWith(old)
		r.IDToken(func(header, c map[string]any) {
			header["kid"] = old.ID
			c["iat"], c["exp"] = r.clock.now().Unix(), r.clock.now().Add(time.Minute).Unix()
		})
		r.proven(t)
		r.clock.pass(61 * time.Minute)
		r.refused(t, drivers.ErrReply)
	})
}

func TestR41WeakKeys(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	for name, change := range map[string]func(map[string]any){
		"RSA of 1024 bits": func(k map[string]any) {
			k["kty"], k["n"], k["e"] = "RSA", b64(append([]byte{0x80}, make([]byte, 127)...)), "AQAB"
		},
		"RSA with e=1": func(k map[string]any) {
			k["kty"], k["n"], k["e"] = "RSA", b64(append([]byte{0x80}, make([]byte, 255)...)), "AQ"
		},
		"a point off the curve": func(k map[string]any) { k["y"] = k["x"] },
		"a shared key":          func(k map[string]any) { clear(k); k["kty"], k["k"] = "oct", b64([]byte("secret")) },
		"one to encrypt":        func(k map[string]any) { k["use"] = "enc" },
		"one that only signs":   func(k map[string]any) { delete(k, "use"); k["key_ops"] = []string{"sign"} },
		"another algorithm":     func(k map[string]any) { k["alg"] = "ES384" },
		"another type":          func(k map[string]any) { k["kty"] = "OKP" },
	} {
		t.Run("R-41 "+name+" verifies nothing", func(t *testing.T) {
			r := newRelying(t)
			r.JWKS(func(keys []map[string]any) []map[string]any { change(keys[0]); return keys })
			if id, err := r.signIn(t); err == nil {
				t.Errorf("got %q", id.Subject)
			}
		})
	}
	t.Run("R-41 a signature by RSA of 1024 bits is none", func(t *testing.T) {
		weak, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			t.Fatal(err)
		}
		r := newRelying(t)
		r.JWKS(func([]map[string]any) []map[string]any {
			e := big.NewInt(int64(weak.E)).Bytes()
			return []map[string]any{{"kty": "RSA", "n": b64(weak.N.Bytes()), "e": b64(e)}}
		})
		r.IDToken(func(header, _ map[string]any) { delete(header, "kid") })
		r.SignWith(signer{"RS256", func(input []byte) []byte {
			sum := sha256.Sum256(input)
			s, err := rsa.SignPKCS1v15(rand.Reader, weak, crypto.SHA256, sum[:])
			if err != nil {
				t.Error(err)
			}
			return s
		}})
		if id, err := r.signIn(t); err == nil {
			t.Errorf("got %q", id.Subject)
		}
	})
	t.Run("R-41 one bad key does not spoil the good one", func(t *testing.T) {
		r := newRelying(t)
		r.JWKS(func(keys []map[string]any) []map[string]any {
			return append([]map[string]any{{"kty": "oct", "k": "AAAA"}, {"kty": 7}, {}}, keys...)
		})
		r.proven(t)
	})
	t.Run("R-41 ten thousand keys are too many", func(t *testing.T) {
		r := newRelying(t)
		r.Body(oidctest.JWKS, func(honest string) string {
			return strings.Replace(honest, "[", "["+strings.Repeat(`{"kty":"oct","k":"A"},`, 10_000), 1)
		})
		r.refused(t, drivers.ErrUnavailable)
	})
}
