package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (p *program) keysCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Manage signing keys",
		Long: `Manage signing keys. There are three: the next one is published before it
signs, the current one signs, and the previous one still verifies. Running
servers follow a change within a second.`,
	}
	c.AddCommand(p.keysList(), p.keysRotate(), p.keysRetire())
	return c
}

func (p *program) keysList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List signing keys", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(_ context.Context, a *app) error { return p.printKeys(a) })
		},
	}
}

func (p *program) keysRotate() *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Args: cobra.NoArgs,
		Short: "Sign with the next key; tokens of the current one stay valid",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *app) error {
				if err := a.ring.Rotate(ctx); err != nil {
					return err
				}
				return p.printKeys(a)
			})
		},
	}
}

func (p *program) keysRetire() *cobra.Command {
	return &cobra.Command{
		Use: "retire KEY", Args: cobra.ExactArgs(1),
		Short: "Refuse every token of a key from now on (a stolen key)",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(ctx context.Context, a *app) error {
				if err := a.ring.Retire(ctx, args[0]); err != nil {
					return err
				}
				return p.printKeys(a)
			})
		},
	}
}

func (p *program) printKeys(a *app) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tALGORITHM\tSTATE\tSINCE")
	for _, k := range a.ring.List() {
		since := "configured"
		if !k.Configured {
			since = stamp(k.ChangedAt)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.State, since)
	}
	return w.Flush()
}

func (p *program) tokenCommand() *cobra.Command {
	return &cobra.Command{
		Use: "token USER", Args: cobra.ExactArgs(1),
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
	}
}
