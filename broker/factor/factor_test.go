package factor_test

import (
	"bytes"
	"crypto/rand"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker/factor"
)

// The seed and codes of RFC 6238 Appendix B, cut to six digits.
var seed = []byte("12345678901234567890")

func TestCodesAreThoseOfTheStandard(t *testing.T) {
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		step, ok := factor.Match(seed, want, time.Unix(at, 0))
		if !ok || step != at/30 {
			t.Errorf("at %d: got step %d, %v; want %d", at, step, ok, at/30)
		}
	}
}

func TestACodeIsTakenOnePeriodEarlyOrLateAndNoMore(t *testing.T) {
	now := time.Unix(1_700_000_010, 0)
	for off, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false, 3: false, -3: false} {
		code, err := factor.Code(seed, factor.Step(now)+off)
		if err != nil {
			t.Fatal(err)
		}
		if step, ok := factor.Match(seed, code, now); ok != want || ok && step != factor.Step(now)+off {
			t.Errorf("%d periods off: got %v, step %d; want %v", off, ok, step, want)
		}
	}
}

func TestM05_OnlySixDigitsAreACode(t *testing.T) {
	now := time.Unix(59, 0)
	for _, code := range []string{"", "0", "null", "[]", "true", " 287082", "287082 ", "287 082", "0287082", "2870820", "28708", "２８７０８２", "28708\x00", "+87082", "２87082"} {
		if _, ok := factor.Match(seed, code, now); ok {
			t.Errorf("%q was taken for a code", code)
		}
	}
}

func TestTheAddressIsReadAsItWasMeant(t *testing.T) {
	u, err := url.Parse(factor.URL(seed, "sso.example.org", "Zoë + Bo/1"))
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/sso.example.org:Zoë + Bo/1" {
		t.Errorf("got %s", u)
	}
	if q := u.Query(); q.Get("secret") != factor.Secret(seed) || q.Get("issuer") != "sso.example.org" {
		t.Errorf("query: got %v", q)
	}
	picture, err := factor.QR(u.String())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := png.Decode(bytes.NewReader(picture)); err != nil || p.Bounds().Dx() < 200 {
		t.Errorf("picture: %v, %v", p, err)
	}
}

func TestP10_SeedsAndRecoveryCodesAreRandom(t *testing.T) {
	seen := map[string]bool{}
	counts := map[byte]int{}
	const rounds = 1000
	for range rounds {
		s, err := factor.NewSeed(rand.Reader)
		if err != nil || len(s) != 20 || seen[string(s)] {
			t.Fatalf("seed %x: %v, seen %v", s, err, seen[string(s)])
		}
		seen[string(s)] = true
		codes, err := factor.NewRecoveryCodes(rand.Reader)
		if err != nil || len(codes) != 10 {
			t.Fatalf("got %d codes, %v", len(codes), err)
		}
		for _, c := range codes {
			if seen[c] || len(c) != 19 {
				t.Fatalf("code %q: seen %v", c, seen[c])
			}
			seen[c] = true
			for i := range len(c) {
				counts[c[i]]++
			}
		}
	}
	delete(counts, '-')
	want := rounds * 10 * 16 / 32
	for c, n := range counts {
		if n < want*9/10 || n > want*11/10 {
			t.Errorf("%q came %d times, want about %d", c, n, want)
		}
	}
	if len(counts) != 32 {
		t.Errorf("got %d characters, want 32", len(counts))
	}
	if _, err := factor.NewSeed(strings.NewReader("short")); err == nil {
		t.Error("a seed without randomness: got no error")
	}
}

func TestARecoveryCodeIsOfItsAccountHoweverItIsTyped(t *testing.T) {
	want, ok := factor.HashRecovery("1", "abcd-efgh-ijkl-mnop")
	if !ok {
		t.Fatal("a recovery code was not taken")
	}
	for _, same := range []string{"ABCD-EFGH-IJKL-MNOP", "abcdefghijklmnop", "abcd efgh ijkl mnop "} {
		if got, _ := factor.HashRecovery("1", same); got != want {
			t.Errorf("%q: another hash", same)
		}
	}
	if got, _ := factor.HashRecovery("2", "abcd-efgh-ijkl-mnop"); got == want {
		t.Error("the hash is the same for another account")
	}
	for _, bad := range []string{"", "123456", "abcd-efgh-ijkl-mno", "abcd-efgh-ijkl-mnop-q", "abcd-efgh-ijkl-mno1", want, strings.Repeat("-", 100)} {
		if _, ok := factor.HashRecovery("1", bad); ok {
			t.Errorf("%q was taken for a recovery code", bad)
		}
	}
}
