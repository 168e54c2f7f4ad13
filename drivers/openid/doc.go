// Package openid is the driver for OpenID Connect providers (OpenID Connect
// Core 1.0, authorization code flow).
//
// It reads what a provider publishes when it is first needed and keeps it, so
// that an outage of discovery stops nobody; it verifies ID tokens with
// go-oidc over a key set of its own, and adds the checks that only a relying
// party can make. No call is made when a provider is opened.
package openid
