package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
)

// posted is said of a letter: a command only writes it.
const posted = "; a running server sends it (signet mail list shows what waits)"

func (p *program) userInvite() *cobra.Command {
	n := broker.NewAccount{}
	c := &cobra.Command{
		Use:   "invite",
		Short: "Make an account that its person enters with the link of a letter",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n.Email == "" {
				return errors.New("--email is needed: the letter goes there")
			}
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				a, err := ad.Invite(ctx, n)
				if err == nil {
					fmt.Fprintln(p.out, "invited "+a.ID+posted)
				}
				return err
			})
		},
	}
	f := c.Flags()
	f.StringVar(&n.Email, "email", "", "e-mail address")
	f.StringVar(&n.Username, "username", "", "user name")
	f.StringVar(&n.Name, "name", "", "full name")
	f.StringSliceVar(&n.Groups, "group", nil, "group (may be repeated)")
	f.BoolVar(&n.Admin, "admin", false, "make an administrator")
	return c
}

func (p *program) userReset() *cobra.Command {
	return p.userDo("reset", "Send the link to choose a new password, or an invitation once more", func(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
		a, _, err := ad.Find(ctx, ref)
		if err != nil {
			return "", err
		}
		send := ad.SendReset
		if a.Status == broker.Invited {
			send = ad.SendInvite
		}
		return "letter to " + a.Email + posted, send(ctx, a.ID)
	})
}

func (p *program) userUnlock() *cobra.Command {
	return p.userDo("unlock", "Forget the failed attempts at an account", func(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
		return "unlocked", ad.Unlock(ctx, ref)
	})
}

func (p *program) userDelete() *cobra.Command {
	return p.userSure("delete", "Remove an account for good (--yes)", func(ctx context.Context, app *app, u sure) (string, error) {
		if !u.yes {
			return "", fmt.Errorf("%s would be gone with everything of it; say --yes, or suspend it", name(u.account))
		}
		return "deleted " + u.account.ID, u.spared(u.may(app).Remove(ctx, u.account.ID))
	})
}

func (p *program) userMerge() *cobra.Command {
	return &cobra.Command{
		Use:   "merge FROM INTO",
		Short: "Make one account a part of another one; unmerge undoes it for 30 days",
		Args:  named,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				id, a, err := ad.Merge(ctx, args[0], args[1])
				if err == nil {
					fmt.Fprintf(p.out, "merged into %s\nundo: signet user unmerge %s\n", a.ID, id)
				}
				return err
			})
		},
	}
}

func (p *program) userUnmerge() *cobra.Command {
	return &cobra.Command{
		Use:   "unmerge MERGE",
		Short: "Make two accounts of one again",
		Args:  named,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				back, into, err := ad.Unmerge(ctx, args[0])
				if err == nil {
					fmt.Fprintf(p.out, "%s is back, and apart from %s\n", name(back), name(into))
				}
				return err
			})
		},
	}
}

func (p *program) userLink() *cobra.Command {
	n := broker.NewIdentity{}
	c := p.userDo("link", "Give an account a way in at a provider", func(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
		id, err := ad.Link(ctx, ref, n)
		return "linked " + ad.IdentityID(id), err
	})
	c.Flags().StringVar(&n.Provider, "provider", "", "name of the provider")
	c.Flags().StringVar(&n.Subject, "subject", "", "the provider's immutable id of the person")
	c.Flags().StringVar(&n.Login, "login", "", "what the person is called there; only shown")
	return c
}

func (p *program) userUnlink() *cobra.Command {
	return &cobra.Command{
		Use:   "unlink USER IDENTITY",
		Short: "Take a way in away; identities lists them",
		Args:  named,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
				err := ad.Unlink(ctx, args[0], args[1])
				if err == nil {
					fmt.Fprintln(p.out, "unlinked")
				}
				return err
			})
		},
	}
}

func (p *program) userIdentities() *cobra.Command {
	return p.userDo("identities", "List an account's ways in", func(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
		_, ids, err := ad.Find(ctx, ref)
		said := ""
		for _, id := range ids {
			said += fmt.Sprintf("%s  %s  %s  %s  last seen %s\n", ad.IdentityID(id), id.Provider, id.Subject, dash(id.Login), stamp(id.Seen))
		}
		if said == "" {
			return "none", err
		}
		return said[:len(said)-1], err
	})
}
