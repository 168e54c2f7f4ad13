package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
)

// The commands here ask for --yes before they do what is hard to take back.

func (p *program) userSuspend() *cobra.Command {
	return p.userSure("suspend", "Suspend an account and end its sessions", func(ctx context.Context, app *app, u sure) (string, error) {
		if u.account.Status == broker.Suspended {
			return name(u.account) + " is suspended already", nil
		}
		a, err := u.may(app).SetStatus(ctx, u.account.ID, broker.Suspended)
		return "status: " + string(a.Status), u.spared(err)
	})
}

func (p *program) userAdmin() *cobra.Command {
	var off bool
	c := p.userSure("admin", "Make an account an administrator (--off: an ordinary one)", func(ctx context.Context, app *app, u sure) (string, error) {
		a, err := u.may(app).SetAdmin(ctx, u.account.ID, !off)
		return "administrator: " + yes(a.Admin), u.spared(err)
	})
	c.Flags().BoolVar(&off, "off", false, "take the right away")
	return c
}

func (p *program) userPasswd() *cobra.Command {
	var stdin bool
	c := p.userSure("passwd", "Set a new password and end the account's sessions", func(ctx context.Context, app *app, u sure) (string, error) {
		if err := u.spareDirectory(); err != nil {
			return "", err
		}
		password, err := p.givenPassword(stdin)
		if err != nil {
			return "", err
		}
		said := "password changed, sessions ended"
		if !stdin {
			password = madePassword(app.admin.MinPassword)
			said += "\npassword: " + password
		}
		return said, app.admin.SetPassword(ctx, u.account.ID, password)
	})
	c.Flags().BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	return c
}

// sure is an account that something is about to be done to, and whether the
// operator has said --yes.
type sure struct {
	account broker.Account
	ways    []broker.LinkedIdentity
	yes     bool
}

// userSure is a command on one account that may ask for --yes. It prints one
// text.
func (p *program) userSure(name, short string, do func(context.Context, *app, sure) (string, error)) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: name + " USER", Short: short, Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, app *app) error {
				a, ways, err := app.admin.Find(ctx, args[0])
				if err != nil {
					return err
				}
				said, err := do(ctx, app, sure{a, ways, yes})
				if err == nil {
					fmt.Fprintln(p.out, said)
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it although there is a reason not to")
	return c
}

// may is the administration that does what the operator has said.
func (s sure) may(a *app) *broker.Administration {
	if s.yes {
		return a.admin.EvenTheLast()
	}
	return a.admin
}

// spared says to the operator what to do about the last administrator.
func (s sure) spared(err error) error {
	if !errors.Is(err, broker.ErrLastAdmin) {
		return err
	}
	return errors.New(name(s.account) + " is the last active administrator who can sign in; make another one first with: signet user admin USER, or say --yes")
}

// spareDirectory refuses to give a password to somebody whom only a provider
// vouches for: it would let them in whatever the provider says.
func (s sure) spareDirectory() error {
	var providers []string
	for _, w := range s.ways {
		if w.Provider == broker.LocalRealm {
			return nil
		}
		providers = append(providers, w.Provider)
	}
	if s.yes || len(providers) == 0 {
		return nil
	}
	slices.Sort(providers)
	return fmt.Errorf("%s signs in through %s only, where the password is changed; a password here would be a second way in, whatever %[2]s says: say --yes if that is what you want",
		name(s.account), strings.Join(slices.Compact(providers), " and "))
}

// name is what to call an account in a sentence.
func name(a broker.Account) string { return or(a.Username, or(a.Email, a.ID)) }
