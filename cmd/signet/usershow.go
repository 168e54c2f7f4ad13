package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
)

func (p *program) userShow() *cobra.Command {
	return p.userLook("show", "Show an account, its groups and ways to sign in", showUser)
}

// userLook is a command that prints what is known of one account and changes
// nothing.
func (p *program) userLook(name, short string, read func(context.Context, store.Directory, about) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " USER", Short: short, Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, c *config.Config) error {
				said, err := read(ctx, db.Directory(), about{args[0], lockout(c.Lockout), time.Now()})
				if err == nil {
					fmt.Fprintln(p.out, said)
				}
				return err
			})
		},
	}
}

// about is the account that is asked about, and by which rule and clock.
type about struct {
	ref     string
	lockout broker.Lockout
	now     time.Time
}

func showUser(ctx context.Context, from store.Directory, s about) (string, error) {
	a, err := from.Account(ctx, s.ref)
	if err != nil {
		return "", err
	}
	ids, err := from.Identities(ctx, a.ID)
	if err != nil {
		return "", err
	}
	until, err := from.LockedUntil(ctx, a.ID, s.lockout, s.now)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "id\t%s\nstatus\t%s\nlocked\t%s\nadministrator\t%s\n", a.ID, a.Status, locked(until), yes(a.Admin))
	fmt.Fprintf(w, "user name\t%s\ne-mail\t%s\nconfirmed\t%s\nname\t%s\n", dash(a.Username), dash(a.Email), yes(a.EmailConfirmed), dash(fullName(a)))
	fmt.Fprintf(w, "second factor\t%s\n", yes(a.SecondFactor))
	for _, g := range a.Groups {
		fmt.Fprintf(w, "group\t%s (from %s)\n", g.Name, or(g.Source, "an administrator"))
	}
	for _, id := range ids {
		fmt.Fprintf(w, "sign-in\t%s as %s\n", id.Provider, or(id.Login, id.Subject))
	}
	fmt.Fprintf(w, "created\t%s\nchanged\t%s", stamp(a.Created), stamp(a.Updated))
	err = w.Flush()
	return b.String(), err
}

// locked says until when nobody gets in as the account.
func locked(until time.Time) string {
	if until.IsZero() {
		return "no"
	}
	return "until " + stamp(until) + ", after too many attempts; lift it with: signet user activate"
}
