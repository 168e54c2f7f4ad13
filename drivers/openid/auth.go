package openid

import (
	"context"
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
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
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

// proves reports a client that nobody else can pretend to be.
func (a clientAuth) proves() bool {
	return a.method != authNone && (a.signer != nil || a.config.ClientSecret != "")
}

// grant returns how to ask the token endpoint, and what to send besides.
func (a clientAuth) grant(m metadata, redirectURI string, now time.Time) (*oauth2.Config, []oauth2.AuthCodeOption, error) {
	secret, form, err := a.proof(m, now)
	c := &oauth2.Config{
		ClientID: a.config.ClientID, ClientSecret: secret, RedirectURL: redirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: m.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
	if a.chosen(m) == authBasic {
		c.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	var options []oauth2.AuthCodeOption
	for name := range form {
		options = append(options, oauth2.SetAuthURLParam(name, form.Get(name)))
	}
	return c, options, err
}

// proof is the client's secret, or what stands in for it in the form.
func (a clientAuth) proof(m metadata, now time.Time) (secret string, form url.Values, err error) {
	switch a.chosen(m) {
	case authNone:
		return "", nil, nil
	case authApple:
		secret, err = a.sign(a.config.TeamID, a.config.Issuer, now)
		return secret, nil, err
	case authKey:
		assertion, err := a.sign(a.config.ClientID, m.Issuer, now)
		return "", url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}}, err
	}
	return a.config.ClientSecret, nil, nil
}

// post is a request to an endpoint other than the token's that knows clients in
// the same way (RFC 6749 §2.3.1). It adds to form.
func (a clientAuth) post(ctx context.Context, m metadata, address string, form url.Values) (*http.Request, error) {
	secret, more, err := a.proof(m, a.config.Now())
	if err != nil {
		return nil, err
	}
	maps.Copy(form, more)
	basic := a.chosen(m) == authBasic
	if !basic {
		form.Set("client_id", a.config.ClientID)
	}
	if !basic && secret != "" {
		form.Set("client_secret", secret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("an address of the provider cannot be called")
	}
	if basic {
		r.SetBasicAuth(url.QueryEscape(a.config.ClientID), url.QueryEscape(secret))
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	return r, nil
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
