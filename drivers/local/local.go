package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

const (
	maxLogin    = 256  // bytes
	maxPassword = 1024 // bytes
)

// ErrNoCredential is the store's answer for a login name of no account.
var ErrNoCredential = errors.New("no such credential")

// Credential is what is stored of one account's password.
type Credential struct {
	AccountID string
	Username  string
	Email     string
	// Hash is the password hash; empty or unreadable when the account has no
	// local password.
	Hash string
}

// Store keeps credentials.
type Store interface {
	// Credential finds the credential of the account whose user name or
	// address is login after [Normalise], in one statement; ErrNoCredential
	// when there is none.
	Credential(ctx context.Context, login string) (Credential, error)
	// Rehash replaces an account's hash only if it is still old. It is no
	// error when it was not.
	Rehash(ctx context.Context, accountID, old, new string) error
}

// Config is what the driver is made of. All but Logger are needed.
type Config struct {
	Store  Store
	Hasher *Hasher
	Logger *slog.Logger // nil for none
}

// New returns the driver. The subject of its identities is the account id.
func New(c Config) drivers.Driver {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return drivers.Driver{Password: &password{c}}
}

type password struct{ Config }

// Authenticate implements drivers.Password. An unknown person, one without a
// password and a wrong password cost the same work: one lookup and one hash
// with the configured parameters. Only the hash of an imported account can
// cost more or less, until its first good sign-in replaces it.
func (p *password) Authenticate(ctx context.Context, login, secret string) (drivers.Identity, error) {
	if !plausible(login, maxLogin) || !plausible(secret, maxPassword) {
		return drivers.Identity{}, fmt.Errorf("implausible: %w", drivers.ErrCredentials)
	}
	c, err := p.Store.Credential(ctx, login)
	if err != nil && !errors.Is(err, ErrNoCredential) {
		return drivers.Identity{}, fmt.Errorf("find credential: %w", err)
	}
	ok, stale, err := p.Hasher.Verify(ctx, secret, c.Hash)
	switch {
	case errors.Is(err, ErrHash):
		// Verify did the work of a wrong password; only the log tells.
		if c.AccountID != "" && c.Hash != "" {
			p.Logger.WarnContext(ctx, "unreadable password hash", "account", c.AccountID, "error", err)
		}
		return drivers.Identity{}, drivers.ErrCredentials
	case err != nil:
		return drivers.Identity{}, err
	case !ok:
		return drivers.Identity{}, drivers.ErrCredentials
	}
	if stale {
		p.rehash(ctx, c, secret)
	}
	return drivers.Identity{Subject: c.AccountID, Login: or(c.Username, c.Email), Email: c.Email}, nil
}

// rehash replaces a hash that is weaker than configured. It must not stop a
// sign-in that is right: it will be tried at the next one.
func (p *password) rehash(ctx context.Context, c Credential, secret string) {
	fresh, err := p.Hasher.Hash(ctx, secret)
	if err == nil {
		err = p.Store.Rehash(ctx, c.AccountID, c.Hash, fresh)
	}
	if err != nil {
		p.Logger.WarnContext(ctx, "password hash not renewed", "account", c.AccountID, "error", err)
	}
}

func plausible(s string, longest int) bool {
	return s != "" && len(s) <= longest && !strings.ContainsRune(s, 0)
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
