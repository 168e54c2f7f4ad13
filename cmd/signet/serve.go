package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
)

const (
	// shutdownGrace is how long requests that run may take after SIGTERM.
	shutdownGrace = 15 * time.Second
	// keysEvery is how often a server looks for rotated or retired keys.
	keysEvery = time.Second
	// pruneEvery is how often rows that ended long ago are removed.
	pruneEvery = 10 * time.Minute
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server. No configuration is needed: then accounts live in SQLite under
./signet-data, people sign in with local passwords, a secret is made, and the
first administrator is printed once.

SIGHUP, or a changed file, reloads providers, permissions, redirects and the
guard's rules; a bad file keeps the old ones and says why. SIGTERM finishes what is running.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context()) },
	}
}

func (p *program) serve(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP) // first of all: until then it ends the process
	defer signal.Stop(hup)
	seen := fileState(p.path()) // before it is read: a change from now on reloads
	c, err := p.loadAloud()
	if err != nil {
		return err
	}
	secretMade, err := ensureSecret(ctx, c)
	if err != nil {
		return err
	}
	log := logger(c.Log, p.err)
	s, err := newServer(ctx, c, log, p)
	if err != nil {
		return err
	}
	s.hup, s.seen, s.config = hup, seen, c
	if err := p.welcome(ctx, c, s, secretMade); err != nil {
		return errors.Join(err, s.close())
	}
	return errors.Join(s.run(ctx), s.close())
}

// welcome prints what a person at the terminal needs: the address and, once,
// the first administrator.
func (p *program) welcome(ctx context.Context, c *config.Config, s *server, secretMade bool) error {
	password := c.Admin.Password.Reveal()
	if password == "" {
		password = madePassword(c.Passwords.MinLength)
	}
	made, err := s.admin.First(ctx, broker.NewAccount{Username: c.Admin.Username, Email: c.Admin.Email, Password: password})
	if err != nil {
		return fmt.Errorf("make first administrator: %w", err)
	}
	if secretMade {
		fmt.Fprintln(p.out, "made a master secret in", c.SecretFile, "- keep it: without it every session ends and the keys are lost")
	}
	if made {
		fmt.Fprintln(p.out, "first administrator:", called(c.Admin))
		if c.Admin.Password.IsZero() {
			fmt.Fprintf(p.out, "password, shown only now: %s\n", password)
		}
	}
	fmt.Fprintf(p.out, "Signet is listening on http://%s (public address %s)\n", s.door.Addr(), c.PublicURL)
	return nil
}

// called is what the first administrator can sign in as.
func called(a config.Admin) string {
	if a.Username == "" || a.Email == "" {
		return a.Username + a.Email
	}
	return a.Username + " (" + a.Email + ")"
}

// run serves until ctx ends or something that must not end does. Then no new
// request gets in and those that run are finished.
func (s *server) run(ctx context.Context) error {
	// The record goes on until the last request is over.
	recording, recorded := context.WithCancel(context.WithoutCancel(ctx))
	var record sync.WaitGroup
	record.Go(func() { s.record.Run(recording) })
	defer record.Wait()
	defer recorded()

	g, ctx := errgroup.WithContext(ctx)
	serve(ctx, g, s.public, s.door)
	if s.metrics != nil {
		serve(ctx, g, s.metrics, s.gauge)
	}
	g.Go(func() error { return quiet(s.ring.Watch(ctx, keysEvery)) })
	g.Go(func() error { return s.prune(ctx) })
	g.Go(func() error {
		s.broker.RunErrands(ctx, func(err error) { s.log.Warn("errands", "error", err) })
		return nil
	})
	g.Go(func() error { s.mail.Run(ctx); return nil })
	g.Go(func() error { s.broker.Follow(ctx, s.following); return nil })
	g.Go(func() error { return s.removeUnconfirmed(ctx) })
	g.Go(func() error { return s.watchConfig(ctx) })
	return quiet(g.Wait())
}

// serve runs one listener until ctx ends; its requests may then take
// shutdownGrace to end.
func serve(ctx context.Context, g *errgroup.Group, h *http.Server, l net.Listener) {
	g.Go(func() error {
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if err := h.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("requests cut off after %s: %w", shutdownGrace, err), h.Close())
		}
		return nil
	})
}

// following tells an operator when the guard stops and begins to hear of changes.
func (s *server) following(err error) {
	if err != nil {
		s.log.Error("the guard does not hear of changes and asks the database about every request", "error", err)
		return
	}
	s.log.Info("the guard hears of changes again")
}

// quiet drops the error of a context that ended because it should.
func quiet(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// prune removes rows that ended long ago. A failure is told and tried again.
func (s *server) prune(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err := errors.Join(s.db.Prune(ctx, time.Now()), s.db.Trail().Forget(ctx, time.Now().Add(-s.config.Audit.Retention)))
			if err != nil && ctx.Err() == nil {
				s.log.Warn("prune", "error", err)
			}
		}
	}
}
