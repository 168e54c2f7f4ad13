package main

import (
	"github.com/spf13/cobra"
)

func (p *program) guardCommand() *cobra.Command {
	c := family(&cobra.Command{
		Use:   "guard",
		Short: "Put Signet in front of an application, with a reverse proxy",
		Long: `Put Signet in front of an application: a reverse proxy asks Signet about every
request, and passes on who it is.`,
	})
	c.AddCommand(p.guardChildren()...)
	return c
}

// guardChildren are the commands below signet guard.
func (p *program) guardChildren() []*cobra.Command {
	return append(p.guardPrinters(), p.guardAttack(), p.guardEcho())
}
