package token

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// The two values of the typ header that a ring can be set to.
const (
	TypeAccess = "at+jwt" // RFC 9068 §2.1; the default
	TypeJWT    = "JWT"    // for verifiers that insist on it
)

// MaxLeeway is the largest Leeway that a Config may ask for.
const MaxLeeway = time.Minute

const defaultLeeway = 5 * time.Second

// Config is what a Ring needs to know besides its keys.
type Config struct {
	// Algorithm is one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384,
	// PS512, ES256, ES384, ES512 and EdDSA; ES256 when empty.
	Algorithm string
	// Type is the typ header: TypeAccess (when empty) or TypeJWT. Tokens of the
	// other type are refused (RFC 8725 §3.11).
	Type string
	// Issuer goes into iss, and tokens of another issuer are refused. Required.
	Issuer string
	// Audience goes into aud. A token must name one of these; without any
	// configured it must name none (RFC 7519 §4.1.3).
	Audience []string
	// HMACSecret is the key of HS256, HS384 and HS512: at least 32, 48 or 64 bytes.
	// Other algorithms do not look at it.
	HMACSecret []byte
	// Leeway is how far iat and nbf may lie in the future, because the clocks of
	// two replicas differ: 5 s when zero, at most MaxLeeway. It does not lengthen
	// the life of a token: exp is compared with the clock as it is.
	Leeway time.Duration

	Now    func() time.Time // time.Now when nil
	Rand   io.Reader        // for token ids; crypto/rand when nil
	Logger *slog.Logger     // silent when nil
}

// withDefaults returns the configuration with its gaps filled, or everything that
// is wrong with it at once.
func (c Config) withDefaults() (Config, algorithm, error) {
	if c.Algorithm == "" {
		c.Algorithm = "ES256"
	}
	if c.Type == "" {
		c.Type = TypeAccess
	}
	if c.Leeway == 0 {
		c.Leeway = defaultLeeway
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	alg, ok := algorithms[c.Algorithm]
	if !ok {
		return c, alg, fmt.Errorf("token: algorithm %q is not one of HS, RS, PS or ES with 256, 384 or 512, or EdDSA", c.Algorithm)
	}
	return c, alg, c.check(alg)
}

func (c Config) check(alg algorithm) error {
	var errs []error
	if c.Type != TypeAccess && c.Type != TypeJWT {
		errs = append(errs, fmt.Errorf("token: type %q is neither %s nor %s", c.Type, TypeAccess, TypeJWT))
	}
	if c.Issuer == "" {
		errs = append(errs, errors.New("token: an issuer is required"))
	}
	if c.Leeway < 0 || c.Leeway > MaxLeeway {
		errs = append(errs, fmt.Errorf("token: leeway %s is not between 0 and %s", c.Leeway, MaxLeeway))
	}
	if alg.symmetric() {
		if err := checkSecret(c.HMACSecret, alg.minSecret); err != nil {
			errs = append(errs, fmt.Errorf("token: key for %s: %w", c.Algorithm, err))
		}
	}
	return errors.Join(errs...)
}
