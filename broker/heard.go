package broker

import (
	"context"
	"time"
)

// heard is the store of sessions that tells the feed at once what ends here,
// before the database has.
type heard struct {
	Sessions
	feed *feed
}

// End implements Sessions.
func (h heard) End(ctx context.Context, id, reason string, now time.Time) (bool, error) {
	ended, err := h.Sessions.End(ctx, id, reason, now)
	h.feed.changed(id)
	return ended, err
}

// EndAll implements Sessions.
func (h heard) EndAll(ctx context.Context, e EndAll) (int, error) {
	n, err := h.Sessions.EndAll(ctx, e)
	h.feed.changed(e.AccountID)
	return n, err
}
