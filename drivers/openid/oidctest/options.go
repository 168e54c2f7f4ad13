package oidctest

import (
	"crypto"
	"time"
)

// Options say how a provider begins. The zero value is a provider over plain
// HTTP that everybody's relying party can talk to.
type Options struct {
	// TLS serves https with a certificate of a CA of its own; see
	// [Provider.CAFile].
	TLS bool
	// Host is the loopback address to listen on; "" is 127.0.0.1. Another one,
	// such as 127.0.0.2, makes a second issuer on another host.
	Host string
	// Path is appended to the issuer, such as "/realms/one".
	Path string

	// ClientID and ClientSecret are the relying party's; "" is a name and a
	// secret with characters that Basic authentication must escape
	// (RFC 6749 §2.3.1).
	ClientID, ClientSecret string
	// CheckSecret decides about a secret instead of a comparison with
	// ClientSecret.
	CheckSecret func(secret string) bool
	// ClientAuth are the methods that the token endpoint takes; nil is
	// client_secret_basic and client_secret_post. private_key_jwt needs
	// ClientKey.
	ClientAuth []string
	ClientKey  crypto.PublicKey

	// RedirectURIs are the registered ones; nil registers whatever comes.
	RedirectURIs []string
	// Lax takes authorization requests without nonce or challenge.
	Lax bool

	Alg    string           // of ID tokens; "" is ES256
	Person *Person          // who signs in; nil is somebody called Ada
	Now    func() time.Time // nil is time.Now
}

// complete fills in what was left out.
func (o Options) complete() Options {
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.ClientID == "" {
		o.ClientID = "relying:party"
	}
	if o.ClientSecret == "" {
		o.ClientSecret = "s:e%c+r/e=t &1"
	}
	if o.ClientAuth == nil {
		o.ClientAuth = []string{"client_secret_basic", "client_secret_post"}
	}
	if o.Alg == "" {
		o.Alg = "ES256"
	}
	if o.Person == nil {
		q := ada()
		o.Person = &q
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
