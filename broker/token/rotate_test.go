package token_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// kidOf returns the id of the key that signed a token.
func kidOf(t testing.TB, raw string) string {
	t.Helper()
	segment, _, _ := strings.Cut(raw, ".")
	b, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal(b, &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

// inState returns the id of the only key in the state.
func inState(t testing.TB, r *token.Ring, state string) string {
	t.Helper()
	var ids []string
	for _, k := range r.List() {
		if k.State == state {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) != 1 {
		t.Fatalf("keys in state %s: got %v, want one", state, ids)
	}
	return ids[0]
}

func published(t testing.TB, r *token.Ring) []string {
	t.Helper()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal(r.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, k := range set.Keys {
		ids = append(ids, k.Kid)
	}
	slices.Sort(ids)
	return ids
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func accepts(t testing.TB, r *token.Ring, raw, what string) {
	t.Helper()
	if _, err := r.Verify(raw); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func refuses(t testing.TB, r *token.Ring, raw, what string) {
	t.Helper()
	if _, err := r.Verify(raw); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("%s: got %v, want ErrInvalid", what, err)
	}
}

func TestT16_RotationMovesEachKeyOnePlaceOn(t *testing.T) {
	r := open(t, config(), new(tokentest.Keys))
	next, current := inState(t, r, token.StateNext), inState(t, r, token.StateCurrent)
	old := sign(t, r, alice())
	must(t, r.Rotate(t.Context()))

	if got := inState(t, r, token.StateCurrent); got != next {
		t.Errorf("current key is %s, want the former next one %s", got, next)
	}
	if got := inState(t, r, token.StatePrevious); got != current {
		t.Errorf("previous key is %s, want the former current one %s", got, current)
	}
	want := []string{inState(t, r, token.StateNext), next, current}
	slices.Sort(want)
	if diff := cmp.Diff(want, published(t, r)); diff != "" {
		t.Errorf("JWKS (-want +got):\n%s", diff)
	}
	if got := kidOf(t, sign(t, r, alice())); got != next {
		t.Errorf("new tokens are signed by %s, want %s", got, next)
	}
	accepts(t, r, old, "a token of the previous key")
	must(t, r.Rotate(t.Context()))
	refuses(t, r, old, "a token from before the last two rotations")
	if got := len(published(t, r)); got != 3 {
		t.Errorf("%d keys are published, want 3", got)
	}
}

func TestT16_ReplicasAcceptTheNextKeyBeforeTheyReload(t *testing.T) {
	keys := new(tokentest.Keys)
	a, b := open(t, config(), keys), open(t, config(), keys)
	must(t, a.Rotate(t.Context()))
	accepts(t, b, sign(t, a, alice()), "a new token on a replica that has not reloaded")
	accepts(t, a, sign(t, b, alice()), "an old token on the replica that rotated")
}

func TestT17_RetiredKeyVerifiesNothing(t *testing.T) {
	for _, state := range []string{token.StateNext, token.StateCurrent, token.StatePrevious} {
		t.Run(state, func(t *testing.T) {
			keys := new(tokentest.Keys)
			a, b := open(t, config(), keys), open(t, config(), keys)
			tokens := map[string]string{token.StatePrevious: sign(t, a, alice())}
			must(t, a.Rotate(t.Context()))
			must(t, b.Reload(t.Context()))
			tokens[token.StateCurrent] = sign(t, a, alice())
			next := inState(t, a, token.StateNext)

			bad := inState(t, a, state)
			must(t, a.Retire(t.Context(), bad))
			accepts(t, b, sign(t, a, alice()), "a new token on a replica that has not reloaded")
			must(t, b.Reload(t.Context()))
			for of, raw := range tokens {
				if of == state {
					refuses(t, a, raw, "a token of the retired key, here")
					refuses(t, b, raw, "a token of the retired key, elsewhere")
					continue
				}
				accepts(t, b, raw, "a token of the "+of+" key")
			}
			if slices.Contains(published(t, b), bad) {
				t.Error("the retired key is still published")
			}
			if got := inState(t, b, token.StateCurrent); state == token.StateCurrent && got != next {
				t.Errorf("current key is %s, want the former next one %s", got, next)
			}
			if got := inState(t, b, token.StateNext); got == bad {
				t.Error("the retired key is still next")
			}
		})
	}
}

func TestT17_RetiringWipesThePrivateKey(t *testing.T) {
	keys := new(tokentest.Keys)
	r := open(t, config(), keys)
	id := inState(t, r, token.StateCurrent)
	must(t, r.Retire(t.Context(), id))
	must(t, r.Retire(t.Context(), id)) // again: no error
	rows, err := keys.Keys(t.Context())
	must(t, err)
	for _, row := range rows {
		if row.ID == id && (row.State != token.StateRetired || len(row.Sealed) != 0) {
			t.Errorf("row of the retired key: state %s with %d sealed bytes, want retired with none", row.State, len(row.Sealed))
		}
	}
	if err := r.Retire(t.Context(), "unknown"); !errors.Is(err, token.ErrUnknownKey) {
		t.Errorf("unknown key: got %v, want ErrUnknownKey", err)
	}
}

func TestRetiringTwiceKeepsTheMomentOfTheFirst(t *testing.T) {
	now := noon
	cfg := config()
	cfg.Now = func() time.Time { return now }
	r := open(t, cfg, new(tokentest.Keys))
	id := inState(t, r, token.StateCurrent)
	must(t, r.Retire(t.Context(), id))
	now = noon.Add(time.Hour)
	must(t, r.Retire(t.Context(), id))
	for _, k := range r.List() {
		if k.ID == id && !k.ChangedAt.Equal(noon) {
			t.Errorf("retired at %s, want %s", k.ChangedAt, noon)
		}
	}
}

func TestRetiredKeysAreForgottenAfterAMonth(t *testing.T) {
	now := noon
	cfg := config()
	cfg.Now = func() time.Time { return now }
	r := open(t, cfg, new(tokentest.Keys))
	must(t, r.Retire(t.Context(), inState(t, r, token.StateNext)))
	now = noon.Add(30 * 24 * time.Hour)
	must(t, r.Rotate(t.Context()))
	inState(t, r, token.StateRetired) // still there
	now = now.Add(time.Second)
	must(t, r.Rotate(t.Context()))
	for _, k := range r.List() {
		if k.State == token.StateRetired {
			t.Errorf("key %s, retired %s, is still listed", k.ID, k.ChangedAt)
		}
	}
}

func TestRingRefusesKeysThatItMustNotUse(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(small)
	must(t, err)
	sealedSmall, err := sealer(t).Seal("signing key", "RS256 small", der)
	must(t, err)
	cases := map[string]func(rows []token.StoredKey) []token.StoredKey{
		"T-18 an RSA key of 1024 bits": func(rows []token.StoredKey) []token.StoredKey {
			return append(rows, token.StoredKey{ID: "small", Algorithm: "RS256", State: token.StatePrevious, Sealed: sealedSmall})
		},
		"two keys that changed places": func(rows []token.StoredKey) []token.StoredKey {
			rows[1].Sealed, rows[2].Sealed = rows[2].Sealed, rows[1].Sealed
			return rows
		},
		"a key under another algorithm": func(rows []token.StoredKey) []token.StoredKey {
			rows[1].Algorithm = "ES384"
			return rows
		},
		"a key under an HMAC algorithm": func(rows []token.StoredKey) []token.StoredKey {
			rows[1].Algorithm = "HS256"
			return rows
		},
		"a key that is empty":        func(rows []token.StoredKey) []token.StoredKey { rows[2].Sealed = nil; return rows },
		"a key in an unknown state":  func(rows []token.StoredKey) []token.StoredKey { rows[1].State = "paused"; return rows },
		"a key that came back":       comeBack,
		"two current keys":           func(rows []token.StoredKey) []token.StoredKey { return bothCurrent(rows) },
		"no current key at a reload": func(rows []token.StoredKey) []token.StoredKey { return nil },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			keys := new(tokentest.Keys)
			r := open(t, config(), keys)
			must(t, r.Rotate(t.Context()))
			must(t, r.Retire(t.Context(), inState(t, r, token.StatePrevious)))
			raw := sign(t, r, alice())
			must(t, keys.ChangeKeys(t.Context(), func(rows []token.StoredKey) ([]token.StoredKey, error) { return change(rows), nil }))
			if err := r.Reload(t.Context()); err == nil || r.Ready() == nil {
				t.Errorf("got %v from Reload and %v from Ready, want errors", err, r.Ready())
			}
			accepts(t, r, raw, "a token of the set that is still in use")
		})
	}
}

// comeBack makes the retired key previous again, as somebody might who can only
// write to the database.
func comeBack(rows []token.StoredKey) []token.StoredKey {
	for i := range rows {
		if rows[i].State == token.StateRetired {
			rows[i].State = token.StatePrevious
		}
	}
	return rows
}

func bothCurrent(rows []token.StoredKey) []token.StoredKey {
	for i := range rows {
		if rows[i].State == token.StateNext {
			rows[i].State = token.StateCurrent
		}
	}
	return rows
}
