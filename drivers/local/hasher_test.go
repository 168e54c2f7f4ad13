package local_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/signet-sso/signet/drivers"
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

func TestVerifyKnowsImportedHashes(t *testing.T) {
	b, err := bcrypt.GenerateFromPassword([]byte("password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 80)
	cut, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	h := cheap()
	for _, c := range []struct{ form, password, hash string }{
		// made with the reference implementation of another language
		{"PBKDF2-SHA256", "password", "$pbkdf2-sha256$6400$8PHy8/T19vf4.fr7/P3./w$Su6XdgojXneiyra3.OOMs7KSirH4A3GXZHKiYm/GdsU"},
		{"scrypt", "password", "$scrypt$ln=8,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$FtoJc9D0IZD2rcghQyWIjug2A4uBStKu+mZ9K+NbbBU"},
		// the specification's own vectors
		{"SHA-512-crypt", "Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
		{"SHA-512-crypt with rounds", "Hello world!", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."},
		{"bcrypt", "password", string(b)},
		{"bcrypt of a long password, as bcrypt cuts it", long, string(cut)},
	} {
		t.Run(c.form, func(t *testing.T) {
			ok, stale, err := h.Verify(t.Context(), c.password, c.hash)
			if !ok || !stale || err != nil {
				t.Errorf("the right password: got %v, stale %v, %v; want true, true", ok, stale, err)
			}
			if ok, _, err := h.Verify(t.Context(), "y"+c.password, c.hash); ok || err != nil {
				t.Errorf("a wrong password: got %v, %v; want false", ok, err)
			}
		})
	}
}

func TestHash(t *testing.T) {
	h := cheap()
	hash := func(t *testing.T, password string) string {
		t.Helper()
		s, err := h.Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("is argon2id with its own salt", func(t *testing.T) {
		a, b := hash(t, "password"), hash(t, "password")
		if !strings.HasPrefix(a, "$argon2id$v=19$m=64,t=1,p=1$") || a == b {
			t.Errorf("got %s and %s, want two different argon2id hashes", a, b)
		}
	})
	t.Run("L-15 matches exactly", func(t *testing.T) {
		long := strings.Repeat("a", 72)
		stored := hash(t, long+"b")
		for _, wrong := range []string{long + "c", long, long + "b ", " " + long + "b", long + "b\x00", ""} {
			if ok, _, err := h.Verify(t.Context(), wrong, stored); ok || err != nil {
				t.Errorf("%q: got %v, %v; want false", wrong, ok, err)
			}
		}
		if ok, stale, err := h.Verify(t.Context(), long+"b", stored); !ok || stale || err != nil {
			t.Errorf("the password itself: got %v, stale %v, %v; want true, false", ok, stale, err)
		}
	})
	t.Run("P-06 is of the normalised password", func(t *testing.T) {
		nfc, nfd := "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me"
		for stored, typed := range map[string]string{hash(t, nfc): nfd, hash(t, nfd): nfc} {
			if ok, _, err := h.Verify(t.Context(), typed, stored); !ok || err != nil {
				t.Errorf("got %v, %v; want the other spelling to match", ok, err)
			}
		}
		if ok, _, _ := h.Verify(t.Context(), "cafе", hash(t, "cafe")); ok { // Cyrillic е
			t.Error("a look-alike matched")
		}
	})
	t.Run("P-02 is stale when it costs less than configured", func(t *testing.T) {
		stored := hash(t, "password")
		dearer := cheap(func(c *local.HasherConfig) { c.Memory = 128 })
		if ok, stale, err := dearer.Verify(t.Context(), "password", stored); !ok || !stale || err != nil {
			t.Errorf("got %v, stale %v, %v; want true, true", ok, stale, err)
		}
	})
	t.Run("P-11 is no password itself", func(t *testing.T) {
		stored := hash(t, "password")
		if ok, _, _ := h.Verify(t.Context(), stored, stored); ok {
			t.Error("the stored hash opened its account")
		}
	})
}

func TestL05UnusableHashes(t *testing.T) {
	h := cheap()
	for _, stored := range []string{
		"", "!", "*", "null", "password", "$", "$$$$", "$argon2id$", "$1$salt$sum", "$5$salt$sum",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$",
		"$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=+64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$scrypt$ln=30,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
		"$pbkdf2-sha256$2000000000$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"$6$rounds=999999999$salt$" + strings.Repeat("a", 86),
		strings.Repeat("$argon2id$", 1000),
	} {
		for _, password := range []string{"", "null", "!", stored} {
			if ok, _, err := h.Verify(t.Context(), password, stored); ok || !errors.Is(err, local.ErrHash) {
				t.Errorf("%.30q with %.30q: got %v, %v; want false and ErrHash", password, stored, ok, err)
			}
		}
	}
}

func TestX01NoHashStartsWithoutASlot(t *testing.T) {
	h := cheap(func(c *local.HasherConfig) { c.Memory, c.Slots, c.Queue = 8<<10, 2, 3 })
	const callers = 40
	var start, done sync.WaitGroup
	var mu sync.Mutex
	busy, worked, most := 0, 0, 0
	start.Add(1)
	for range callers {
		done.Go(func() {
			start.Wait()
			_, err := h.Hash(t.Context(), "password")
			mu.Lock()
			defer mu.Unlock()
			most = max(most, h.Stats().Running, h.Stats().Waiting-1)
			var b local.BusyError
			switch {
			case err == nil:
				worked++
			case errors.As(err, &b) && errors.Is(err, drivers.ErrUnavailable) && b.Retry > 0:
				busy++
			default:
				t.Errorf("got %v, want a hash or BusyError", err)
			}
		})
	}
	start.Done()
	done.Wait()
	if most > 3 {
		t.Errorf("got %d at once, want at most 2 running and 3 waiting", most)
	}
	if worked < 5 || worked+busy != callers || h.Stats().Refused != int64(busy) {
		t.Errorf("got %d hashes, %d refused (counted %d) of %d callers", worked, busy, h.Stats().Refused, callers)
	}
	if s := h.Stats(); s.Running != 0 || s.Waiting != 0 {
		t.Errorf("afterwards %+v, want every slot free", s)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	h := cheap()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "password"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func FuzzStoredHash(f *testing.F) {
	for _, s := range []string{"", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$6$salt$x", "$2b$04$"} {
		f.Add(s)
	}
	h := cheap()
	f.Fuzz(func(t *testing.T, stored string) {
		if len(stored) > 64 { // long ones may be dear and right
			return
		}
		if ok, _, _ := h.Verify(t.Context(), "a password nobody has", stored); ok {
			t.Errorf("%q matched", stored)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"Alice", "STRASSE", "ß", "ǰ", "ﬁ", "İ", "ΐ", "\xff", "a\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := local.Normalise(s)
		if twice := local.Normalise(once); twice != once {
			t.Errorf("Normalise(%q) = %q, and of that %q", s, once, twice)
		}
	})
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"Alice": "alice", "ALICE@Example.ORG": "alice@example.org", "Straße": "strasse",
		"Mu\u0308ller": "m\u00fcller", "ａｌｉｃｅ": "alice", " a ": " a ",
	} {
		if got := local.Normalise(in); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", in, got, want)
		}
	}
}
