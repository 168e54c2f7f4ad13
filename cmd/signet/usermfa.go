package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
)

// userMFA takes a second factor away. Setting one up is its person's affair.
func (p *program) userMFA() *cobra.Command {
	var off bool
	c := p.userDo("mfa", "Take the second factor of somebody away who lost it (--off)", func(ctx context.Context, ad *broker.Administration, ref string) (string, error) {
		if !off {
			return "", errors.New("say --off to take the second factor away; a new one is set up by its person")
		}
		_, err := ad.RemoveSecondFactor(ctx, ref)
		return "second factor removed, sessions ended", err
	})
	c.Flags().BoolVar(&off, "off", false, "take it away")
	return c
}
