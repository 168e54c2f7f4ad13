package oidctest_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func decode(t testing.TB, part string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		// A padded one, in the other alphabet.
		if b, err = base64.StdEncoding.DecodeString(part); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func unmarshal(t testing.TB, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
}

func TestRawAnswers(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	p.Answer(oidctest.JWKS, oidctest.Raw(503, "text/html", "<h1>busy"))
	answer := get(t, p, p.URL(oidctest.JWKS))
	if body := text(t, answer); answer.StatusCode != 503 || answer.Header.Get("Content-Type") != "text/html" || body != "<h1>busy" {
		t.Errorf("got %d %q, want what was said", answer.StatusCode, body)
	}
	p.Answer(oidctest.JWKS, nil)
	if answer := get(t, p, p.URL(oidctest.JWKS)); answer.StatusCode != 200 {
		t.Errorf("honest again: %d, want 200", answer.StatusCode)
	}
}

func TestR45_HugeAnswers(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	read := func(t *testing.T) *http.Response { return get(t, p, p.URL(oidctest.Discovery)) }
	t.Run("an endless one ends with the client", func(t *testing.T) {
		p.Answer(oidctest.Discovery, oidctest.Endless("{"))
		answer := read(t)
		if n, err := io.CopyN(io.Discard, answer.Body, 8<<20); n != 8<<20 || answer.ContentLength != -1 {
			t.Errorf("read %d of %d: %v, want 8 MiB of chunks", n, answer.ContentLength, err)
		}
		_ = answer.Body.Close()
		if got := p.Written(oidctest.Discovery); got < 8<<20 {
			t.Errorf("%d bytes were counted, want 8 MiB at the least", got)
		}
	})
	t.Run("a compressed one is small on the wire", func(t *testing.T) {
		before := p.Written(oidctest.Discovery)
		p.Answer(oidctest.Discovery, oidctest.GzipBomb("{", 20<<20))
		answer := read(t) // the client says that it reads gzip, and does
		n, err := io.Copy(io.Discard, answer.Body)
		if sent := p.Written(oidctest.Discovery) - before; err != nil || n != 20<<20+1 || sent > 1<<20 || sent < 1<<10 {
			t.Errorf("%d bytes came out of %d, %v, want 20 MiB out of some kilobytes", n, sent, err)
		}
	})
	t.Run("one with a million members is JSON", func(t *testing.T) {
		p.Honest()
		p.Body(oidctest.Discovery, oidctest.WithMember("x", oidctest.Wide(1_000_000)))
		var doc struct {
			Issuer string
			X      map[string]int
		}
		unmarshal(t, text(t, read(t)), &doc)
		if doc.Issuer != p.Issuer() || len(doc.X) != 1_000_000 {
			t.Errorf("got the issuer %q and %d members, want the honest one and a million", doc.Issuer, len(doc.X))
		}
	})
	t.Run("a deep one is deep", func(t *testing.T) {
		p.Body(oidctest.Discovery, oidctest.WithMember("x", oidctest.Deep(100_000)))
		body := text(t, read(t))
		if err := json.Unmarshal([]byte(body), new(any)); err == nil || strings.Count(body, "[") < 100_000 {
			t.Errorf("encoding/json says %v, want that it is too deep", err)
		}
	})
}

func TestStuckAnswers(t *testing.T) {
	for name, start := range map[string]string{"before the status": "", "in the body": "{"} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t, oidctest.Options{})
			p.Answer(oidctest.JWKS, oidctest.Stuck(start))
			ctx, cancel := context.WithCancel(t.Context())
			q, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL(oidctest.JWKS), nil)
			if err != nil {
				t.Fatal(err)
			}
			if start == "" {
				go func() { // it ends with the call below
					defer cancel()
					_ = p.Await(ctx, oidctest.JWKS, 1)
				}()
				if answer, err := p.Client().Do(q); err == nil {
					t.Errorf("got %d, want no answer", answer.StatusCode)
				}
				return
			}
			answer := do(t, p, q)
			first := make([]byte, len(start))
			if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != start {
				t.Errorf("got %q, %v, want the start", first, err)
			}
			cancel()
			if _, err := io.ReadAll(answer.Body); err == nil {
				t.Error("the body came to an end, want none")
			}
		})
	}
}

func TestR47_RedirectsToAStranger(t *testing.T) {
	for name, o := range map[string]oidctest.Options{"over plain HTTP": {}, "over TLS": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t, o)
			s := p.Stranger(t, nil)
			for _, status := range []int{301, 302, 303, 307, 308} {
				p.Answer(oidctest.JWKS, oidctest.RedirectTo(status, s.URL+"/keys"))
				answer := get(t, p, p.URL(oidctest.JWKS))
				if answer.StatusCode != status || answer.Header.Get("Location") != s.URL+"/keys" {
					t.Errorf("got %d to %q, want %d", answer.StatusCode, answer.Header.Get("Location"), status)
				}
			}
			if n := s.Calls(); n != 0 {
				t.Errorf("the stranger had %d calls, want none", n)
			}
			follower := p.Client()
			follower.CheckRedirect = nil
			answer, err := follower.Get(p.URL(oidctest.JWKS))
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if calls := s.Requests(); len(calls) != 1 || calls[0].URL.Path != "/keys" {
				t.Errorf("the stranger had %v, want one call for the keys", calls)
			}
		})
	}
}

func TestR41_WeakKeys(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	for name, k := range map[string]*oidctest.WeakKey{
		"512 bits": oidctest.NewWeakKey(t, 512, 65537), "1024 bits": oidctest.NewWeakKey(t, 1024, 3), "an exponent of 1": oidctest.NewWeakKey(t, 2048, 1),
	} {
		t.Run(name, func(t *testing.T) {
			p.Honest()
			p.Present(k.JWK(), k)
			got := idToken(t, p)
			var set struct{ Keys []struct{ Kid, N, E string } }
			unmarshal(t, text(t, get(t, p, p.URL(oidctest.JWKS))), &set)
			if len(set.Keys) != 1 || got.header["kid"] != set.Keys[0].Kid || got.header["alg"] != "RS256" {
				t.Fatalf("got %v under %v, want the weak key alone", got.header, set)
			}
			parts := strings.Split(got.raw, ".")
			n, e := new(big.Int).SetBytes(decode(t, set.Keys[0].N)), new(big.Int).SetBytes(decode(t, set.Keys[0].E))
			padded := new(big.Int).Exp(new(big.Int).SetBytes(decode(t, parts[2])), e, n)
			sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
			if !strings.HasSuffix(string(padded.Bytes()), string(sum[:])) {
				t.Error("the signature is not right, so that nobody's refusal tells of the key")
			}
			if n.BitLen() == 1024 {
				if err := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: n, E: int(e.Int64())}, crypto.SHA256, sum[:], decode(t, parts[2])); err != nil {
					t.Errorf("the library finds it wrong: %v", err)
				}
			}
		})
	}
}

func TestOddKeys(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	secret := []byte("a secret that is published")
	p.Present(map[string]any{"kty": "oct", "kid": "o", "k": base64.RawURLEncoding.EncodeToString(secret)}, oidctest.HMAC("HS256", secret))
	if got := idToken(t, p).header; got["kid"] != "o" || got["alg"] != "HS256" {
		t.Errorf("got %v, want the shared key", got)
	}
}
