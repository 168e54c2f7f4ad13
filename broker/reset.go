package broker

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// letterWithTicket is a letter whose link acts.
type letterWithTicket struct {
	kind    LetterKind
	purpose Purpose
	page    string // of ours, or a whole address
	life    time.Duration
}

// invitation makes a ticket for an account and the letter that carries it. A
// ticket to prove a new address goes to that one: a.Email is it then.
func (b *Broker) invitation(k letterWithTicket, a Account, c Client) (*Ticket, Post, error) {
	secret, hash, err := newTicket(b.Random)
	if err != nil {
		return nil, Post{}, err
	}
	l := b.letter(k.kind, a, c)
	l.Expires = b.Now().Add(k.life)
	if l.Link, err = b.linkTo(k.page, secret); err != nil {
		return nil, Post{}, err
	}
	p, err := b.post(l)
	return &Ticket{Hash: hash, Purpose: k.purpose, AccountID: a.ID, Email: a.Email, Expires: l.Expires}, p, err
}

// linkTo adds a one-time token to a page of ours, or to an address that the
// configuration allows.
func (b *Broker) linkTo(page, secret string) (string, error) {
	if page[0] == '/' {
		return b.pageLink(page, secret), nil
	}
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("link: %w", err)
	}
	q := u.Query()
	q.Del("token")
	u.RawQuery = strings.TrimPrefix(q.Encode()+"&token="+url.QueryEscape(secret), "&")
	return u.String(), nil
}

// RequestReset asks for a letter to choose a new password. The answer is the
// same, and takes the same time, whatever is true of the address. Codes:
// CodePayload for an address or a user name that is none or a page that is not
// allowed, CodeUnavailable.
func (b *Broker) RequestReset(ctx context.Context, r ResetRequest) error {
	w, err := wishOf(wishReset, r.Email, r.Username)
	if err != nil {
		return err
	}
	w.ResetURL = "/reset"
	if r.ResetURL != "" {
		ok := false
		if w.ResetURL, ok = b.resetPage(r.ResetURL); !ok {
			return Fail(CodePayload, `"reset_url" is not an address that the configuration allows`)
		}
	}
	w.Page, w.Client = r.Page, r.Client
	return b.hold(ctx, w)
}

// resetPage is a page that a password letter may link to: our own, or one of the
// list. A query of the page's own stays, since it may say which page it is.
func (b *Broker) resetPage(raw string) (string, bool) {
	return Redirects{Public: b.door.Load().Redirects.Public, Allow: b.Membership.ResetPages}.Check(raw)
}

// offerReset posts what helps a person who cannot sign in: a link to choose a
// new password or, where a provider keeps it, that provider's name.
func (b *Broker) offerReset(ctx context.Context, w wish, a Account, errand string) error {
	local, err := b.hasPassword(ctx, a.ID)
	if err != nil {
		return err
	}
	if !local || b.DefaultDisabled() {
		return b.tell(ctx, LetterElsewhere, a, w, errand)
	}
	page := w.ResetURL
	if page != "/reset" {
		ok := false
		if page, ok = b.resetPage(page); !ok { // the configuration changed meanwhile
			page = "/reset"
		}
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		if now.Status != Active || now.EmailHearsay {
			return Deed{Errand: errand}, nil
		}
		d := Deed{Errand: errand, Recipient: w.Email, Quota: b.Membership.Mails}
		t, p, err := b.invitation(letterWithTicket{LetterReset, PurposeReset, w.Page.of(*now, page), b.Membership.ResetTTL}, *now, w.Client)
		d.Issue, d.Letters = t, []Post{p}
		return d, err
	}})
	if err == nil {
		b.Audit.Record(ctx, Event{Name: EventResetAsked, Reason: "asked", AccountID: a.ID, Client: w.Client})
	}
	return err
}

// sendReset posts a link to choose a new password to somebody whom an
// administrator helps.
func (b *Broker) sendReset(ctx context.Context, a Account, by Client) error {
	return b.send(ctx, a, by, letterWithTicket{LetterReset, PurposeReset, "/reset", b.Membership.ResetTTL}, Active)
}

// sendInvite posts the link with which a person enters an account that was made
// for them.
func (b *Broker) sendInvite(ctx context.Context, a Account, by Client) error {
	return b.send(ctx, a, by, letterWithTicket{LetterInvite, PurposeInvite, "/invite", b.Membership.InviteTTL}, Invited)
}

func (b *Broker) send(ctx context.Context, a Account, by Client, k letterWithTicket, want Status) error {
	_, err := b.Amendments.Amend(ctx, Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		switch {
		case now.Status != want:
			return Deed{}, Fail(CodePayload, "the account is "+string(now.Status))
		case now.Email == "" || now.EmailHearsay:
			return Deed{}, Fail(CodePayload, "the account has no e-mail address of its own")
		}
		t, p, err := b.invitation(k, *now, by)
		return Deed{Issue: t, Letters: []Post{p}, Recipient: now.Email, Quota: b.Membership.Mails}, err
	}})
	if err != nil {
		return fmt.Errorf("send %s letter: %w", k.kind, err)
	}
	return nil
}

// Peek says which address a link was sent to while it is good, for the page that
// it opens, and uses up nothing. Codes: CodeTokenInvalid, CodeUnavailable.
func (b *Broker) Peek(ctx context.Context, p Purpose, token string) (email string, err error) {
	t, _, err := b.Amendments.Ticket(ctx, ticketHash(token), p, b.Now())
	if err != nil {
		return "", fmt.Errorf("look at letter: %w", err)
	}
	return t.Email, nil
}

// ResetPassword sets the password that a person chose with the link of a letter,
// a reset's or an invitation's, and ends every session of the account. Nobody
// is signed in by it, and a second factor is still asked for. Codes:
// CodeTokenInvalid for a link that is not good, CodePayload with a reason for a
// password that may not be one, CodeUnavailable.
func (b *Broker) ResetPassword(ctx context.Context, n NewPassword) error {
	hash := ticketHash(n.Token)
	purpose, a, err := b.passwordTicket(ctx, hash)
	if err == nil {
		err = b.theirs(ctx, a, n.Whose)
	}
	if err != nil {
		return b.redeemed(ctx, EventPassword, a, n.Client, err)
	}
	stored, err := b.hashPassword(ctx, n.Password, a)
	if err != nil {
		return err
	}
	a, err = b.Amendments.Amend(ctx, Amendment{
		Ticket: hash, Purpose: purpose, Now: b.Now(),
		Change: func(a *Account, t Ticket) (Deed, error) {
			// Who has the letter has the address that it was sent to.
			a.Status, a.EmailConfirmed, a.EmailHearsay, a.Updated = Active, true, false, b.Now()
			d := Deed{Password: &stored, EndSessions: true, Reason: "password_changed"}
			if purpose == PurposeInvite {
				return d, nil
			}
			d.Letters, err = b.notice(LetterPasswordChanged, *a, n.Client)
			return d, err
		},
	})
	return b.redeemed(ctx, EventPassword, a, n.Client, err)
}

// theirs refuses a good ticket of an account that does not have the name, as one
// that is not good; any account has the name "".
func (b *Broker) theirs(ctx context.Context, a Account, name string) error {
	if name == "" {
		return nil
	}
	other, err := b.Named(ctx, name)
	if errors.Is(err, ErrNoAccount) || err == nil && other.ID != a.ID {
		return ErrTicket
	}
	return err
}

// passwordTicket finds what a link to choose a password is for.
func (b *Broker) passwordTicket(ctx context.Context, hash string) (Purpose, Account, error) {
	for _, p := range []Purpose{PurposeReset, PurposeInvite} {
		_, a, err := b.Amendments.Ticket(ctx, hash, p, b.Now())
		if !errors.Is(err, ErrTicket) {
			return p, a, err
		}
	}
	return "", Account{}, ErrTicket
}
