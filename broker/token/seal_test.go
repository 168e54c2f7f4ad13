package token_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker/token"
)

func TestSealedValueOpensOnlyWhereItBelongs(t *testing.T) {
	s := sealer(t)
	sealed, err := s.Seal("upstream", "row 1", []byte("refresh token"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Open("upstream", "row 1", sealed); err != nil || string(got) != "refresh token" {
		t.Fatalf("got %q and %v", got, err)
	}
	for _, c := range [][2]string{
		{"upstream", "row 2"}, {"upstream", ""}, {"upstreaM", "row 1"}, {"", "row 1"}, {"other", "row 1"},
		{"upstreamr", "ow 1"}, {"upstrea", "mrow 1"}, {"row 1", "upstream"},
	} {
		if got, err := s.Open(c[0], c[1], sealed); !errors.Is(err, token.ErrSealed) {
			t.Errorf("purpose %q, row %q: got %q and %v, want ErrSealed", c[0], c[1], got, err)
		}
	}
}

func TestSealedValueNoticesEveryChange(t *testing.T) {
	s := sealer(t)
	sealed, err := s.Seal("p", "r", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := s.Open("p", "r", bad); !errors.Is(err, token.ErrSealed) {
			t.Errorf("byte %d changed: got %v, want ErrSealed", i, err)
		}
		if _, err := s.Open("p", "r", sealed[:i]); !errors.Is(err, token.ErrSealed) {
			t.Errorf("cut to %d bytes: got %v, want ErrSealed", i, err)
		}
	}
}

func TestSealingTwiceGivesDifferentBytesOfTheDocumentedLength(t *testing.T) {
	s := sealer(t)
	one, err1 := s.Seal("p", "r", []byte("same"))
	two, err2 := s.Seal("p", "r", []byte("same"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one, two) {
		t.Error("two seals of one value are equal")
	}
	if len(one) != 4+29 {
		t.Errorf("length %d, want %d", len(one), 4+29)
	}
}

func TestAnotherMasterSecretOpensNothing(t *testing.T) {
	other, err := token.NewSealer([]byte(strings.ToUpper(master)))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer(t).Seal("p", "r", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open("p", "r", sealed); !errors.Is(err, token.ErrSealed) {
		t.Errorf("got %v, want ErrSealed", err)
	}
	if bytes.Equal(other.Key("a"), sealer(t).Key("a")) {
		t.Error("two master secrets give the same key")
	}
}

func TestSubKeysBelongToTheirLabel(t *testing.T) {
	s := sealer(t)
	a := s.Key("refresh")
	if len(a) != 32 || !bytes.Equal(a, sealer(t).Key("refresh")) {
		t.Errorf("got %d bytes, want the same 32 each time", len(a))
	}
	if bytes.Equal(a, s.Key("cookie")) || bytes.Equal(a, s.Key("")) {
		t.Error("two labels give the same key")
	}
}

func TestSealerPrintsNoSecret(t *testing.T) {
	s := sealer(t)
	holder := struct{ S *token.Sealer }{s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, v := range []any{s, *s, holder} {
			if got := fmt.Sprintf(verb, v); !strings.Contains(got, "token.Sealer(…)") {
				t.Errorf("%s of %T prints %s", verb, v, got)
			}
		}
	}
}
