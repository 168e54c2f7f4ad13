package openid

import (
	"encoding/base64"
	"strings"
	"testing"
)

// unsigned is a JWT that nobody signed.
func unsigned(payload string) string {
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func openBearer(t testing.TB, c Config) *provider {
	t.Helper()
	c.ClientID, c.ClientSecret = "a", "b"
	if c.Preset == "" {
		c.Issuer = "https://id.test"
	}
	d, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return d.Bearer.(*provider)
}

func TestWhoseATokenCouldBe(t *testing.T) {
	keys, asking := openBearer(t, Config{Bearer: Bearer{JWKS: true}}), openBearer(t, Config{Bearer: Bearer{Introspect: true}})
	for name, c := range map[string]struct {
		token        string
		keys, asking bool
	}{
		"a JWT of the issuer":              {unsigned(`{"sub":"x","iss":"https://id.test"}`), true, true},
		"a JWT of another":                 {unsigned(`{"iss":"https://id.test.evil.test"}`), false, false},
		"a JWT of an issuer with a slash":  {unsigned(`{"iss":"https://id.test/"}`), false, false},
		"a JWT that names it further down": {unsigned(`{"iss":"https://a.test","x":{"iss":"https://id.test"}}`), false, false},
		"a JWT without an issuer":          {unsigned(`{"sub":"x"}`), false, true},
		"a JWT of two issuers":             {unsigned(`{"iss":"https://id.test","iss":"https://a.test"}`), false, true},
		"a JWT of a list":                  {unsigned(`{"iss":["https://id.test"]}`), false, true},
		"ISS":                              {unsigned(`{"ISS":"https://id.test"}`), false, true},
		"an encrypted one":                 {"a.b.c.d.e", false, true},
		"an opaque one":                    {"gho_16C7e42F292c6912E7710c838347Ae178B4a", false, true},
		"nothing":                          {"", false, false},
		"a blank":                          {"a b", false, false},
		"no ASCII":                         {"ä", false, false},
		"a long one":                       {strings.Repeat("a", maxJWT+1), false, false},
		"a deep one":                       {unsigned(`{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `,"iss":"https://id.test"}`), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keys.Issued(c.token); got != c.keys {
				t.Errorf("with keys: got %v", got)
			}
			if got := asking.Issued(c.token); got != c.asking {
				t.Errorf("by asking: got %v", got)
			}
		})
	}
}

func TestMicrosoftsTokensCouldBeOfADirectory(t *testing.T) {
	of := func(tenant string) string { return unsigned(`{"iss":"` + at(tenant) + `"}`) }
	by := Bearer{JWKS: true}
	one := openBearer(t, Config{Preset: "microsoft", Tenant: contoso, Bearer: by})
	many := openBearer(t, Config{Preset: "microsoft", Tenant: "common", Tenants: []string{contoso}, Bearer: by})
	domain := openBearer(t, Config{Preset: "microsoft", Tenant: "contoso.test", Bearer: by})
	known := openBearer(t, Config{Preset: "microsoft", Tenant: "contoso.test", Bearer: by})
	known.discovery.value, known.discovery.fetched = metadata{Issuer: at(contoso)}, known.Now()
	for name, c := range map[string]struct {
		p     *provider
		token string
		want  bool
	}{
		"its own":                                    {one, of(contoso), true},
		"another directory's":                        {one, of(fabrikam), false},
		"one of a listed directory":                  {many, of(contoso), true},
		"one of a directory that is not listed":      {many, of(fabrikam), false},
		"any directory's, while the id is not known": {domain, of(fabrikam), true},
		"its own, once the id is known":              {known, of(contoso), true},
		"another directory's, once the id is known":  {known, of(fabrikam), false},
		"an older issuer":                            {many, unsigned(`{"iss":"https://sts.windows.net/` + contoso + `/"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.p.Issued(c.token); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func FuzzIssued(f *testing.F) {
	keys, asking := openBearer(f, Config{Bearer: Bearer{JWKS: true}}), openBearer(f, Config{Bearer: Bearer{Introspect: true}})
	for _, s := range []string{"", "..", "a.b.c", unsigned(`{"iss":"https://id.test"}`), unsigned(`{"iss":1}`), "a.b.c.d.e", "\xff", "=.=.="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if keys.Issued(token) && !asking.Issued(token) {
			t.Error("a token that is the provider's by its keys is not by asking")
		}
		if keys.Issued(token) && strings.Count(token, ".") != 2 {
			t.Error("it is no JWT")
		}
	})
}

func BenchmarkIssued(b *testing.B) {
	p := openBearer(b, Config{Bearer: Bearer{JWKS: true}})
	token := unsigned(`{"iss":"https://id.test","sub":"someone","groups":["` + strings.Repeat("a group\",\"", 50) + `"]}`)
	b.ReportAllocs()
	for b.Loop() {
		p.Issued(token)
	}
}
