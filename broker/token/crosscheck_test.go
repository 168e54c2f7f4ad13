package token_test

import (
	"crypto"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// TestAnotherLibraryVerifiesOurTokens knows nothing of us but the JWKS bytes (or
// the shared secret) and the token.
func TestAnotherLibraryVerifiesOurTokens(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(alg, func(t *testing.T) {
			cfg := config()
			cfg.Algorithm, cfg.Audience = alg, []string{"app"}
			r := open(t, cfg, new(tokentest.Keys))
			c := alice()
			raw := sign(t, r, c)
			jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
			must(t, err)
			head := jws.Signatures[0].Protected
			if head.Algorithm != alg || head.ExtraHeaders["typ"] != "at+jwt" {
				t.Errorf("header: alg %q and typ %q, want %q and at+jwt", head.Algorithm, head.ExtraHeaders["typ"], alg)
			}
			plain, err := jws.Verify(foreignKey(t, r, alg, head.KeyID))
			must(t, err)
			if diff := cmp.Diff(aliceOnTheWire(), decoded(t, plain)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func foreignKey(t *testing.T, r *token.Ring, alg, kid string) any {
	t.Helper()
	if alg[:2] == "HS" {
		return hmacSecret
	}
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(r.JWKS(), &set))
	found := set.Key(kid)
	if len(found) != 1 || !found[0].IsPublic() || found[0].Algorithm != alg || found[0].Use != "sig" {
		t.Fatalf("JWKS has %d keys for %q, want one public key for %s and use sig: %s", len(found), kid, alg, r.JWKS())
	}
	checkThumbprint(t, found[0])
	return found[0]
}

// checkThumbprint holds the key id against the other library's RFC 7638 thumbprint.
func checkThumbprint(t *testing.T, k jose.JSONWebKey) {
	t.Helper()
	sum, err := k.Thumbprint(crypto.SHA256)
	must(t, err)
	if got := b64(sum); got != k.KeyID {
		t.Errorf("key id %s, want the thumbprint %s", k.KeyID, got)
	}
}

func decoded(t *testing.T, plain []byte) map[string]any {
	t.Helper()
	var m map[string]any
	must(t, json.Unmarshal(plain, &m))
	return m
}

func aliceOnTheWire() map[string]any {
	at := float64(noon.Unix())
	id := "0b7d1c52-6a0e-4d53-9f2e-6f3f7f1c2a90"
	return map[string]any{
		"iss": "https://signet.example", "sub": id, "aud": "app", "iat": at, "exp": at + 900, "auth_time": at - 3600,
		"jti": "dG9rZW4", "sid": "c2Vzc2lvbg", "idp": "corp", "amr": []any{"pwd", "otp"},
		"email": "alice@example.com", "email_verified": true, "preferred_username": "alice",
		"name": "Alice Ångström", "given_name": "Alice", "family_name": "Ångström",
		"groups": []any{"Family", "Größe > 1?"}, "roles": []any{"editor"}, "scopes": []any{"node.view", "tag.view"},
		"is_admin": true, "id": id, "role": "administrator", "app_access": true, "admin_access": true,
	}
}
