package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
)

func (p *program) keysCommand() *cobra.Command {
	c := family(&cobra.Command{
		Use:   "keys",
		Short: "Manage signing keys",
		Long: `Manage signing keys. There are three: the next one is published before it
signs, the current one signs, and the previous one still verifies. Running
servers follow a change within a second. A retired one is listed for a month.`,
	})
	c.AddCommand(p.keysList(), p.keysRotate(), p.keysRetire(), p.keysReset())
	return c
}

func (p *program) keysRotate() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "rotate", Args: cobra.NoArgs,
		Short: "Sign with the next key; tokens of the current one stay valid",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *app) error {
				if left := a.untilRotation(time.Now()); left > 0 && !yes {
					return fmt.Errorf("the previous key goes with this rotation, and tokens that it signed live for up to %s more; wait that long, or say --yes (to be rid of a stolen key: signet keys retire KEY)", left)
				}
				if err := a.ring.Rotate(ctx); err != nil {
					return err
				}
				return p.printKeys(a.ring.List())
			})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it although tokens are refused then")
	return c
}

// untilRotation is how long tokens of the previous key may still live, in whole
// seconds: those of session cookies live longest.
func (a *app) untilRotation(now time.Time) time.Duration {
	life := max(a.broker.Lifetimes.Access, a.broker.Lifetimes.Session)
	in := map[string]token.KeyInfo{}
	for _, k := range a.ring.List() {
		in[k.State] = k
	}
	// Without a previous key, its end is long ago.
	return (in[token.StatePrevious].ChangedAt.Add(life).Sub(now) + time.Second - 1).Truncate(time.Second)
}

func (p *program) keysRetire() *cobra.Command {
	return &cobra.Command{
		Use: "retire KEY", Args: named,
		Short: "Refuse every token of a key from now on (a stolen key)",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *app) error {
				if err := a.ring.Retire(ctx, args[0]); err != nil {
					return err
				}
				return p.printKeys(a.ring.List())
			})
		},
	}
}

func (p *program) keysReset() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "reset --yes", Args: cobra.NoArgs,
		Short: "Throw all keys away, for a new or a lost master secret",
		Long: `Throw all signing keys away. The next start makes new ones under the master
secret that it then has. Every token is refused from then on, and with another
secret every session ends too. Stop the servers first.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				return errors.New("this ends every token; say --yes if that is what you want")
			}
			c, err := p.load()
			if err != nil {
				return err
			}
			return p.resetKeys(cmd.Context(), c.Database)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

func (p *program) resetKeys(ctx context.Context, d config.Database) error {
	db, err := openStore(ctx, d, store.Options{})
	if err != nil {
		return err
	}
	err = db.Keys().ChangeKeys(ctx, func([]token.StoredKey) ([]token.StoredKey, error) { return nil, nil })
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "all keys are gone; the next start of signet serve makes new ones")
	return nil
}

func (p *program) tokenCommand() *cobra.Command {
	return p.verbosely(&cobra.Command{
		Use: "token USER", Args: named,
		Short: "Print an access token of an account, for scripts and tests",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *app) error {
				access, ends, err := a.admin.Token(ctx, args[0])
				if err != nil {
					return err
				}
				fmt.Fprintln(p.out, access)
				fmt.Fprintln(p.err, "valid until", stamp(ends))
				return nil
			})
		},
	})
}
