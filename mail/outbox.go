package mail

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
)

// Outbox is where letters wait. Any number of workers on any number of replicas
// may use one.
type Outbox interface {
	// Claim returns at most limit letters that are due and hides them from every
	// other caller for the length of lease. Of many callers one gets a letter.
	Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]broker.Post, error)
	// Sent removes a letter. Sent, Again and GiveUp do nothing when another
	// caller has claimed the letter since, which its number of tries tells.
	Sent(ctx context.Context, p broker.Post) error
	// Again makes a letter due later. The reason is for the operator; it must not
	// name the recipient.
	Again(ctx context.Context, p broker.Post, due time.Time, reason string) error
	// GiveUp keeps a letter that is not to be tried any more.
	GiveUp(ctx context.Context, p broker.Post, now time.Time, reason string) error
	// Backlog returns how many letters wait, and since when the oldest does.
	Backlog(ctx context.Context) (waiting int, oldest time.Time, err error)
	// Posted has a value after letters were posted in this process.
	Posted() <-chan struct{}
}
