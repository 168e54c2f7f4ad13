package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
)

// defaultConfig is read when no file is named and it is there.
const defaultConfig = "providers.yaml"

// path is the configuration file to read, empty for none.
func (p *program) path() string {
	if p.config != "" {
		return p.config
	}
	if name, ok := p.env("SIGNET_CONFIG"); ok && name != "" {
		return name
	}
	if _, err := os.Stat(defaultConfig); err == nil {
		return defaultConfig
	}
	return ""
}

// load reads the configuration. What is wrong with it is the error,
// config.Problems.
func (p *program) load() (*config.Config, error) {
	c, _, err := config.Load(p.path(), p.environ)
	return c, err
}

// loadAloud is load with its warnings, for a start and for who asks: at every
// other command they would hide the answer.
func (p *program) loadAloud() (*config.Config, error) {
	c, warnings, err := config.Load(p.path(), p.environ)
	for _, w := range warnings {
		fmt.Fprintln(p.err, "warning:", w)
	}
	return c, err
}

// ensureSecret makes the master secret where the configuration says that it
// has to be made: 256 random bits in a file that only its owner reads. It makes
// none for a database that has keys: those open only with the secret that is
// missing, and a new one in its place would hide that.
func ensureSecret(ctx context.Context, c *config.Config) (made bool, err error) {
	if c.SecretFile == "" {
		return false, nil
	}
	keys, err := storedKeys(ctx, c.Database)
	if err != nil {
		return false, err
	}
	if keys > 0 {
		return false, fmt.Errorf("the master secret %s is missing, and the keys in the database open only with it; put it back, or if it is lost for good: signet keys reset --yes", c.SecretFile)
	}
	if err := os.MkdirAll(filepath.Dir(c.SecretFile), 0o700); err != nil {
		return false, fmt.Errorf("make folder of the secret: %w", err)
	}
	secret := rand.Text() + rand.Text()
	if err := writeNew(c.SecretFile, secret+"\n"); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return false, fmt.Errorf("make secret: %w", err)
		}
		return false, errors.New("the secret is just being made by another start; try again")
	}
	c.Secret = config.NewSecret(secret)
	return true, nil
}

// storedKeys is how many signing keys the database holds; none when there is
// no database yet.
func storedKeys(ctx context.Context, d config.Database) (n int, err error) {
	if d.Engine == config.EngineSQLite {
		if _, err := os.Stat(d.Path); errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		}
	}
	db, err := openStore(ctx, d, store.Options{})
	if err != nil {
		return 0, err
	}
	keys, err := db.Keys().Keys(ctx)
	return len(keys), errors.Join(err, db.Close())
}

// writeNew writes a file that must not exist yet, mode 0600, whole or not at
// all: it appears under its name only when its bytes are on disk.
func writeNew(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".secret-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), name)
}

// logger writes to w as configured.
func logger(c config.Log, w io.Writer) *slog.Logger {
	return slog.New(handler(c, w, c.SlogLevel()))
}

// auditLogger writes every audit record, whatever the configured level.
func auditLogger(c config.Log, w io.Writer) *slog.Logger {
	return slog.New(handler(c, w, slog.LevelInfo))
}

func handler(c config.Log, w io.Writer, level slog.Level) slog.Handler {
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.NewTextHandler(w, o)
	}
	return slog.NewJSONHandler(w, o)
}

// with runs do with the database and keys of the configuration, as the
// commands beside serve do. It writes to the same database as a running
// server.
func (p *program) with(ctx context.Context, do func(context.Context, *app) error) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	if c.SecretFile != "" {
		return notYet(c.SecretFile)
	}
	plain := config.Log{Level: "error", Format: "text"}
	record, done := p.record(plain)
	a, err := openApp(ctx, c, logger(plain, p.err), record, store.NewDirectRecorder)
	if err != nil {
		return err
	}
	err = do(ctx, a)
	done()
	return errors.Join(located(err, c.Database), a.close())
}
