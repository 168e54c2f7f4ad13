package broker

import "context"

// Named returns the account of a user name or an address, whatever its status,
// and never one by its id. It tells whoever asks that there is one: it is for
// callers that decide who may know. Codes: CodeNotFound, CodeUnavailable.
func (b *Broker) Named(ctx context.Context, name string) (Account, error) {
	a, err := b.Directory.Account(ctx, name)
	if err == nil && a.ID == name {
		return Account{}, ErrNoAccount
	}
	return a, err
}
