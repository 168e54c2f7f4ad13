package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/cmd/signet/attack"
)

func (p *program) guardEcho() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "echo",
		Short: "Answer every request with what arrived, in the place of an application",
		Long: `Answer every request with what arrived: method, target and header fields as they
came, in JSON. Put it behind the proxy in the place of the application, and look
what your application would see, or let 'signet guard attack' look.

It shows whoever asks what the proxy adds to a request. Do not leave it running.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var net net.ListenConfig
			l, err := net.Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return fmt.Errorf("listen: %w", err)
			}
			fmt.Fprintf(p.out, "echo on http://%s\n", l.Addr())
			return attack.Echo(cmd.Context(), l)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address and port")
	return c
}
