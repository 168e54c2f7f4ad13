package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
)

func (p *program) keysList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List signing keys", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.look(cmd.Context(), func(ctx context.Context, db *store.DB, c *config.Config) error {
				keys, err := keysAsStored(ctx, db.Keys(), c)
				if err != nil {
					return err
				}
				return p.printKeys(keys)
			})
		},
	}
}

// keysAsStored lists the keys without opening them. A ring would bring them in
// line with the configuration first.
func keysAsStored(ctx context.Context, stored store.Keys, c *config.Config) ([]token.KeyInfo, error) {
	rows, err := stored.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var keys []token.KeyInfo
	become := map[string]string{}
	if strings.HasPrefix(c.Tokens.Algorithm, "HS") {
		if keys, err = configuredKey(ctx, c); err != nil {
			return nil, err
		}
		become[token.StateCurrent] = token.StatePrevious // the configuration's took over
	}
	for _, k := range rows {
		state := or(become[k.State], k.State)
		keys = append(keys, token.KeyInfo{ID: k.ID, Algorithm: k.Algorithm, State: state, CreatedAt: k.CreatedAt, ChangedAt: k.ChangedAt})
	}
	return keys, nil
}

// configuredKey is the HMAC key of the configuration, as a ring without stored
// keys lists it.
func configuredKey(ctx context.Context, c *config.Config) ([]token.KeyInfo, error) {
	sealer, err := token.NewSealer([]byte(c.Secret.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("master secret: %w", err)
	}
	ring, err := token.Open(ctx, tokenConfig(c, slog.New(slog.DiscardHandler)), noKeys{}, sealer)
	if err != nil {
		return nil, err
	}
	return ring.List(), nil
}

// noKeys is a store of keys that has none.
type noKeys struct{}

var _ token.KeyStore = noKeys{}

// Keys implements token.KeyStore.
func (noKeys) Keys(context.Context) ([]token.StoredKey, error) { return nil, nil }

// ChangeKeys implements token.KeyStore. A ring with a key of its own asks for
// no change.
func (noKeys) ChangeKeys(context.Context, func([]token.StoredKey) ([]token.StoredKey, error)) error {
	return nil
}

// KeysVersion implements token.KeyStore.
func (noKeys) KeysVersion(context.Context) (int64, error) { return 0, nil }

func (p *program) printKeys(keys []token.KeyInfo) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tALGORITHM\tSTATE\tSINCE")
	for _, k := range keys {
		since := "configured"
		if !k.Configured {
			since = stamp(k.ChangedAt)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.State, since)
	}
	return w.Flush()
}
