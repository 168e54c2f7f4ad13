package broker

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signet-sso/signet/drivers"
)

// downFor is how long a provider that could not be reached counts as down.
// After that somebody has to try again to know.
const downFor = 30 * time.Second

// health remembers when a provider could not be reached last, why, and when it
// answered last.
type health struct {
	failed   atomic.Int64 // milliseconds; 0 when it has answered since
	answered atomic.Int64
	trouble  atomic.Pointer[Trouble]
}

// Trouble is what went wrong with a provider last, in words for its operator.
type Trouble struct {
	At   time.Time
	What string // no secret; part of it may be what the provider said
}

// maxTrouble is how much of a provider's trouble is kept, in bytes.
const maxTrouble = 500

// note takes what a call of the provider's driver said. Our own accounts are
// never down: what stops them is the queue of hashes, or the database, which
// /ready reports.
func (p *provider) note(err error, now time.Time) {
	h := p.health
	if errors.Is(err, drivers.ErrUnavailable) && p.Kind != LocalRealm {
		h.failed.Store(now.UnixMilli())
		h.trouble.Store(&Trouble{At: now, What: shorten(err.Error(), maxTrouble)})
		return
	}
	if h.failed.Load() != 0 {
		h.failed.Store(0)
	}
	if !errors.Is(err, context.Canceled) && !errors.Is(err, drivers.ErrUnavailable) {
		h.answered.Store(now.UnixMilli())
	}
}

// shorten cuts s to at most n bytes of valid UTF-8.
func shorten(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}

func (h *health) down(now time.Time) bool {
	at := h.failed.Load()
	return at != 0 && now.Sub(time.UnixMilli(at)) < downFor
}

// Ways lists the ways to sign in, in configured order. Disabled providers are
// left out.
func (b *Broker) Ways() []Way {
	d, now := b.door.Load(), b.Now()
	ways := make([]Way, 0, len(d.Providers))
	for _, p := range d.Providers {
		if p.Disabled {
			continue
		}
		ways = append(ways, Way{
			Name: p.Name, Driver: p.Kind, Label: or(p.Label, p.Name), Icon: p.Icon,
			Password: p.Driver.Password != nil,
			Down:     d.byName[p.Name].health.down(now),
			Degraded: p.Driver.Weather != nil && p.Driver.Weather.Degraded(),
			FormPost: p.Driver.FormPost,
			Codes:    p.Driver.Codes != nil,
		})
	}
	return ways
}

// DefaultDisabled reports that nobody can sign in with a local password.
func (b *Broker) DefaultDisabled() bool {
	p := b.door.Load().byRealm[LocalRealm]
	return p == nil || p.Disabled
}

// ReturnTo returns the URL to send a browser to after sign-in, or false when
// the configuration does not allow it.
func (b *Broker) ReturnTo(raw string) (string, bool) {
	return b.door.Load().Redirects.Check(raw)
}
