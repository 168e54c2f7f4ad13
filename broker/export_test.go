package broker

import "context"

// Look is one look of Follow.
func (b *Broker) Look(ctx context.Context) error { return b.look(ctx) }

// What the tests have to know of the limits.
const (
	Silence      = silence
	Lateness     = lateness
	MaxPasses    = maxPasses
	MaxNoted     = maxNoted
	UpstreamDown = upstreamDown
	RenewalAgain = renewalAgain
)
