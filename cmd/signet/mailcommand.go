package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/mail"
	"github.com/signet-sso/signet/store"
)

// mailPage is how many letters are read at a time.
const mailPage = 500

func (p *program) mailCommand() *cobra.Command {
	c := family(&cobra.Command{Use: "mail", Short: "Look after letters that wait, and try the mail server"})
	c.AddCommand(p.mailList(), p.mailRetry(), p.mailTest(), p.mailTemplates())
	return c
}

func (p *program) mailList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the letters that wait or were given up", Args: cobra.NoArgs,
		Long: `List the letters that wait or were given up: when each was caused, when it is
tried next, how often it was tried, and why it has not left. Neither its
recipient nor its content is shown. A letter that was given up stays for 30
days after it was caused.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, _ *config.Config) error {
				return p.printLetters(ctx, db.Outbox())
			})
		},
	}
}

func (p *program) printLetters(ctx context.Context, o store.Outbox) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	shown := 0
	err := eachLetter(ctx, o, func(l store.WaitingLetter) error {
		if shown == 0 {
			fmt.Fprintln(w, "LETTER\tCAUSED\tNEXT\tTRIES\tWHY")
		}
		shown++
		next := l.Due.UTC().Format(time.DateTime)
		if !l.GivenUp.IsZero() {
			next = "given up"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", l.ID, l.Created.UTC().Format(time.DateTime), next, l.Tries, l.Reason)
		return nil
	})
	if shown == 0 && err == nil {
		fmt.Fprintln(p.out, "no letters wait")
	}
	return errors.Join(err, w.Flush())
}

// eachLetter calls do for each letter, the oldest first.
func eachLetter(ctx context.Context, o store.Outbox, do func(store.WaitingLetter) error) error {
	var last store.WaitingLetter
	for {
		some, err := o.Letters(ctx, last, mailPage)
		if err != nil {
			return err
		}
		for _, l := range some {
			if err := do(l); err != nil {
				return err
			}
		}
		if len(some) < mailPage {
			return nil
		}
		last = some[len(some)-1]
	}
}

func (p *program) mailRetry() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "retry [LETTER...]",
		Short: "Try letters again now",
		Long: `Try letters again now, also those that were given up, as soon as a server runs.
A letter whose link does not work any more is given up again: the person asks
for a new one. LETTER is what 'signet mail list' shows first.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return errors.New("name the letters, or say --all; see: signet mail list")
			}
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, _ *config.Config) error {
				return p.retryLetters(ctx, db.Outbox(), args)
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all letters that wait or were given up")
	return c
}

// retryLetters makes letters due; without ids, all of them.
func (p *program) retryLetters(ctx context.Context, o store.Outbox, ids []string) error {
	now := time.Now()
	if len(ids) == 0 {
		n := 0
		err := eachLetter(ctx, o, func(l store.WaitingLetter) error {
			err := o.Retry(ctx, l.ID, now)
			if errors.Is(err, broker.ErrStale) {
				return nil // it has just left, or leaves now
			}
			n++
			return err
		})
		if err == nil {
			fmt.Fprintf(p.out, "letters to try now: %d\n", n)
		}
		return err
	}
	for _, id := range ids {
		err := o.Retry(ctx, id, now)
		if errors.Is(err, broker.ErrStale) {
			return fmt.Errorf("letter %q does not wait: it has left, leaves at this moment, or never was; see: signet mail list", id)
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(p.out, "letters to try now: %d\n", len(ids))
	return nil
}

func (p *program) mailTemplates() *cobra.Command {
	return &cobra.Command{
		Use:   "templates DIR",
		Short: "Write the letters' templates to a folder, to change them there",
		Long: `Write the letters' templates to a folder, to change them there. Name the folder
as mail.templates; files that you do not change can be removed again, and files
that are there are not written. 'signet check' says what is wrong with one.`,
		Args: named,
		RunE: func(_ *cobra.Command, args []string) error {
			written, err := mail.WriteTemplates(args[0])
			if err != nil {
				return err
			}
			if len(written) == 0 {
				fmt.Fprintln(p.out, "every file is there already")
				return nil
			}
			fmt.Fprintf(p.out, "wrote %d files: %s\n", len(written), strings.Join(written, ", "))
			return nil
		},
	}
}
