package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// Links takes identities away from accounts.
type Links interface {
	// Unlink removes the identity that choose picks from an account's, oldest
	// first, in one transaction under the account's lock, so that of two
	// removals the second sees the first, and posts its letters. An error of
	// choose changes nothing.
	Unlink(ctx context.Context, accountID string, choose func([]LinkedIdentity) (LinkedIdentity, []Post, error)) error
}

// WayIn is an identity as its person sees it.
type WayIn struct {
	ID       string // of this identity; tells nothing about the person
	Provider string
	Label    string // of the provider; its name when it is not configured any more
	Login    string
	Seen     time.Time
	Usable   bool // the provider is there
}

// WaysIn lists the identities of the person with an access token, oldest
// first. Codes: those of [Broker.Whoami].
func (b *Broker) WaysIn(ctx context.Context, access string) ([]WayIn, error) {
	c, err := b.Whoami(ctx, access)
	if err != nil {
		return nil, err
	}
	ids, err := b.Directory.Identities(ctx, c.AccountID)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	ways := make([]WayIn, len(ids))
	for i, id := range ids {
		ways[i] = b.wayIn(id)
	}
	return ways, nil
}

func (b *Broker) wayIn(id LinkedIdentity) WayIn {
	w := WayIn{ID: identityID(id), Provider: id.Provider, Label: id.Provider, Login: id.Login, Seen: id.Seen}
	if p := b.door.Load().byRealm[id.Provider]; p != nil {
		w.Provider, w.Label, w.Usable = p.Name, or(p.Label, p.Name), !p.Disabled
	}
	return w
}

// identityID names an identity without saying the provider's own id.
func identityID(id LinkedIdentity) string {
	h := sha256.Sum256([]byte(id.Provider + "\x00" + id.Subject))
	return base64.RawURLEncoding.EncodeToString(h[:16])
}

// Unlink takes an identity away from the person with an access token and ends
// the sessions that it began. Codes: those of [Broker.Whoami], CodeForbidden
// when the sign-in is more than five minutes ago, CodeNotFound, CodeConflict
// for the last way in.
func (b *Broker) Unlink(ctx context.Context, access, id string, c Client) error {
	w, err := b.whose(ctx, access, c)
	if err != nil {
		return err
	}
	ev := w.event(EventUnlink, "asked")
	ev.Provider = ""
	if err := b.fresh(ctx, w.event(EventLinkDenied, ""), w.session, w.account); err != nil {
		return err
	}
	var gone LinkedIdentity
	err = b.Links.Unlink(ctx, w.account.ID, func(all []LinkedIdentity) (_ LinkedIdentity, letters []Post, err error) {
		if gone, err = b.dispensable(all, id); err != nil {
			return gone, nil, err
		}
		letters, err = b.identityNotice(LetterIdentityRemoved, w.account, gone.Provider, c)
		return gone, letters, err
	})
	if err != nil {
		if reason, ok := unlinkRefused[CodeOf(err)]; ok {
			ev.Name, ev.Reason, ev.Provider = EventLinkDenied, reason, gone.Provider
			b.Audit.Record(ctx, ev)
		}
		return err
	}
	ev.Provider = gone.Provider
	b.Audit.Record(ctx, ev)
	_, err = b.Upstreams.EndUpstream(ctx, UpstreamEnd{
		Provider: gone.Provider, Subject: gone.Subject, Reason: "identity_removed", Now: b.Now(),
	})
	return err
}

// unlinkRefused says for the record why an identity stays.
var unlinkRefused = map[Code]string{CodeConflict: "last_way_in", CodeNotFound: "unknown_identity"}

// dispensable picks an identity unless it is the last one that its person can
// sign in with.
func (b *Broker) dispensable(all []LinkedIdentity, id string) (gone LinkedIdentity, err error) {
	others := 0
	for _, one := range all {
		switch {
		case identityID(one) == id:
			gone = one
		case b.wayIn(one).Usable:
			others++
		}
	}
	switch {
	case gone.Subject == "":
		return gone, Fail(CodeNotFound, "")
	case others == 0:
		return gone, Fail(CodeConflict, "it is the last way to sign in; add another one first")
	}
	return gone, nil
}

// identityNotice tells a person of a way in that came or went.
func (b *Broker) identityNotice(kind LetterKind, a Account, realm string, c Client) ([]Post, error) {
	if a.Email == "" || a.EmailHearsay {
		return nil, nil
	}
	l := b.letter(kind, a, c)
	l.Provider = realm
	if p := b.door.Load().byRealm[realm]; p != nil {
		l.Provider = or(p.Label, p.Name)
	}
	p, err := b.post(l)
	return []Post{p}, err
}

// mayLink returns the account of a session whose person may add an identity.
// Another site must not be able to send somebody there: the identity that is
// added would be one that the site's owner signed the browser in with at the
// provider.
func (b *Broker) mayLink(ctx context.Context, d Departure) (accountID string, err error) {
	ev := Event{Name: EventLinkDenied, Provider: d.Provider, Client: d.Client}
	if d.Foreign {
		ev.Reason = "cross_site"
		b.Audit.Record(ctx, ev)
		return "", Fail(CodeCrossSite, "")
	}
	s, a, err := b.Sessions.Find(ctx, d.LinkTo, b.Now())
	if errors.Is(err, sessions.ErrNotFound) || err == nil && a.Status != Active {
		ev.Reason = "not_signed_in"
		b.Audit.Record(ctx, ev)
		return "", &Error{Code: CodeTokenMissing, Err: err}
	}
	if err != nil {
		return "", fmt.Errorf("find session: %w", err)
	}
	ev.AccountID, ev.SessionID = a.ID, s.ID
	return a.ID, b.fresh(ctx, ev, s, a)
}

// link adds a proven identity to the account that asked for it when the flow
// began, and whose session must still be alive.
func (b *Broker) link(ctx context.Context, e entry, f sessions.Flow) error {
	s, a, err := b.Sessions.Find(ctx, f.SessionID, b.Now())
	if err != nil && !errors.Is(err, sessions.ErrNotFound) {
		return fmt.Errorf("find session: %w", err)
	}
	ev := Event{Name: EventLinkDenied, AccountID: f.AccountID, SessionID: f.SessionID}
	if err != nil || s.AccountID != f.AccountID {
		ev.Reason = "session_ended"
		b.audit(ctx, e, ev)
		return &Error{Code: CodeCredentials, Err: err}
	}
	e.identity.Groups = mapGroups(e.provider.Provider, e.identity.Groups)
	if d := Decide(Evidence{Provider: e.provider.Provider, Identity: e.identity, Account: &a}); d.Act != Enter {
		ev.Reason = d.Reason
		b.audit(ctx, e, ev)
		return Fail(CodeCredentials, "")
	}
	if e.letters, err = b.identityNotice(LetterIdentityAdded, a, e.provider.Realm(), e.client); err != nil {
		return err
	}
	if _, err := b.refreshAccount(ctx, e, a, LinkedIdentity{}); err != nil {
		if errors.Is(err, ErrTaken) {
			ev.Reason = "identity_of_another_account"
			b.audit(ctx, e, ev)
			return &Error{Code: CodeConflict, Reason: "somebody else signs in with it already", Err: err}
		}
		return fmt.Errorf("link: %w", err)
	}
	ev.Name, ev.Reason = EventLink, "asked"
	b.audit(ctx, e, ev)
	return nil
}

// SessionOf returns the id of the session that an access token belongs to, for
// [Departure]; "" for a token that is not good.
func (b *Broker) SessionOf(access string) string {
	c, err := b.Ring.Verify(access)
	if err != nil {
		return ""
	}
	return c.SessionID
}
