package broker

import "context"

// Numbers keeps the whole numbers by which clients of other systems know people.
// A number is one account's for ever: nobody else gets it when the account is
// gone. Every method may answer ErrStoreDown.
type Numbers interface {
	// Number returns an account's number. Who has none gets the one after the
	// highest that there ever was. ErrNoAccount.
	Number(ctx context.Context, accountID string) (int64, error)
	// Numbered returns up to limit accounts, 1,000 at most, with numbers beyond
	// after, in their order and without those that were merged into others. Who
	// has no number yet comes last and gets one, the oldest account first.
	Numbered(ctx context.Context, after int64, limit int) ([]Numbered, error)
}

// Numbered is an account with its number.
type Numbered struct {
	Account
	Number int64
}

// MaxImportedNumber is the highest number that somebody can bring: what
// databases call an INTEGER.
const MaxImportedNumber = 1<<31 - 1

// NumberOf returns the number of an account, which gets one if it has none.
// Codes: CodeNotFound, CodeUnavailable.
func (b *Broker) NumberOf(ctx context.Context, accountID string) (int64, error) {
	return b.Config.Numbers.Number(ctx, accountID)
}

// Numbered returns accounts by their numbers; see [Numbers]. It tells whoever
// asks who there is: it is for callers that decide who may know.
func (b *Broker) Numbered(ctx context.Context, after int64, limit int) ([]Numbered, error) {
	return b.Config.Numbers.Numbered(ctx, after, limit)
}
