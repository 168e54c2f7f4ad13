package main

import (
	"time"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
)

func openLDAP(p config.Provider, parts driverParts) (drivers.Driver, error) {
	c := p.LDAP
	urls := make([]string, len(c.URLs))
	for i, u := range c.URLs {
		urls[i] = u.String()
	}
	return ldap.Open(ldap.Config{
		URLs: urls, StartTLS: c.StartTLS, Insecure: p.Insecure,
		CAFile: c.CAFile, ClientCertFile: c.ClientCert, ClientKeyFile: c.ClientKey,
		BindDN: c.BindDN, BindPassword: c.BindPassword.Reveal(), DNTemplate: c.DNTemplate,
		Preset: c.Preset, Users: ldapUsers(c.Users), Groups: ldapGroups(c.Groups),
		EmailVerified: c.EmailVerified,
		Pool:          ldap.Pool{Search: c.Pool.Search, Bind: c.Pool.Bind, Queue: c.Pool.Queue, Idle: c.Pool.Idle},
		Timeouts:      ldap.Timeouts{Connect: c.Timeouts.Connect, Request: c.Timeouts.Request, Total: c.Timeouts.Total},
		Logger:        parts.log, Now: time.Now,
	})
}

func ldapUsers(u config.LDAPUsers) ldap.Users {
	return ldap.Users{
		Base: u.Base, Filter: u.Filter, Scope: u.Scope, ID: u.ID, Login: u.Login, Name: u.Name,
		GivenName: u.GivenName, FamilyName: u.FamilyName, Email: u.Email, Picture: u.Picture,
	}
}

func ldapGroups(g config.LDAPGroups) ldap.Groups {
	return ldap.Groups{
		Base: g.Base, Filter: g.Filter, Scope: g.Scope, Member: g.Member, Name: g.Name,
		Nested: g.Nested, Depth: g.Depth,
	}
}
