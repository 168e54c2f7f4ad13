package openid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	stdjson "encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// How a client proves itself (OpenID Connect Core §9).
const (
	authBasic = "client_secret_basic"
	authPost  = "client_secret_post"
	authKey   = "private_key_jwt"
	authNone  = "none"
	// authApple is authPost with a secret that is a JWT.
	authApple = "apple"
)

// assertionLife is how long a JWT that proves the client is good.
const assertionLife = 5 * time.Minute

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// clientAuth proves the client at the token endpoint.
type clientAuth struct {
	method string // "" for what discovery names
	signer jose.Signer
	config Config
}

func newClientAuth(c Config, h habits) (clientAuth, error) {
	a := clientAuth{method: or(c.ClientAuth, h.auth), config: c}
	if a.method == "" && len(c.PrivateKey) > 0 {
		a.method = authKey
	}
	if a.method != authKey && a.method != authApple {
		return a, nil
	}
	key, algorithm, err := parseKey(c.PrivateKey)
	if err != nil {
		return a, fmt.Errorf("private key: %w", err)
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if c.PrivateKeyID != "" {
		options.WithHeader("kid", c.PrivateKeyID)
	}
	a.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	return a, err
}

// parseKey reads a PEM key and says what it signs with.
func parseKey(text []byte) (crypto.PrivateKey, jose.SignatureAlgorithm, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, "", errors.New("no PEM block")
	}
	var key crypto.PrivateKey
	var err error
	switch block.Type {
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, "", errors.New("no private key without a passphrase (openssl pkcs8 -topk8 -nocrypt makes one)")
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, jose.RS256, nil
	case ed25519.PrivateKey:
		return k, jose.EdDSA, nil
	case *ecdsa.PrivateKey:
		return k, map[int]jose.SignatureAlgorithm{256: jose.ES256, 384: jose.ES384, 521: jose.ES512}[k.Params().BitSize], nil
	}
	return nil, "", errors.New("neither RSA, EC nor Ed25519")
}

// grant returns how to ask the token endpoint, and what to send besides.
func (a clientAuth) grant(m metadata, redirectURI string, now time.Time) (*oauth2.Config, []oauth2.AuthCodeOption, error) {
	c := &oauth2.Config{
		ClientID: a.config.ClientID, ClientSecret: a.config.ClientSecret, RedirectURL: redirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: m.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
	switch a.chosen(m) {
	case authBasic:
		c.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	case authNone:
		c.ClientSecret = ""
	case authApple:
		secret, err := a.sign(a.config.TeamID, a.config.Issuer, now)
		c.ClientSecret = secret
		return c, nil, err
	case authKey:
		c.ClientSecret = ""
		assertion, err := a.sign(a.config.ClientID, m.Issuer, now)
		return c, []oauth2.AuthCodeOption{
			oauth2.SetAuthURLParam("client_assertion_type", assertionType),
			oauth2.SetAuthURLParam("client_assertion", assertion),
		}, err
	}
	return c, nil, nil
}

// chosen is the method of the configuration, or the better one of those that
// discovery names; basic is what a provider takes that names none.
func (a clientAuth) chosen(m metadata) string {
	switch {
	case a.method != "":
		return a.method
	case len(m.AuthMethods) > 0 && !slices.Contains(m.AuthMethods, authBasic) && slices.Contains(m.AuthMethods, authPost):
		return authPost
	}
	return authBasic
}

// sign makes a JWT that proves the client (RFC 7523 §3).
func (a clientAuth) sign(issuer, audience string, now time.Time) (string, error) {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	claims, err := stdjson.Marshal(map[string]any{
		"iss": issuer, "sub": a.config.ClientID, "aud": audience, "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
		"jti": base64.RawURLEncoding.EncodeToString(id),
	})
	if err != nil {
		return "", err
	}
	signed, err := a.signer.Sign(claims)
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return signed.CompactSerialize()
}
