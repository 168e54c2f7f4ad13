package sessions_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/signet-sso/signet/sessions"
)

func newTokens(t testing.TB, fill byte) sessions.RefreshTokens {
	t.Helper()
	tokens, err := sessions.NewRefreshTokens(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func newID(t testing.TB) string {
	t.Helper()
	id, err := sessions.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestRefreshToken(t *testing.T) {
	tokens, id := newTokens(t, 1), newID(t)
	made, err := tokens.Make(id, 7)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("says its session and generation", func(t *testing.T) {
		gotID, gen, err := tokens.Parse(made)
		if err != nil || gotID != id || gen != 7 {
			t.Errorf("got %q, %d, %v; want %q, 7, nil", gotID, gen, err, id)
		}
	})
	t.Run("is the same each time it is made", func(t *testing.T) {
		again, err := tokens.Make(id, 7)
		if err != nil || again != made {
			t.Errorf("got %q, %v; want %q", again, err, made)
		}
	})
	t.Run("differs for another generation, session or key", func(t *testing.T) {
		next, _ := tokens.Make(id, 8)
		other, _ := tokens.Make(newID(t), 7)
		foreign, _ := newTokens(t, 2).Make(id, 7)
		for _, token := range []string{next, other, foreign} {
			if token == made {
				t.Errorf("token %q was made twice", token)
			}
		}
		if _, _, err := tokens.Parse(foreign); !errors.Is(err, sessions.ErrToken) {
			t.Errorf("foreign key: got %v, want ErrToken", err)
		}
	})
	t.Run("is refused after any change of one byte", func(t *testing.T) {
		raw, err := base64.RawURLEncoding.DecodeString(made)
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			bad := bytes.Clone(raw)
			bad[i] ^= 1
			if _, _, err := tokens.Parse(base64.RawURLEncoding.EncodeToString(bad)); !errors.Is(err, sessions.ErrToken) {
				t.Errorf("byte %d changed: got %v, want ErrToken", i, err)
			}
		}
	})
	t.Run("is refused in any other spelling", func(t *testing.T) {
		for _, bad := range []string{
			"", " ", made + "=", made + "A", made[:len(made)-1], " " + made, made + "\n",
			strings.ToUpper(made), "a.b.c", strings.Repeat("A", 1<<20),
		} {
			if _, _, err := tokens.Parse(bad); !errors.Is(err, sessions.ErrToken) {
				t.Errorf("%.20q: got %v, want ErrToken", bad, err)
			}
		}
	})
	t.Run("is not made for what is no session", func(t *testing.T) {
		if token, err := tokens.Make("short", 1); err == nil {
			t.Errorf("got %q for a malformed id, want an error", token)
		}
		if token, err := tokens.Make(id, 0); err == nil {
			t.Errorf("got %q for generation 0, want an error", token)
		}
	})
}

func TestNewRefreshTokensWantsAKeyOf32Bytes(t *testing.T) {
	if _, err := sessions.NewRefreshTokens(make([]byte, 31)); err == nil {
		t.Error("got no error for a key of 31 bytes")
	}
}

func FuzzRefreshToken(f *testing.F) {
	tokens := newTokens(f, 1)
	made, _ := tokens.Make(newID(f), 1)
	f.Add(made)
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		id, gen, err := tokens.Parse(token)
		if err != nil {
			return
		}
		if again, err := tokens.Make(id, gen); err != nil || again != token {
			t.Errorf("%q was accepted but is made as %q, %v", token, again, err)
		}
	})
}
