package bench

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// BenchmarkSign and BenchmarkVerify are ES256; the floor is the curve's
// arithmetic alone over as many bytes.
func BenchmarkSign(b *testing.B) {
	ring, key := ringAndKey(b)
	c := claims()
	b.Run("signet", func(b *testing.B) {
		for b.Loop() {
			if _, err := ring.Sign(c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		payload := make([]byte, 900)
		for b.Loop() {
			sum := sha256.Sum256(payload)
			if _, err := ecdsa.SignASN1(rand.Reader, key, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	ring, key := ringAndKey(b)
	raw, err := ring.Sign(claims())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("signet", func(b *testing.B) {
		for b.Loop() {
			if _, err := ring.Verify(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		payload := make([]byte, 900)
		sum := sha256.Sum256(payload)
		signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			sum := sha256.Sum256(payload)
			if !ecdsa.VerifyASN1(&key.PublicKey, sum[:], signature) {
				b.Fatal("not verified")
			}
		}
	})
}

func ringAndKey(b *testing.B) (*token.Ring, *ecdsa.PrivateKey) {
	b.Helper()
	sealer, err := token.NewSealer([]byte(masterKey))
	if err != nil {
		b.Fatal(err)
	}
	ring, err := token.Open(b.Context(), token.Config{Issuer: "https://sso.example.org"}, &tokentest.Keys{}, sealer)
	if err != nil {
		b.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	return ring, key
}

func claims() token.Claims {
	return token.Claims{
		Subject: "0b7c1c7e-3a46-41c7-9817-41869c65f8d3", AccountID: "0b7c1c7e-3a46-41c7-9817-41869c65f8d3",
		SessionID: "rLc9oQP9kV8TME6nfSZ1eQ", Provider: "corp", AMR: []string{"pwd"}, ExpiresAt: time.Now().Add(time.Hour),
		Email: "alice@example.org", EmailVerified: true, PreferredUsername: "alice", Name: "Alice Liddell",
		Groups: []string{"family", "staff"}, Roles: []string{"family", "staff"}, Scopes: []string{"node.view"}, Role: "user",
	}
}
