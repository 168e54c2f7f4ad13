package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
)

func (p *program) userCommand() *cobra.Command {
	c := p.verbosely(family(&cobra.Command{
		Use:   "user",
		Short: "Manage accounts",
		Long:  "Manage accounts. USER is an account id, a user name or an e-mail address.",
	}))
	c.AddCommand(
		p.userAdd(), p.userImport(), p.userList(), p.userShow(), p.userPasswd(),
		p.userDo("confirm", "Take the e-mail address as confirmed", confirmUser),
		p.userSuspend(),
		p.userMFA(), p.userInvite(), p.userReset(), p.userUnlock(), p.userDelete(),
		p.userMerge(), p.userUnmerge(), p.userIdentities(), p.userLink(), p.userUnlink(),
		p.userDo("activate", "Make an account active again and lift a lock", activateUser),
		p.userAdmin(), p.userGroups(), p.userSessions(), p.userRevoke(),
	)
	return c
}

func (p *program) userAdd() *cobra.Command {
	n := broker.NewAccount{}
	var stdin, noPassword bool
	c := &cobra.Command{
		Use:   "add --username NAME | --email ADDRESS",
		Short: "Add an account",
		Long: `Add an active account. Its password is made and printed once, read from
standard input with --password-stdin, or left out with --no-password.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if stdin && noPassword {
				return errors.New("--password-stdin and --no-password exclude each other")
			}
			var err error
			if n.Password, err = p.givenPassword(stdin); err != nil {
				return err
			}
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				made := !stdin && !noPassword
				if made {
					n.Password = madePassword(ad.MinPassword)
				}
				a, err := ad.Add(ctx, n)
				if err != nil {
					return err
				}
				fmt.Fprintln(p.out, "added", a.ID)
				if made {
					fmt.Fprintln(p.out, "password:", n.Password)
				}
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&n.Username, "username", "", "user name")
	f.StringVar(&n.Email, "email", "", "e-mail address")
	f.StringVar(&n.Name, "name", "", "full name")
	f.StringSliceVar(&n.Groups, "group", nil, "group (may be repeated)")
	f.BoolVar(&n.Admin, "admin", false, "make an administrator")
	f.BoolVar(&n.Confirmed, "confirmed", true, "take the address as confirmed")
	f.BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	f.BoolVar(&noPassword, "no-password", false, "no local password")
	return c
}

func (p *program) userGroups() *cobra.Command {
	return &cobra.Command{
		Use:   "groups USER [GROUP …]",
		Short: "Replace the groups an administrator gave; those of providers stay",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				a, err := ad.SetGroups(ctx, args[0], args[1:])
				if err == nil {
					fmt.Fprintln(p.out, "groups:", dash(strings.Join(a.GroupNames(), ", ")))
				}
				return err
			})
		},
	}
}

func (p *program) userRevoke() *cobra.Command {
	return p.userDo("revoke", "End every session of an account", func(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
		n, err := ad.Revoke(ctx, ref)
		return fmt.Sprintf("sessions ended: %d", n), err
	})
}

// userDo is a command on one account that prints one text.
func (p *program) userDo(name, short string, do func(context.Context, *broker.Administration, string) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " USER", Short: short, Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				said, err := do(ctx, ad, args[0])
				if err == nil {
					fmt.Fprintln(p.out, said)
				}
				return err
			})
		},
	}
}

func confirmUser(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
	a, err := ad.Confirm(ctx, ref)
	return "confirmed " + a.Email, err
}

func activateUser(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
	a, err := ad.SetStatus(ctx, ref, broker.Active)
	return "status: " + string(a.Status), err
}

func dash(s string) string { return or(s, "-") }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
