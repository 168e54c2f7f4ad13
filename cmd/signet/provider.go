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
	"github.com/signet-sso/signet/drivers"
)

func (p *program) providerCommand() *cobra.Command {
	c := family(&cobra.Command{Use: "provider", Short: "List and test the ways to sign in"})
	c.AddCommand(p.providerList(), p.providerPresets(), p.providerTest())
	return c
}

func (p *program) providerList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the configured providers", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.load()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tDRIVER\tLABEL\tSIGN-UP\tLINK\tSTATE")
			for _, v := range c.Providers {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Name, v.Driver, v.Label, yes(v.Signup), v.Link, state(v))
			}
			return w.Flush()
		},
	}
}

func state(v config.Provider) string {
	switch {
	case v.Disabled:
		return "disabled"
	case v.Insecure:
		return "on, in plain text"
	}
	return "on"
}

func (p *program) providerTest() *cobra.Command {
	var login, listen string
	var browser bool
	c := &cobra.Command{
		Use:   "test NAME",
		Short: "Try a provider step by step and say what to change",
		Long: `Try a provider step by step: what was done, how long it took and, for the step
that failed, what to change. With --login a person is looked up as a sign-in
would do it. No password of a person is asked for or tried.

With --browser, for OAuth2 and OpenID, an address is printed to sign in at, and
what comes back is shown: what the provider says, what becomes of it, whether
the person may enter and why, and the token. Nothing is stored.`,
		Args: named,
		RunE: func(cmd *cobra.Command, args []string) error {
			if browser {
				return p.tryInBrowser(cmd.Context(), args[0], listen)
			}
			return p.testProvider(cmd.Context(), args[0], login)
		},
	}
	c.Flags().StringVar(&login, "login", "", "look this person up")
	c.Flags().BoolVar(&browser, "browser", false, "sign in at the provider with a browser and show what comes of it")
	c.Flags().StringVar(&listen, "listen", "", "wait for the browser at this address instead of the configured one")
	c.MarkFlagsMutuallyExclusive("login", "browser")
	return c
}

func (p *program) testProvider(ctx context.Context, name, login string) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	d, err := openOne(c, name)
	if err != nil {
		return err
	}
	if d.Close != nil {
		defer d.Close()
	}
	if d.Check == nil {
		fmt.Fprintf(p.out, "%s needs nothing outside Signet: there is nothing to test\n", name)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return p.printSteps(name, d.Check.Check(ctx, login))
}

func (p *program) printSteps(name string, steps []drivers.Step) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	var failed *drivers.Step
	for i, s := range steps {
		mark, detail := "ok", s.Detail
		if s.Err != nil {
			mark, detail, failed = "FAILED", s.Err.Error(), &steps[i]
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mark, s.Name, s.Took.Round(10*time.Microsecond), strings.ReplaceAll(detail, "\t", " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if failed == nil {
		fmt.Fprintf(p.out, "\n%s works\n", name)
		return nil
	}
	fmt.Fprintf(p.out, "\n%s does not work: %s\n", name, failed.Name)
	if failed.Fix != "" {
		fmt.Fprintln(p.out, "what to change:", failed.Fix)
	}
	return errSaid
}

// openOne opens a single provider as configured, the local one excepted.
func openOne(c *config.Config, name string) (drivers.Driver, error) {
	var names []string
	for _, v := range c.Providers {
		if v.Name != name {
			names = append(names, v.Name)
			continue
		}
		if v.Driver == broker.LocalRealm {
			return drivers.Driver{}, nil
		}
		return openDriver(v, driverParts{})
	}
	return drivers.Driver{}, errors.New("no provider is called " + name + "; there are: " + strings.Join(names, ", "))
}
