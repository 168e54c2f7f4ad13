package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/signet-sso/signet/drivers"
)

const (
	maxLogin    = 256  // bytes
	maxPassword = 1024 // bytes

	// noPassword is what some systems store where there is no password.
	noPassword = "!"
	// nobodysPassword is what others hash there, as if somebody had chosen it.
	nobodysPassword = "-"
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

// Store keeps credentials. It is safe for concurrent use. An error that is
// none of those named here makes the driver answer drivers.ErrUnavailable.
type Store interface {
	// Credential finds the credential of the account whose user name or
	// address is login after [Normalise], in one statement; [ErrNoCredential]
	// when there is none. login is as it was typed, at most 256 bytes.
	Credential(ctx context.Context, login string) (Credential, error)
	// Rehash replaces an account's hash only if it is still old, so that a
	// password changed meanwhile stays changed. It is no error when it was not.
	Rehash(ctx context.Context, accountID, old, new string) error
}

// Config is what the driver is made of. All but Logger are needed.
type Config struct {
	Store  Store
	Hasher *Hasher
	Logger *slog.Logger // nil for none
}

// New returns the driver. The subject of its identities is the account id,
// and their login the user name or else the address. Whether the account is
// active is not checked: that is for whoever knows accounts.
func New(c Config) drivers.Driver {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return drivers.Driver{Password: &password{c}}
}

type password struct{ Config }

// Authenticate implements drivers.Password.
//
// Refused before anything is looked up or hashed: an empty login or password,
// one with a NUL, a login that is no UTF-8 or longer than 256 bytes, a
// password longer than 1024 bytes, and "-", which other systems hash for people
// without a password: who knows that would get in as any of them.
//
// An unknown person, one without a readable password hash and a wrong password
// cost the same work: one lookup, and one hash with the configured parameters.
// An imported hash costs what its own parameters say, more or less than that,
// until the person's first good sign-in replaces it: no decoy can cost what
// the hash of a person costs who does not exist.
func (p *password) Authenticate(ctx context.Context, login, secret string) (drivers.Identity, error) {
	if !plausible(login, maxLogin) || !utf8.ValidString(login) || !plausible(secret, maxPassword) || secret == nobodysPassword {
		return drivers.Identity{}, fmt.Errorf("implausible: %w", drivers.ErrCredentials)
	}
	c, err := p.Store.Credential(ctx, login)
	if err != nil && !errors.Is(err, ErrNoCredential) {
		return drivers.Identity{}, fmt.Errorf("find credential: %w: %w", drivers.ErrUnavailable, err)
	}
	ok, stale, err := p.Hasher.Verify(ctx, secret, c.Hash)
	if errors.Is(err, ErrHash) {
		p.complain(ctx, c, err)
		return drivers.Identity{}, drivers.ErrCredentials
	}
	if err != nil {
		return drivers.Identity{}, fmt.Errorf("verify password: %w", err)
	}
	if !ok {
		return drivers.Identity{}, drivers.ErrCredentials
	}
	if stale {
		p.rehash(ctx, c, secret)
	}
	return drivers.Identity{
		Subject: c.AccountID, Login: cmp.Or(c.Username, c.Email, c.AccountID), Email: c.Email, AMR: []string{"pwd"},
	}, nil
}

// complain tells the log of a stored hash that nobody can use. Having none is
// usual: such people sign in elsewhere.
func (p *password) complain(ctx context.Context, c Credential, err error) {
	if c.Hash != "" && c.Hash != noPassword {
		p.Logger.WarnContext(ctx, "unreadable password hash", "account", c.AccountID, "error", err)
	}
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
