package token_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

func TestAlgorithmChangeKeepsOldTokensValid(t *testing.T) {
	for _, change := range [][2]string{{"ES256", "EdDSA"}, {"EdDSA", "RS256"}, {"ES256", "HS256"}, {"PS256", "RS256"}} {
		t.Run(change[0]+" to "+change[1], func(t *testing.T) {
			keys := new(tokentest.Keys)
			cfg := config()
			cfg.Algorithm = change[0]
			raw := sign(t, open(t, cfg, keys), alice())
			cfg.Algorithm = change[1]
			r := open(t, cfg, keys)
			accepts(t, r, raw, "a token from before the change")
			if got := inState(t, r, token.StatePrevious); got != kidOf(t, raw) {
				t.Errorf("previous key is %s, want %s", got, kidOf(t, raw))
			}
			now := sign(t, r, alice())
			accepts(t, r, now, "a token from after the change")
			if alg := algOf(t, r, kidOf(t, now)); alg != change[1] {
				t.Errorf("new tokens are signed by %s, want %s", alg, change[1])
			}
			again := open(t, cfg, keys)
			if diff := cmp.Diff(r.List(), again.List()); diff != "" {
				t.Errorf("opening again changed the keys (-want +got):\n%s", diff)
			}
		})
	}
}

func algOf(t testing.TB, r *token.Ring, kid string) string {
	t.Helper()
	for _, k := range r.List() {
		if k.ID == kid {
			return k.Algorithm
		}
	}
	t.Fatalf("key %s is not listed", kid)
	return ""
}

func TestHMACKeyComesFromTheConfigurationOnly(t *testing.T) {
	keys := new(tokentest.Keys)
	cfg := config()
	cfg.Algorithm = "HS256"
	r := open(t, cfg, keys)
	if got := string(r.JWKS()); got != `{"keys":[]}` {
		t.Errorf("JWKS: got %s, want no key", got)
	}
	if rows, err := keys.Keys(t.Context()); err != nil || len(rows) != 0 {
		t.Errorf("stored keys: got %d and %v, want none", len(rows), err)
	}
	if err := r.Rotate(t.Context()); !errors.Is(err, token.ErrConfiguredKey) {
		t.Errorf("rotate: got %v, want ErrConfiguredKey", err)
	}
	kid := kidOf(t, sign(t, r, alice()))
	if err := r.Retire(t.Context(), kid); !errors.Is(err, token.ErrConfiguredKey) {
		t.Errorf("retire: got %v, want ErrConfiguredKey", err)
	}
	raw := sign(t, r, alice())
	cfg.HMACSecret = []byte(strings.ToUpper(string(hmacSecret)))
	other := open(t, cfg, keys)
	refuses(t, other, raw, "a token under the former secret")
	if got := kidOf(t, sign(t, other, alice())); got == kid {
		t.Error("another secret has the same key id")
	}
}

func TestChangeToHMACLeavesOnePreviousKey(t *testing.T) {
	keys := new(tokentest.Keys)
	cfg := config()
	r := open(t, cfg, keys)
	must(t, r.Rotate(t.Context()))
	raw := sign(t, r, alice())
	cfg.Algorithm = "HS256"
	hs := open(t, cfg, keys)
	if got := inState(t, hs, token.StatePrevious); got != kidOf(t, raw) {
		t.Errorf("previous key is %s, want the former current one %s", got, kidOf(t, raw))
	}
	accepts(t, hs, raw, "a token of the former current key")
}

func TestHMACRingSignsWithItsOwnKeyWhateverTheStoreSays(t *testing.T) {
	keys := new(tokentest.Keys)
	cfg := config()
	cfg.Algorithm = "HS256"
	hs := open(t, cfg, keys)
	kid := kidOf(t, sign(t, hs, alice()))
	es := open(t, config(), keys) // another replica, already with another algorithm
	must(t, hs.Reload(t.Context()))
	if got := kidOf(t, sign(t, hs, alice())); got != kid {
		t.Errorf("signs with %s, want its own key %s", got, kid)
	}
	accepts(t, hs, sign(t, es, alice()), "a token of the other replica")
}
