package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
)

func (p *program) userList() *cobra.Command {
	q := broker.Query{}
	var asJSON, admins bool
	var status string
	c := &cobra.Command{
		Use:   "list",
		Short: "List accounts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Limit < 1 || q.Limit > 1000 {
				return errors.New("--limit takes a number from 1 to 1000")
			}
			if q.Status = broker.Status(status); !q.Status.Known() && status != "" {
				return errors.New("--status takes one of active, unconfirmed, suspended, invited and merged")
			}
			if admins {
				q.Admin = &admins
			}
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, _ *config.Config) error {
				page, err := db.Directory().List(ctx, q)
				if err != nil {
					return err
				}
				all := page.Accounts
				if asJSON {
					return p.printJSON(listed(all))
				}
				w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tUSERNAME\tE-MAIL\tNAME\tSTATUS\tADMIN\tFROM")
				for _, a := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, dash(a.Username), dash(a.Email), dash(fullName(a)), a.Status, yes(a.Admin), or(a.Origin, broker.LocalRealm))
				}
				if err := w.Flush(); err != nil {
					return err
				}
				if page.Next != "" {
					fmt.Fprintf(p.err, "more: the same command with --after %s\n", page.Next)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&q.Search, "search", "", "the beginning of a word of a name or address; up to four words")
	c.Flags().StringVar(&status, "status", "", "only accounts that are active, unconfirmed, suspended, invited or merged")
	c.Flags().BoolVar(&admins, "admin", false, "only administrators")
	c.Flags().StringVar(&q.Group, "group", "", "only who is in this group")
	c.Flags().StringVar(&q.After, "after", "", "go on after a page, with what it printed")
	c.Flags().IntVar(&q.Limit, "limit", 100, "at most this many (up to 1000)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// listedAccount is an account in user list --json.
type listedAccount struct {
	ID             string         `json:"id"`
	Status         broker.Status  `json:"status"`
	Admin          bool           `json:"admin"`
	Username       string         `json:"username"`
	Email          string         `json:"email"`
	EmailConfirmed bool           `json:"email_confirmed"`
	Name           string         `json:"name"`
	Groups         []broker.Group `json:"groups"`
	Origin         string         `json:"origin"`
	Created        time.Time      `json:"created"`
}

func listed(all []broker.Account) []listedAccount {
	out := make([]listedAccount, len(all))
	for i, a := range all {
		out[i] = listedAccount{
			a.ID, a.Status, a.Admin, a.Username, a.Email, a.EmailConfirmed, fullName(a), append([]broker.Group{}, a.Groups...),
			a.Origin, a.Created.UTC(),
		}
	}
	return out
}

// fullName is a name to recognise an account by, also one whose user name and
// address belong to somebody else.
func fullName(a broker.Account) string {
	return or(a.Name, strings.TrimSpace(a.GivenName+" "+a.FamilyName))
}

func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
