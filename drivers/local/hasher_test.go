package local_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers/local"
)

// cheap is a Hasher that costs a test nothing.
func cheap(change ...func(*local.HasherConfig)) *local.Hasher {
	c := local.HasherConfig{Memory: 64, Time: 1, Parallelism: 1, Slots: 2, Queue: 1000}
	for _, f := range change {
		f(&c)
	}
	return local.NewHasher(c)
}

// hashed is the hash of a password, made now.
func hashed(t *testing.T, h *local.Hasher, password string) string {
	t.Helper()
	s, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHash(t *testing.T) {
	h := cheap()
	t.Run("is argon2id with its own salt", func(t *testing.T) {
		a, b := hashed(t, h, "password"), hashed(t, h, "password")
		if !strings.HasPrefix(a, "$argon2id$v=19$m=64,t=1,p=1$") || a == b {
			t.Errorf("got %s and %s, want two different argon2id hashes", a, b)
		}
	})
	t.Run("costs the OWASP minimum unless told otherwise", func(t *testing.T) {
		if s := hashed(t, local.NewHasher(local.HasherConfig{}), "password"); !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("got %s, want m=19456,t=2,p=1", s)
		}
	})
	t.Run("takes its salt from the given source and fails without one", func(t *testing.T) {
		dry := cheap(func(c *local.HasherConfig) { c.Rand = strings.NewReader("16 bytes of salt, no more") })
		if s := hashed(t, dry, "password"); !strings.Contains(s, "$MTYgYnl0ZXMgb2Ygc2FsdA$") {
			t.Errorf("got %s, want the salt of the source", s)
		}
		if s, err := dry.Hash(t.Context(), "password"); err == nil || s != "" {
			t.Errorf("got %q, %v; want an error when the source is dry", s, err)
		}
	})
	t.Run("of bytes that are no text is of those bytes", func(t *testing.T) {
		raw := string(bytes.Repeat([]byte{0xff, 0xc0}, 8))
		if ok, _, err := h.Verify(t.Context(), raw, hashed(t, h, raw)); !ok || err != nil {
			t.Errorf("got %v, %v; want true", ok, err)
		}
	})
}

func TestL15APasswordMatchesExactly(t *testing.T) {
	h := cheap()
	for _, size := range []int{64, 72, 128, 1023} {
		long := strings.Repeat("a", size)
		hash := hashed(t, h, long+"b")
		for _, wrong := range []string{long + "c", long, long + "b ", " " + long + "b", long + "b\x00", long + "B", ""} {
			if ok, _, err := h.Verify(t.Context(), wrong, hash); ok || err != nil {
				t.Errorf("%d bytes, %.5q…%q: got %v, %v; want false", size, wrong, wrong[max(len(wrong)-3, 0):], ok, err)
			}
		}
		if ok, stale, err := h.Verify(t.Context(), long+"b", hash); !ok || stale || err != nil {
			t.Errorf("%d bytes: got %v, stale %v, %v; want true, false", size, ok, stale, err)
		}
	}
}

func TestP06APasswordIsItsNormalisedForm(t *testing.T) {
	h := cheap()
	t.Run("however a keyboard composes it", func(t *testing.T) {
		nfc, nfd := "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me"
		for hash, typed := range map[string]string{hashed(t, h, nfc): nfd, hashed(t, h, nfd): nfc} {
			if ok, stale, err := h.Verify(t.Context(), typed, hash); !ok || stale || err != nil {
				t.Errorf("got %v, stale %v, %v; want the other spelling to match", ok, stale, err)
			}
		}
		if ok, _, _ := h.Verify(t.Context(), "caf\u0435", hashed(t, h, "cafe")); ok { // Cyrillic
			t.Error("a look-alike matched")
		}
		if ok, _, _ := h.Verify(t.Context(), "ﬁsh", hashed(t, h, "fish")); ok {
			t.Error("a compatibility form matched")
		}
	})
	t.Run("but it is taken as another system hashed it, and then renewed", func(t *testing.T) {
		// both of "cafe" and U+0301, which NFC would compose
		for _, hash := range []string{
			"pbkdf2_sha256$1000$seasalt$U9vql0UGovZ4kxk176T3aUkhnmD005c5nqbwcJZtXpc=",
			"$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$x4Xw+2W9JaX/fp4Y3YGdVPL/wl/d3KVPAGgZURNvAPY",
		} {
			if ok, stale, err := h.Verify(t.Context(), "cafe\u0301", hash); !ok || !stale || err != nil {
				t.Errorf("%s: got %v, stale %v, %v; want true, true", hash, ok, stale, err)
			}
		}
	})
}

func TestP02AHashIsStale(t *testing.T) {
	base := hashed(t, cheap(), "password")
	for _, c := range []struct {
		rule   string
		change func(*local.HasherConfig)
		stale  bool
	}{
		{"not at the configured cost", func(*local.HasherConfig) {}, false},
		{"when it took less memory", func(c *local.HasherConfig) { c.Memory = 65 }, true},
		{"when it took fewer passes", func(c *local.HasherConfig) { c.Time = 2 }, true},
		{"when it took fewer lanes", func(c *local.HasherConfig) { c.Parallelism = 2 }, true},
		{"not when it took more", func(c *local.HasherConfig) { c.Memory = 32 }, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := cheap(c.change)
			if ok, stale, err := h.Verify(t.Context(), "password", base); !ok || stale != c.stale || err != nil {
				t.Errorf("got %v, stale %v, %v; want true, %v", ok, stale, err, c.stale)
			}
			if ok, stale, err := h.Verify(t.Context(), "wrong", base); ok || stale || err != nil {
				t.Errorf("a wrong password: got %v, stale %v, %v; want false, false", ok, stale, err)
			}
		})
	}
	t.Run("when its sum is shorter than ours", func(t *testing.T) {
		const short = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$zX4Ep8A/YO7OCSW/CB8hJQ"
		if ok, stale, err := cheap().Verify(t.Context(), "password", short); !ok || !stale || err != nil {
			t.Errorf("got %v, stale %v, %v; want true, true", ok, stale, err)
		}
	})
}
