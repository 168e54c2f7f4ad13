// Package oidctest is an OpenID provider for tests: an honest one that serves
// discovery, authorization codes with PKCE, tokens, userinfo, keys and logout
// over real HTTP, and that tells any lie a test asks for.
//
//	p := oidctest.New(t, oidctest.Options{})
//	p.IDToken(func(_, claims map[string]any) { claims["aud"] = "another" })
//	reply := p.Visit(t, authURL) // the person signs in
//
// Every lie stays until [Provider.Honest] takes all of them back. A provider
// may be used by many goroutines at once.
package oidctest
