package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers/local"
)

func (p *program) clientCommand() *cobra.Command {
	c := family(&cobra.Command{Use: "client", Short: "Let services ask about tokens"})
	c.AddCommand(p.clientSecret())
	return c
}

func (p *program) clientSecret() *cobra.Command {
	return &cobra.Command{
		Use: "secret", Args: cobra.NoArgs,
		Short: "Make a secret for a service, and its hash for the configuration",
		Long: `Make a random secret for a service that asks about tokens or revokes them, and
its argon2id hash. The service gets the secret, which is shown this once and
kept nowhere; the configuration gets the hash:

  clients:
    - {id: api, secret: '$argon2id$…'}`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret := madePassword(0)
			hash, err := local.NewHasher(local.HasherConfig{}).Hash(cmd.Context(), secret)
			if err != nil {
				return err
			}
			fmt.Fprintln(p.out, "secret:", secret)
			fmt.Fprintln(p.out, "hash:  ", "'"+hash+"'")
			return nil
		},
	}
}

// services are the clients of the configuration as the broker knows them. What
// begins with $ is a hash; one that cannot be read is an error with its place.
func services(c *config.Config) ([]broker.Service, error) {
	hasher := local.NewHasher(hasherConfig(c.Passwords))
	var all []broker.Service
	for i, k := range c.Clients {
		s := broker.Service{ID: k.ID, Audience: k.Audience}
		if s.Secret = k.Secret.Reveal(); strings.HasPrefix(s.Secret, "$") {
			if err := hasher.Readable(s.Secret); err != nil {
				return nil, misplacedError{fmt.Sprintf("clients[%d].secret", i), err}
			}
			s.Secret, s.Hash = "", s.Secret
		}
		all = append(all, s)
	}
	return all, nil
}
