package main

import (
	"net/url"
	"time"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
)

func openOpenID(p config.Provider, parts driverParts) (drivers.Driver, error) {
	c := p.OpenID
	return openid.Open(openid.Config{
		Name: p.Name, Preset: c.Preset, Issuer: text(c.Issuer), Tenant: c.Tenant, Tenants: c.Tenants,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), ClientAuth: c.ClientAuth,
		PrivateKey: []byte(c.PrivateKey.Reveal()), PrivateKeyID: c.PrivateKeyID, TeamID: c.TeamID,
		Scopes: c.Scopes, Fields: openid.Fields(c.Fields), Algorithms: c.Algorithms,
		ResponseMode: c.ResponseMode, Prompt: c.Prompt, MaxAge: c.MaxAge, ACR: c.ACR, UserInfo: c.UserInfo, Logout: c.Logout,
		Bearer: openid.Bearer{
			JWKS: c.Guard.JWKS, Introspect: c.Guard.Introspect, IntrospectURL: text(c.Guard.IntrospectURL), Audience: c.Guard.Audience,
		},
		Hosts: c.Hosts, Insecure: p.Insecure, CAFile: c.CAFile, Timeout: c.Timeout,
		Documents: parts.documents, Now: time.Now, Logger: parts.log,
	})
}

// text is an address as it was written, "" for none.
func text(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}
