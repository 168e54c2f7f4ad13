package main

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signet-sso/signet/broker"
)

const (
	// jobUnconfirmed is the job's name in the database.
	jobUnconfirmed = "remove_unconfirmed"
	// jobEvery is how often a replica looks whether it is time.
	jobEvery = 20 * time.Second
)

// removeUnconfirmed removes registrations that nobody confirmed, whenever the
// schedule says. One replica does it; a time that passed while none ran is made
// up for.
func (s *server) removeUnconfirmed(ctx context.Context) error {
	schedule, err := cron.ParseStandard(s.config.Registration.Schedule)
	if err != nil {
		return fmt.Errorf("registration.schedule: %w", err)
	}
	tick := time.NewTicker(jobEvery)
	defer tick.Stop()
	started := time.Now()
	for {
		if err := s.removeUnconfirmedAt(ctx, schedule, started, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Warn("remove unconfirmed accounts", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// removeUnconfirmedAt does the work if its time has come since it ran last, or
// since started when it never did.
func (s *server) removeUnconfirmedAt(ctx context.Context, schedule cron.Schedule, started, now time.Time) error {
	m := s.db.Members()
	ran, err := m.JobRan(ctx, jobUnconfirmed)
	if err != nil {
		return err
	}
	if ran.IsZero() {
		ran = started
	}
	due := latest(schedule, ran.UTC(), now.UTC())
	if due.IsZero() {
		return nil
	}
	mine, err := m.ClaimJob(ctx, jobUnconfirmed, due)
	if err != nil || !mine {
		return err
	}
	gone, err := m.RemoveUnconfirmed(ctx, now.Add(-s.config.Registration.UnconfirmedRemoval))
	for _, id := range gone {
		s.broker.Audit.Record(ctx, broker.Event{Name: broker.EventAccountGone, Reason: "unconfirmed", AccountID: id})
	}
	return err
}

// latest is the last time of a schedule after one moment and not after another,
// zero for none. It is the same for every replica.
func latest(s cron.Schedule, after, until time.Time) (due time.Time) {
	for next := s.Next(after); !next.IsZero() && !next.After(until); next = s.Next(next) {
		due = next
	}
	return due
}
