package token

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPayloadIsWrittenAsDocumented(t *testing.T) {
	at := time.Unix(1700000000, 999e6)
	cases := map[string]struct {
		in   Claims
		want string
	}{
		"every claim is there although nothing is known, and none is null": {
			Claims{IssuedAt: at, ExpiresAt: at},
			`{"iss":"","sub":"","iat":1700000000,"exp":1700000000,"jti":"","sid":"","idp":"","amr":[],` +
				`"email":"","email_verified":false,"preferred_username":"","name":"","given_name":"","family_name":"",` +
				`"groups":[],"roles":[],"scopes":[],"is_admin":false,"id":"","role":"","app_access":false,"admin_access":false}`,
		},
		"aud is a text for one and a list for more, auth_time is there when known": {
			Claims{
				Issuer: "i", Subject: "s", Audience: []string{"a", "b"}, IssuedAt: at, ExpiresAt: at, AuthTime: at, ID: "j",
				SessionID: "x", Provider: "corp", AMR: []string{"pwd", "otp"}, Email: "e", EmailVerified: true,
				PreferredUsername: "p", Name: "n", GivenName: "g", FamilyName: "f", Groups: []string{"g1", "g2"},
				Roles: []string{"r"}, Scopes: []string{"s"}, IsAdmin: true, AccountID: "a", Role: "o", AppAccess: true, AdminAccess: true,
			},
			`{"iss":"i","sub":"s","aud":["a","b"],"iat":1700000000,"exp":1700000000,"jti":"j","sid":"x","idp":"corp","amr":["pwd","otp"],` +
				`"auth_time":1700000000,"email":"e","email_verified":true,"preferred_username":"p","name":"n","given_name":"g","family_name":"f",` +
				`"groups":["g1","g2"],"roles":["r"],"scopes":["s"],"is_admin":true,"id":"a","role":"o","app_access":true,"admin_access":true}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(appendPayload(nil, &c.in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneAudienceIsText(t *testing.T) {
	got := string(writeAudience(nil, &Claims{Audience: []string{"app"}}))
	if got != `"app"` {
		t.Errorf("got %s, want %q", got, "app")
	}
}

func TestStringsAreEscaped(t *testing.T) {
	cases := map[string]string{
		"plain text <&'/":     `"plain text <&'/"`,
		"José?~>":             `"Jos\u00e9\u003f\u007e\u003e"`,
		"\"\\":                `"\"\\"`,
		"\x00\t\n\x1f\x7f":    `"\u0000\u0009\u000a\u001f\u007f"`,
		"\u2028 😀":            `"\u2028 \ud83d\ude00"`,
		"bad \xff\xc3( bytes": `"bad \ufffd\ufffd( bytes"`,
	}
	for in, want := range cases {
		if got := string(appendString(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// checkPayload holds for any claims: pure ASCII without the four characters, so no
// '-' or '_' in base64url at any offset; and two decoders read back what went in.
func checkPayload(t *testing.T, c Claims) {
	t.Helper()
	b := appendPayload(nil, &c)
	if enc := base64.RawURLEncoding.EncodeToString(b); strings.ContainsAny(enc, "-_") {
		t.Errorf("base64url of %s holds - or _", b)
	}
	for _, ch := range b {
		if ch < ' ' || ch > '}' || ch == '>' || ch == '?' {
			t.Fatalf("byte %#x in %s", ch, b)
		}
	}
	var std struct {
		Name   string   `json:"name"`
		Groups []string `json:"groups"`
	}
	if err := json.Unmarshal(b, &std); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	p, ok := decodePayload(string(b))
	if !ok {
		t.Fatalf("own decoder refuses %s", b)
	}
	name, group := string([]rune(c.Name)), string([]rune(c.Groups[0]))
	if std.Name != name || p.Name != name {
		t.Errorf("name: encoding/json reads %q, we read %q, want %q", std.Name, p.Name, name)
	}
	if std.Groups[0] != group || p.Groups[0] != group {
		t.Errorf("group: encoding/json reads %q, we read %q, want %q", std.Groups, p.Groups, group)
	}
}

func TestPayloadOfEveryRuneSurvivesTheStandardAlphabet(t *testing.T) {
	for r := rune(0); r < 0x11000; r++ {
		pad := strings.Repeat("x", int(r%3)) // every offset within the groups of three bytes
		checkPayload(t, Claims{Name: pad + string(r), Groups: []string{string(r)}, IssuedAt: time.Unix(1, 0), ExpiresAt: time.Unix(2, 0)})
		if t.Failed() {
			t.Fatalf("at rune %U", r)
		}
	}
}

func FuzzPayload(f *testing.F) {
	for _, s := range []string{"", "José?~>\x7f", "\xff\xfe\xc0\x80", "😀\ud7ff", `\u0000"`, "a\x00b"} {
		f.Add(s, s+"?")
	}
	f.Fuzz(func(t *testing.T, name, group string) {
		checkPayload(t, Claims{Name: name, Groups: []string{group}, IssuedAt: time.Unix(1, 0), ExpiresAt: time.Unix(2, 0)})
	})
}

func TestDecoderIsStrict(t *testing.T) {
	cases := map[string]string{
		"empty":                         ``,
		"not an object":                 `["iss"]`,
		"open object":                   `{"iss":"a"`,
		"something behind the end":      `{"iss":"a"}x`,
		"white space":                   `{ "iss":"a"}`,
		"a claim twice":                 `{"iss":"a","iss":"a"}`,
		"nbf twice":                     `{"nbf":1,"nbf":1}`,
		"a claim twice by escape":       `{"iss":"a","\u0069ss":"b"}`,
		"null":                          `{"iss":null}`,
		"a number as text":              `{"iss":1}`,
		"text as a number":              `{"exp":"1"}`,
		"a fraction":                    `{"exp":1.5}`,
		"an exponent":                   `{"exp":1e9}`,
		"a negative time":               `{"exp":-1}`,
		"a time with a leading zero":    `{"exp":01}`,
		"a time behind 9999":            `{"exp":253402300800}`,
		"a time beyond 64 bits":         `{"exp":99999999999999999999}`,
		"text as a flag":                `{"is_admin":"true"}`,
		"a number as a flag":            `{"is_admin":1}`,
		"a text as a list":              `{"groups":"a"}`,
		"a number in a list":            `{"groups":["a",1]}`,
		"null in a list":                `{"groups":[null]}`,
		"a list in a list":              `{"groups":[["a"]]}`,
		"a trailing comma in a list":    `{"groups":["a",]}`,
		"a trailing comma":              `{"iss":"a",}`,
		"a list as text":                `{"sub":["a"]}`,
		"a number as aud":               `{"aud":1}`,
		"raw non-ASCII":                 `{"iss":"é"}`,
		"raw non-ASCII after an escape": `{"iss":"\né"}`,
		"a raw control character":       "{\"iss\":\"a\nb\"}",
		"an unknown escape":             `{"iss":"\x41"}`,
		"an unfinished escape":          `{"iss":"\`,
		"an unfinished unit":            `{"iss":"\u00`,
		"a unit that is not hex":        `{"iss":"\u+123"}`,
		"half a surrogate pair":         `{"iss":"\ud83d"}`,
		"a pair the wrong way round":    `{"iss":"\ude00\ud83d"}`,
		"a pair of two first halves":    `{"iss":"\ud83d\ud83d"}`,
		"a bad unknown claim":           `{"x":01}`,
		"a bottomless unknown claim":    `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	}
	for name, in := range cases {
		t.Run(name+" is refused", func(t *testing.T) {
			if p, ok := decodePayload(in); ok {
				t.Errorf("%s was read as %+v", in, p)
			}
		})
	}
}

func TestDecoderStepsOverUnknownClaims(t *testing.T) {
	for _, value := range []string{
		`null`, `true`, `0`, `-1.5e+10`, `2E-3`, `"\ud83d\ude00"`, `[]`, `{}`, `[1,{"a":[null,false]},"x"]`,
	} {
		p, ok := decodePayload(`{"Iss":"no","private":` + value + `,"iss":"i"}`)
		if !ok || p.Issuer != "i" {
			t.Errorf("%s: got issuer %q, %v, want i, true", value, p.Issuer, ok)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"iss":"a","groups":["b"],"exp":1,"x":{"y":[1.5e3,null]}}`)
	f.Add(`{"iss":"\`)
	f.Fuzz(func(t *testing.T, in string) {
		p, ok := decodePayload(in)
		if !ok {
			return
		}
		var std map[string]any
		if err := json.Unmarshal([]byte(in), &std); err != nil {
			t.Fatalf("we read %q, encoding/json says %v", in, err)
		}
		if iss, there := std["iss"]; there && iss != p.Issuer {
			t.Errorf("issuer: got %q, want %q", p.Issuer, iss)
		}
	})
}
