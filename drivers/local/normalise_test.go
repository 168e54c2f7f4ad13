package local_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/signet-sso/signet/drivers/local"
)

func TestNormalise(t *testing.T) {
	for _, c := range []struct{ rule, in, want string }{
		{"case goes", "Alice", "alice"},
		{"case goes on both sides of an address", "ALICE@Example.ORG", "alice@example.org"},
		{"case goes where one letter is two", "Straße", "strasse"},
		{"final sigma is sigma", "ΣΊΣΥΦΟΣ", "σίσυφοσ"},
		{"composition goes", "Mu\u0308ller", "m\u00fcller"},
		{"marks in any order meet", "\u03b1\u0345\u0301", local.Normalise("\u1fb4")},
		{"width goes", "ａｌｉｃｅ＠example.org", "alice@example.org"},
		{"ligatures go", "ﬁona", "fiona"},
		{"both cases of Cherokee meet", "\uab70\u13a0\u13f8", "\u13a0\u13a0\u13f0"},
		{"blanks stay", " a b ", " a b "},
		{"NULs stay", "a\x00b", "a\x00b"},
		{"other alphabets stay apart", "\u0430lice", "\u0430lice"},
		{"what is no UTF-8 becomes U+FFFD", "A\xffb", "a\ufffdb"},
		{"nothing stays nothing", "", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := local.Normalise(c.in); got != c.want {
				t.Errorf("got %+q, want %+q", got, c.want)
			}
		})
	}
}

// settled reports how Normalise fails its own rules for a name.
func settled(t *testing.T, s string) {
	once := local.Normalise(s)
	if twice := local.Normalise(once); twice != once {
		t.Errorf("Normalise(%+q) = %+q, and of that %+q", s, once, twice)
	}
	for _, other := range []string{norm.NFC.String(s), norm.NFD.String(s)} {
		if got := local.Normalise(other); got != once {
			t.Errorf("Normalise(%+q) = %+q, but of its other spelling %+q it is %+q", s, once, other, got)
		}
	}
	if len(once) > 11*len(s) {
		t.Errorf("Normalise(%+q) has %d bytes of %d", s, len(once), len(s))
	}
}

func TestNormaliseIsIdempotentForEveryLetter(t *testing.T) {
	for r := range rune(0x30000) { // planes beyond have no letters
		if utf8.ValidRune(r) {
			settled(t, string(r))
			settled(t, string(r)+"\u0345\u0301")
		}
	}
}

func TestTheShortCutForASCIIComesOutWhereTheLongWayDoes(t *testing.T) {
	for a := range utf8.RuneSelf {
		for b := range utf8.RuneSelf {
			if s := "x" + string(rune(a)) + string(rune(b)); local.Normalise(s) != local.Slowly(s) {
				t.Errorf("%q: got %q, want %q", s, local.Normalise(s), local.Slowly(s))
			}
		}
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"Alice", "STRASSE", "ß", "ǰ", "ﬁ", "İ", "ΐ", "\xff", "a\u0301", "\u0345\u0308", "ᾳ\u0300", "Ꭰ", strings.Repeat("ﷺ", 20)} {
		f.Add(s)
	}
	f.Fuzz(settled)
}
