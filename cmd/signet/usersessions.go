package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// userSessions lists live sessions, or ends one.
func (p *program) userSessions() *cobra.Command {
	end := ""
	c := p.userLook("sessions", "List an account's live sessions (--end: end one of them)", showSessions)
	list := c.RunE
	c.Flags().StringVar(&end, "end", "", "end the session with this id (all of them: signet user revoke)")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if end == "" {
			return list(cmd, args)
		}
		return p.administer(cmd.Context(), func(ctx context.Context, ad *broker.Administration) error {
			err := ad.EndSession(ctx, args[0], end)
			if err == nil {
				fmt.Fprintln(p.out, "session ended")
			}
			return err
		})
	}
	return c
}

func showSessions(ctx context.Context, from store.Directory, s about) (string, error) {
	a, err := from.Account(ctx, s.ref)
	if err != nil {
		return "", err
	}
	live, err := from.LiveSessions(ctx, a.ID, s.now)
	if err != nil || len(live) == 0 {
		return "no session", err
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "PROVIDER\tMODE\tSIGNED IN\tLAST USE\tADDRESS\tDEVICE\tID")
	for _, s := range live {
		fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\t%s\t%s\t%s", s.Provider, s.Mode, stamp(s.AuthTime), stamp(s.LastUsed), dash(s.Address), dash(s.UserAgent), s.ID)
	}
	err = w.Flush()
	return b.String(), err
}
