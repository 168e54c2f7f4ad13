package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
)

// followEvery is how often "audit follow" looks for new entries.
const followEvery = time.Second

func (p *program) auditCommand() *cobra.Command {
	c := family(&cobra.Command{
		Use:   "audit",
		Short: "Read the record of who did what",
		Long:  "Read the record of who did what. It is kept for audit.retention; nothing changes it.",
	})
	c.AddCommand(p.auditList(), p.auditFollow())
	return c
}

// auditFilter is what the flags of both commands say.
type auditFilter struct {
	query          broker.TrailQuery
	account, actor string // as typed: id, user name or address
	since          time.Duration
	outcome        string
}

func (f *auditFilter) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.account, "account", "", "what happened to this account: id, user name or address")
	c.Flags().StringVar(&f.actor, "actor", "", `what this administrator did; "operator" for commands`)
	c.Flags().StringVar(&f.query.Name, "event", "", "events of this name, such as login.failure")
	c.Flags().StringVar(&f.outcome, "outcome", "", "success, failure or denied")
	c.Flags().StringVar(&f.query.Address, "address", "", "from this client address")
	c.Flags().DurationVar(&f.since, "since", 0, "not older than this, such as 24h")
}

// resolve turns what was typed into a query.
func (f *auditFilter) resolve(ctx context.Context, db *store.DB) (broker.TrailQuery, error) {
	q := f.query
	if q.Outcome = broker.Outcome(f.outcome); q.Outcome != "" && !slices.Contains([]broker.Outcome{broker.Succeeded, broker.Failed, broker.Denied}, q.Outcome) {
		return q, errors.New("--outcome takes success, failure or denied")
	}
	if f.since > 0 {
		q.Since = time.Now().Add(-f.since)
	}
	for _, ref := range []struct {
		typed string
		to    *string
	}{{f.account, &q.Account}, {f.actor, &q.Actor}} {
		if *ref.to = ref.typed; ref.typed == "" || ref.typed == broker.ActorOperator {
			continue
		}
		a, err := db.Directory().Account(ctx, ref.typed)
		switch {
		case err == nil:
			*ref.to = a.ID
		case !errors.Is(err, broker.ErrNoAccount): // one that is gone still has its entries, by id
			return q, err
		}
	}
	return q, nil
}

func (p *program) auditList() *cobra.Command {
	f := &auditFilter{}
	var asJSON, asCSV bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List what happened, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.query.Limit < 1 || f.query.Limit > 1000 {
				return errors.New("--limit takes a number from 1 to 1000")
			}
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, _ *config.Config) error {
				q, err := f.resolve(ctx, db)
				if err != nil {
					return err
				}
				page, next, err := db.Trail().Entries(ctx, q)
				if err != nil {
					return err
				}
				switch {
				case asJSON:
					err = printLines(p.out, page)
				case asCSV:
					err = printCSV(p.out, page)
				default:
					err = printEntries(p.out, page)
				}
				if err == nil && next != "" {
					fmt.Fprintf(p.err, "more: the same command with --cursor %s\n", next)
				}
				return err
			})
		},
	}
	f.flags(c)
	c.Flags().StringVar(&f.query.Cursor, "cursor", "", "go on after a page, with what it printed")
	c.Flags().IntVar(&f.query.Limit, "limit", 50, "at most this many (up to 1000)")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	c.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	c.MarkFlagsMutuallyExclusive("json", "csv")
	return c
}

func (p *program) auditFollow() *cobra.Command {
	f := &auditFilter{}
	c := &cobra.Command{
		Use:   "follow",
		Short: "Print what happens, one JSON object a line, until it is stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, _ *config.Config) error {
				q, err := f.resolve(ctx, db)
				if err != nil {
					return err
				}
				return follow(ctx, db.Trail(), q, p.out)
			})
		},
	}
	f.flags(c)
	return c
}

// follow prints entries as they come. An entry may be written a moment after
// its time, so those of the last seconds are asked for again.
func follow(ctx context.Context, trail broker.Trail, q broker.TrailQuery, out io.Writer) error {
	if q.Since.IsZero() {
		q.Since = time.Now()
	}
	seen := map[string]time.Time{}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		page, _, err := trail.Entries(ctx, q)
		if err != nil {
			return quiet(err)
		}
		fresh := slices.DeleteFunc(page, func(e broker.Entry) bool { return !seen[e.ID].IsZero() })
		slices.Reverse(fresh)
		if err := printLines(out, fresh); err != nil {
			return err
		}
		for _, e := range fresh {
			seen[e.ID] = e.At
		}
		if horizon := time.Now().Add(-10 * time.Second); horizon.After(q.Since) {
			q.Since = horizon
		}
		for id, at := range seen {
			if at.Before(q.Since) {
				delete(seen, id)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func printLines(out io.Writer, page []broker.Entry) error {
	e := json.NewEncoder(out)
	for _, one := range page {
		if err := e.Encode(lineOf(one.Event, one.At)); err != nil {
			return err
		}
	}
	return nil
}

func printEntries(out io.Writer, page []broker.Entry) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tEVENT\tREASON\tACCOUNT\tBY\tPROVIDER\tADDRESS\tCHANGES")
	for _, e := range page {
		who := or(e.AccountID, shown(e.Login))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", stamp(e.At), e.Name, dash(e.Reason), dash(who), dash(e.Actor),
			dash(e.Provider), dash(e.Client.Address), dash(changesOf(e.Changes)))
	}
	return w.Flush()
}

// shown is what a stranger typed, so that it does nothing to a terminal.
func shown(login string) string {
	if login == "" {
		return ""
	}
	return fmt.Sprintf("%q", login)
}

func changesOf(all []broker.Change) string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = fmt.Sprintf("%s: %q → %q", c.Field, c.Before, c.After)
	}
	return strings.Join(texts, ", ")
}

func printCSV(out io.Writer, page []broker.Entry) error {
	w := csv.NewWriter(out)
	rows := [][]string{{"time", "event", "outcome", "reason", "actor", "account", "session", "provider", "login", "address", "user_agent", "request_id", "changes"}}
	for _, e := range page {
		rows = append(rows, []string{
			e.At.UTC().Format(time.RFC3339Nano), e.Name, string(e.Outcome), e.Reason, e.Actor, e.AccountID, e.SessionID, e.Provider,
			e.Login, e.Client.Address, e.Client.UserAgent, e.Client.RequestID, changesOf(e.Changes),
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	return w.WriteAll(rows)
}

// harmless keeps a spreadsheet from taking a cell for a formula.
func harmless(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r") == 0 {
		return "'" + cell
	}
	return cell
}
