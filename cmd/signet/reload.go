package main

import (
	"context"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
)

const (
	// watchEvery is how often the configuration file is looked at.
	watchEvery = 2 * time.Second
	// retireAfter is how long drivers of an old configuration stay open for
	// requests that still use them.
	retireAfter = time.Minute
)

// watchConfig reloads on SIGHUP and when the configuration file changes.
func (s *server) watchConfig(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.hup:
			s.seen = fileState(s.program.path())
			s.reload(ctx)
		case <-tick.C:
			if now := fileState(s.program.path()); now != s.seen {
				s.seen = now
				s.reload(ctx)
			}
		}
	}
}

type stateOfFile struct {
	size int64
	at   time.Time
}

func fileState(path string) stateOfFile {
	about, err := os.Stat(path)
	if err != nil {
		return stateOfFile{}
	}
	return stateOfFile{about.Size(), about.ModTime()}
}

// reload takes over providers, permissions, redirects, clients and the guard's
// rules from the file. A bad file changes nothing.
func (s *server) reload(ctx context.Context) {
	if err := s.lines.reopen(); err != nil {
		s.log.Error("audit.file", "error", err)
	}
	c, warnings, err := config.Load(s.program.path(), s.program.environ)
	for _, w := range warnings {
		s.log.Warn("configuration", "warning", w.String())
	}
	var settings broker.Settings
	if err == nil {
		settings, err = openProviders(c, s.parts)
	}
	if err != nil {
		s.notReloaded(err)
		return
	}
	if err := s.broker.Use(settings); err != nil {
		closeDrivers(driversOf(settings))
		s.notReloaded(err)
		return
	}
	s.guard.Use(guardSettings(c))
	old := s.swap(driversOf(settings))
	s.log.Info("configuration reloaded", "providers", len(settings.Providers))
	if keys := needRestart(s.config, c); len(keys) > 0 {
		s.log.Warn("these changes need a restart", "keys", keys)
	}
	s.retire(ctx, old)
}

// notReloaded logs why: a list of problems with their places, or an error about
// something else, never with a line break in it.
func (s *server) notReloaded(err error) {
	const message = "configuration not reloaded, the old one stays"
	problems := s.program.problems(err)
	if len(problems) == 0 {
		s.log.Error(message, "error", strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	told := make([]string, len(problems))
	for i, p := range problems {
		told[i] = p.String()
	}
	s.log.Error(message, "problems", told)
}

// needRestart names the parts of the configuration that differ and that a
// reload does not take over.
func needRestart(old, now *config.Config) []string {
	reloaded := map[string]bool{"Providers": true, "Permissions": true, "Redirects": true, "Guard": true, "Clients": true, "SecretFile": true}
	var keys []string
	a, b := reflect.ValueOf(*old), reflect.ValueOf(*now)
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if !reloaded[f.Name] && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			keys = append(keys, f.Tag.Get("yaml"))
		}
	}
	return keys
}

// retire closes the drivers of an old configuration when the requests that use
// them have ended.
func (s *server) retire(ctx context.Context, old []drivers.Driver) {
	s.retiring.Go(func() {
		select {
		case <-ctx.Done():
		case <-time.After(retireAfter):
		}
		closeDrivers(old)
	})
}
