package bearer_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers/bearer"
)

func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".e30"
}

func TestWhoAJWTSaysThatItIsOf(t *testing.T) {
	for token, want := range map[string]string{
		jwt(`{"iss":"a","sub":"b"}`): "a", jwt(`{"iss":""}`): "", jwt(`{"iss":"a","iss":"b"}`): "unknown", jwt(`{"iss":null}`): "unknown",
		jwt(`{"iss":["a"]}`): "unknown", jwt(`{"Iss":"a"}`): "unknown", jwt(`{"x":{"iss":"a"}}`): "unknown", jwt(`{"iss":"a"} x`): "unknown",
		jwt(`["iss"]`): "unknown", "opaque": "unknown", "": "unknown", "..": "unknown", jwt(`{"iss":"a"}`) + ".x": "unknown", "e30.=.e30": "unknown",
	} {
		got, known := bearer.Issuer(token)
		if !known {
			got = "unknown"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", token, got, want)
		}
	}
}

func TestTimesAreWholeSecondsInRange(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1.9": 1, "4102444800": 4102444800, "1e3": 1000, "-1": -1, "1e308": -1, "9223372036854775808": -1, "253402300800": -1} {
		got, ok := bearer.Claims{"t": json.Number(text)}.Seconds("t")
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
	for _, v := range []any{"1", true, nil, 1, 1.5} {
		if _, ok := (bearer.Claims{"t": v}).Seconds("t"); ok {
			t.Errorf("%#v counts as a time", v)
		}
	}
}

// FuzzIssuer: whatever comes, it is read without a fault, and only a JWT of
// three parts has an issuer.
func FuzzIssuer(f *testing.F) {
	for _, s := range []string{"", "..", "a.b.c", jwt(`{"iss":"a"}`), jwt(`{"iss":1}`), "a.b.c.d.e", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, known := bearer.Issuer(token); known && strings.Count(token, ".") != 2 {
			t.Error("it is no JWT")
		}
		if bearer.IsToken(token) && strings.ContainsAny(token, " \r\n\x00,;\"\\") {
			t.Error("it cannot be a token")
		}
	})
}
