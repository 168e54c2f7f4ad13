package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// MergeUndo is how long a merge can be undone. After that the account that was
// merged is removed.
const MergeUndo = 30 * 24 * time.Hour

// Merge makes the account from a part of the account into, because both are one
// person's: its identities, its groups, and its names where into has none move.
// Its password and its second factor stay behind, its sessions end, and nobody
// becomes an administrator by it. Codes: CodeNotFound, CodePayload with a reason,
// CodeForbidden for the last administrator.
func (ad *Administration) Merge(ctx context.Context, from, into string) (mergeID string, after Account, err error) {
	b := ad.broker
	source, err := b.Directory.Account(ctx, from)
	if err != nil {
		return "", after, err
	}
	target, err := b.Directory.Account(ctx, into)
	if err != nil {
		return "", after, err
	}
	id, err := uuid.NewRandomFromReader(b.Random)
	if err != nil {
		return "", after, err
	}
	var before Account
	after, err = b.Registry.Merge(ctx, Merging{
		ID: id.String(), From: source.ID, Into: target.ID, Now: b.Now(), Heir: ad.heir(),
		Plan: func(gone, kept *Account) (Moved, []Post, error) {
			before = *kept
			return ad.planMerge(gone, kept)
		},
	})
	if errors.Is(err, ErrNotMergeable) {
		return "", after, &Error{Code: CodePayload, Reason: "both have to be different accounts that were not merged", Err: err}
	}
	if err != nil {
		return "", after, spared(fmt.Errorf("merge: %w", err))
	}
	ev := ad.event(EventMerge, "administrator", after.ID)
	ev.Changes = append([]Change{{Field: "merged", After: source.ID}}, changesOf(before, after)...)
	ad.record(ctx, ev)
	ad.record(ctx, ad.event(EventSessionEnd, "merged", source.ID))
	return id.String(), after, nil
}

// planMerge says what an account gets from another one that becomes its part.
func (ad *Administration) planMerge(from, into *Account) (m Moved, letters []Post, err error) {
	switch {
	case into.Status != Active:
		return m, nil, Fail(CodePayload, "the account to merge into is "+string(into.Status))
	case from.SecondFactor && !into.SecondFactor:
		return m, nil, Fail(CodePayload, "the account to merge has a second factor and the other one has none; merge the other way round")
	}
	for _, g := range from.Groups {
		if !slices.Contains(into.Groups, g) {
			m.Groups = append(m.Groups, g)
		}
	}
	into.Groups = slices.Concat(into.Groups, m.Groups)
	if into.Username == "" && from.Username != "" {
		m.Username, into.Username, from.Username = from.Username, from.Username, ""
	}
	if into.Email == "" && from.Email != "" && !from.EmailHearsay {
		m.Email, into.Email, into.EmailConfirmed = from.Email, from.Email, from.EmailConfirmed
		from.Email = ""
	}
	into.Updated, from.Updated = ad.broker.Now(), ad.broker.Now()
	letters, err = ad.broker.identityNotice(LetterIdentityAdded, *into, or(from.Username, or(from.Email, from.ID)), ad.client)
	return m, letters, err
}

// Unmerge undoes a merge within 30 days: what moved goes back, except what
// somebody took away since, and both accounts have to sign in again. Codes:
// CodeNotFound, CodePayload with a reason, CodeConflict when a name is somebody
// else's by now.
func (ad *Administration) Unmerge(ctx context.Context, mergeID string) (back, into Account, err error) {
	b := ad.broker
	var before Account
	back, into, err = b.Registry.Unmerge(ctx, Unmerging{
		ID: mergeID, Now: b.Now(), Since: b.Now().Add(-MergeUndo),
		Plan: func(back, into *Account, m Moved) {
			before = *into
			planUnmerge(back, into, m)
			back.Updated, into.Updated = b.Now(), b.Now()
		},
	})
	if errors.Is(err, ErrNotMergeable) {
		return back, into, &Error{Code: CodePayload, Reason: "the account was itself merged into another one; undo that first", Err: err}
	}
	if err != nil {
		return back, into, fmt.Errorf("undo merge: %w", err)
	}
	ev := ad.event(EventUnmerge, "administrator", into.ID)
	ev.Changes = append([]Change{{Field: "merged", Before: back.ID}}, changesOf(before, into)...)
	ad.record(ctx, ev)
	ad.record(ctx, ad.event(EventSessionEnd, "unmerged", into.ID))
	return back, into, nil
}

// planUnmerge gives back what a merge moved.
func planUnmerge(back, into *Account, m Moved) {
	into.Groups = slices.DeleteFunc(slices.Clone(into.Groups), func(g Group) bool { return slices.Contains(m.Groups, g) })
	if m.Username != "" {
		if back.Username = m.Username; into.Username == m.Username {
			into.Username = ""
		}
	}
	if m.Email != "" {
		back.Email, back.EmailConfirmed = m.Email, into.Email == m.Email && into.EmailConfirmed
		if into.Email == m.Email {
			into.Email, into.EmailConfirmed = "", false
		}
	}
}
