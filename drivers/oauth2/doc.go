// Package oauth2 is the driver for services that speak OAuth 2.0 (RFC 6749)
// and tell about a person at a profile address, but give no ID token.
//
// A known service is a preset: goth knows its addresses and how its profile is
// asked for, and nothing else of goth is used. Any other server is described
// by its three addresses and by where its profile holds what. State, PKCE, the
// token call, deadlines and limits, the person's id and how far an e-mail
// address is trusted are this package's own.
package oauth2
