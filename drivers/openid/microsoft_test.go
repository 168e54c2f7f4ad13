package openid

import (
	"strings"
	"testing"
)

const (
	contoso  = "11111111-1111-1111-1111-111111111111"
	fabrikam = "22222222-2222-2222-2222-222222222222"
)

func at(tenant string) string { return "https://login.microsoftonline.com/" + tenant + "/v2.0" }

// microsoft is an open provider of the preset, which is never called.
func microsoft(t *testing.T, tenant string, tenants ...string) *provider {
	t.Helper()
	d, err := Open(Config{Name: "ms", Preset: "microsoft", Tenant: tenant, Tenants: tenants, ClientID: "a", ClientSecret: "b"})
	if err != nil {
		t.Fatal(err)
	}
	return d.Redirect.(*provider)
}

func TestMicrosoftsDiscovery(t *testing.T) {
	for name, c := range map[string]struct {
		tenant, document string
		tenants          []string
		good             bool
	}{
		"a directory by its id":                          {tenant: contoso, document: at(contoso), good: true},
		"a directory by its id, and another's document":  {tenant: contoso, document: at(fabrikam)},
		"a directory by its id, and the one of many":     {tenant: contoso, document: at("{tenantid}")},
		"a directory by its domain":                      {tenant: "contoso.test", document: at(contoso), good: true},
		"a directory by its domain, and the one of many": {tenant: "contoso.test", document: at("{tenantid}")},
		"many directories, listed":                       {tenant: "organizations", document: at("{tenantid}"), tenants: []string{contoso}, good: true},
		"another host":                                   {tenant: "contoso.test", document: "https://evil.test/" + contoso + "/v2.0"},
		"a host that ends alike":                         {tenant: "contoso.test", document: "https://login.microsoftonline.com.evil.test/" + contoso + "/v2.0"},
		"something behind it":                            {tenant: "contoso.test", document: at(contoso) + "/x"},
	} {
		t.Run("R-42 "+name, func(t *testing.T) {
			if got := microsoft(t, c.tenant, c.tenants...).ownIssuer(c.document); got != c.good {
				t.Errorf("got %v, want %v", got, c.good)
			}
		})
	}
}

func TestMicrosoftsTokens(t *testing.T) {
	many := metadata{Issuer: at("{tenantid}")}
	for name, c := range map[string]struct {
		p      *provider
		m      metadata
		claims object
		want   string // in the error; "" for none
	}{
		"a person of a listed directory":      {microsoft(t, "common", contoso), many, object{"iss": at(contoso), "tid": contoso}, ""},
		"a person of another directory":       {microsoft(t, "common", contoso), many, object{"iss": at(fabrikam), "tid": fabrikam}, "not in tenants"},
		"an issuer of another directory":      {microsoft(t, "common", contoso), many, object{"iss": at(fabrikam), "tid": contoso}, "issuer"},
		"no directory":                        {microsoft(t, "common", contoso), many, object{"iss": at(contoso)}, "issuer"},
		"the place itself":                    {microsoft(t, "common", contoso), many, object{"iss": at("{tenantid}"), "tid": "{tenantid}"}, "tenants"},
		"a person of the one directory":       {microsoft(t, contoso), metadata{Issuer: at(contoso)}, object{"iss": at(contoso), "tid": contoso}, ""},
		"a guest's home is not the directory": {microsoft(t, contoso), metadata{Issuer: at(contoso)}, object{"iss": at(fabrikam), "tid": fabrikam}, "issuer"},
	} {
		t.Run("R-30 "+name, func(t *testing.T) {
			err := c.p.checkIssuer(c.m, c.claims)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
