package main

import (
	"time"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
)

func openOAuth2(p config.Provider, parts driverParts) (drivers.Driver, error) {
	c := p.OAuth2
	return oauth2.Open(oauth2.Config{
		Name: p.Name, Preset: c.Preset, BaseURL: text(c.BaseURL),
		AuthorizeURL: text(c.AuthorizeURL), TokenURL: text(c.TokenURL), ProfileURL: text(c.ProfileURL),
		ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), ClientAuth: c.ClientAuth,
		Scopes: c.Scopes, Fields: oauth2.Fields(c.Fields), EmailTrust: c.EmailTrust, EmailDomains: c.EmailDomains,
		Bearer: oauth2.Bearer{
			Introspect: c.Guard.Introspect, IntrospectURL: text(c.Guard.IntrospectURL), Audience: c.Guard.Audience,
		},
		Hosts: c.Hosts, Insecure: p.Insecure, CAFile: c.CAFile, Timeout: c.Timeout,
		Now: time.Now, Logger: parts.log,
	})
}
