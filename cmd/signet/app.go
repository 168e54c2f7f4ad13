package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/store"
)

// app is everything but the network: database, keys, broker.
type app struct {
	db     *store.DB
	ring   *token.Ring
	hasher *local.Hasher
	broker *broker.Broker
	admin  *broker.Administration
	record *store.Recorder
	parts  driverParts
	opened []drivers.Driver
}

// newRecorder is one of the two kinds of recorder: for a server, and for a
// command that ends soon.
type newRecorder func(d *store.DB, now func() time.Time, trouble func(error)) *store.Recorder

// openApp opens the database, brings its schema up to date, opens the keys and
// the drivers, and puts the broker over them. What happens is logged, told to
// the auditors after the log, and recorded in the database.
func openApp(ctx context.Context, c *config.Config, log *slog.Logger, audit auditLog, record newRecorder) (_ *app, err error) {
	a := &app{}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if a.db, err = openStore(ctx, c.Database, store.Options{}); err != nil {
		return nil, err
	}
	a.record = record(a.db, time.Now, func(err error) { log.Error("audit record", "error", err) })
	audit.then = append(audit.then, a.record)
	sealer, err := token.NewSealer([]byte(c.Secret.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("master secret: %w", err)
	}
	if a.ring, err = token.Open(ctx, tokenConfig(c, log), a.db.Keys(), sealer); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	a.hasher = local.NewHasher(hasherConfig(c.Passwords))
	a.parts = driverParts{store: a.db.Credentials(), hasher: a.hasher, documents: a.db.Documents(), log: log}
	settings, err := openProviders(c, a.parts)
	if err != nil {
		return nil, err
	}
	a.opened = driversOf(settings)
	a.broker, err = broker.New(broker.Config{
		Accounts: a.db.Accounts(), Sessions: a.db.Sessions(), Directory: a.db.Directory(), Registry: a.db.Registry(), Locks: a.db.Directory(), Upstreams: a.db.Sessions(), Flows: a.db.Flows(), Links: a.db.Directory(),
		Amendments: a.db.Members(), Factors: a.db.Members(), Errands: a.db.Members(), Pendings: a.db.Members(),
		Changes: a.db.Changes(), Numbers: a.db.Numbers(),
		Ring: a.ring, Sealer: sealer, Hasher: a.hasher, Secrets: a.hasher, Audit: audit,
		Now: time.Now, Random: rand.Reader,
		Lifetimes: lifetimes(c.Tokens), Subject: broker.SubjectKind(c.Tokens.Subject),
		Lockout: lockout(c.Lockout), Membership: membership(c),
	}, settings)
	if err != nil {
		return nil, err
	}
	a.admin = broker.NewAdministration(a.broker, c.Passwords.MinLength)
	return a, nil
}

func (a *app) close() error {
	var errs []error
	for _, d := range a.opened {
		if d.Close != nil {
			errs = append(errs, d.Close())
		}
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	return errors.Join(errs...)
}

func tokenConfig(c *config.Config, log *slog.Logger) token.Config {
	return token.Config{
		Algorithm: c.Tokens.Algorithm, Type: c.Tokens.Type, Issuer: c.Tokens.Issuer, Audience: c.Tokens.Audience,
		HMACSecret: []byte(c.Tokens.HMACSecret.Reveal()), Now: time.Now, Rand: rand.Reader, Logger: log,
	}
}

func lifetimes(t config.Tokens) broker.Lifetimes {
	return broker.Lifetimes{
		Access: t.AccessTTL, Session: t.SessionTTL, Refresh: t.RefreshTTL, Absolute: t.AbsoluteTTL,
		Grace: t.ReuseGrace, Recheck: t.Recheck,
	}
}

func lockout(l config.Lockout) broker.Lockout {
	return broker.Lockout{Attempts: l.Attempts, Window: l.Window, Duration: l.Duration}
}

func membership(c *config.Config) broker.Membership {
	r, p := c.Registration, c.Passwords
	return broker.Membership{
		Open: r.Open, Confirm: r.Confirm, ConfirmationKey: r.ConfirmationKey.Reveal(),
		ConfirmTTL: r.ConfirmTTL, InviteTTL: r.InviteTTL, ResetTTL: p.ResetTTL, Unconfirmed: r.UnconfirmedRemoval,
		ResetPages:  c.Redirects.PasswordReset,
		Mails:       broker.Quota{Letters: c.Limits.Mails, Window: c.Limits.MailWindow},
		MinPassword: p.MinLength, MinPasswordWithMFA: p.MinLengthWithMFA,
	}
}

// administer runs do with the administration of the configured database.
func (p *program) administer(ctx context.Context, do func(context.Context, *broker.Administration) error) error {
	return p.with(ctx, func(ctx context.Context, a *app) error { return do(ctx, a.admin) })
}
