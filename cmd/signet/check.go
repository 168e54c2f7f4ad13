package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and say everything that is wrong with it",
		Long: `Check the configuration file and the environment: every problem at once, each
with file:line:column and what to do. No network is used; to try a provider,
use 'signet provider test NAME'.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.loadAloud()
			if err != nil {
				return err
			}
			if _, err := openProviders(c, driverParts{}); err != nil {
				return err
			}
			if _, err := checkMail(c); err != nil {
				return err
			}
			good := p.path() + " is good"
			if p.path() == "" {
				good = "no configuration file was found in this folder: the defaults are good"
			}
			many := "s"
			if len(c.Providers) == 1 {
				many = ""
			}
			fmt.Fprintf(p.out, "%s: %d provider%s, database %s, address %s\n", good, len(c.Providers), many, c.Database.Engine, c.PublicURL)
			return nil
		},
	}
}
