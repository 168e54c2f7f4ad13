package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker/token"
)

// What administrators see of the site itself: groups, providers and keys.

// GroupState is a group with who is in it and what its members may do.
type GroupState struct {
	GroupCount
	Scopes []string // that the configuration gives it
}

// Groups returns every group that somebody is in or that the configuration gives
// scopes to, by name. It reads a row for each member.
func (ad *Administration) Groups(ctx context.Context) ([]GroupState, error) {
	counts, err := ad.broker.Directory.Groups(ctx)
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	left := maps.Clone(ad.broker.door.Load().Permissions)
	out := make([]GroupState, 0, len(counts)+len(left))
	for _, g := range counts {
		out = append(out, GroupState{g, left[g.Name]})
		delete(left, g.Name)
	}
	for name, scopes := range left {
		out = append(out, GroupState{GroupCount{Name: name}, scopes})
	}
	slices.SortFunc(out, func(a, b GroupState) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// ProviderState is a configured way to sign in and how it is, as this replica
// knows it since it started.
type ProviderState struct {
	Provider
	Down     bool // it could not be reached just now
	Degraded bool
	// Trouble is what went wrong last, nil for nothing; it may be mended.
	Trouble  *Trouble
	Answered time.Time // when it did what it was asked last; zero for never
}

// Providers returns every configured provider, disabled ones too, in configured
// order. Secrets are the drivers' and not in it.
func (ad *Administration) Providers() []ProviderState {
	d, now := ad.broker.door.Load(), ad.broker.Now()
	out := make([]ProviderState, len(d.Providers))
	for i, p := range d.Providers {
		h := d.byName[p.Name].health
		out[i] = ProviderState{
			Provider: p, Down: h.down(now), Trouble: h.trouble.Load(),
			Degraded: p.Driver.Weather != nil && p.Driver.Weather.Degraded(),
		}
		if at := h.answered.Load(); at != 0 {
			out[i].Answered = time.UnixMilli(at).UTC()
		}
	}
	return out
}

// Keys returns what may be shown of the signing keys.
func (ad *Administration) Keys() []token.KeyInfo { return ad.broker.Ring.List() }

// UntilRotation is how long tokens of the previous key may still live, in whole
// seconds: those of session cookies live longest.
func (ad *Administration) UntilRotation() time.Duration {
	b := ad.broker
	life := max(b.Lifetimes.Access, b.Lifetimes.Session)
	in := map[string]token.KeyInfo{}
	for _, k := range b.Ring.List() {
		in[k.State] = k
	}
	// Without a previous key, its end is long ago.
	return (in[token.StatePrevious].ChangedAt.Add(life).Sub(b.Now()) + time.Second - 1).Truncate(time.Second)
}

// RotateKeys makes the next key sign. Codes: CodePayload while tokens of the
// previous key still live, which would be refused then, and where the key is set
// in the configuration.
func (ad *Administration) RotateKeys(ctx context.Context) error {
	if left := ad.UntilRotation(); left > 0 {
		return &Error{
			Code: CodePayload, Retry: left,
			Reason: fmt.Sprintf("tokens of the previous key live for up to %s more; wait that long, or retire the key that is not to be trusted", left),
		}
	}
	return ad.changedKeys(ctx, "rotated", ad.broker.Ring.Rotate(ctx))
}

// RetireKey refuses every token of a key from now on. Codes: CodeNotFound,
// CodePayload where the key is set in the configuration.
func (ad *Administration) RetireKey(ctx context.Context, id string) error {
	return ad.changedKeys(ctx, "retired "+id, ad.broker.Ring.Retire(ctx, id))
}

func (ad *Administration) changedKeys(ctx context.Context, what string, err error) error {
	switch {
	case errors.Is(err, token.ErrConfiguredKey):
		return &Error{Code: CodePayload, Reason: "the key is set in the configuration", Err: err}
	case errors.Is(err, token.ErrUnknownKey):
		return &Error{Code: CodeNotFound, Err: err}
	case err != nil:
		return fmt.Errorf("change keys: %w", err)
	}
	ev := ad.event(EventKeys, strings.Fields(what)[0], "")
	if _, id, ok := strings.Cut(what, " "); ok {
		ev.Changes = []Change{{Field: "key", Before: id}}
	}
	ad.record(ctx, ev)
	return nil
}
