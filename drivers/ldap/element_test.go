package ldap

import (
	"bytes"
	"errors"
	"testing"
)

func TestD26_ElementsKeepTheirBounds(t *testing.T) {
	for name, octets := range map[string][]byte{
		"an indefinite length":              {0x04, 0x80, 0x00, 0x00},
		"an inner element one octet longer": {0x04, 0x03, 'a', 'b'},
		"an inner element of all the rest":  {0x04, 0x04, 'a', 'b'},
		"a length without octets":           {0x04},
		"a length cut short":                {0x04, 0x82, 0x01},
		"a long tag":                        {0x1f, 0x81, 0x01, 0x00},
		"another element":                   {0x02, 0x00},
		"nothing":                           {},
	} {
		t.Run("D-26 "+name, func(t *testing.T) {
			spare := append(bytes.Clone(octets), "what belongs to somebody else"...)
			e := elements{rest: spare[:len(octets)]}
			if got := e.take(tagOctets); got != nil || !errors.Is(e.err, errMalformed) {
				t.Errorf("got %q and %v, want %v", got, e.err, errMalformed)
			}
			if e.more() || e.any() != nil || e.integer(tagInteger) != 0 {
				t.Error("after a fault: got more, want nothing")
			}
		})
	}
}

func TestNumbersSurviveTheWire(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 32767, 32768, 1<<24 - 1, 1 << 24, maxInt} {
		e := elements{rest: integer(tagInteger, n)}
		if got := e.integer(tagInteger); got != n || e.err != nil {
			t.Errorf("got %d and %v, want %d", got, e.err, n)
		}
	}
	for _, octets := range [][]byte{{}, {0xff}, {0x80, 0}, {1, 2, 3, 4, 5}} {
		e := elements{rest: element(tagInteger, octets)}
		if got := e.integer(tagInteger); e.err == nil {
			t.Errorf("%x: got %d, want an error", octets, got)
		}
	}
}

func TestD05_NoBindRequestHasAnEmptyPassword(t *testing.T) {
	if octets, err := bindRequest("cn=reader", ""); err == nil || octets != nil {
		t.Errorf("got %x and %v, want an error", octets, err)
	}
}
