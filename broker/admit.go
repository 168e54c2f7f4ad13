package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// entry is a proven identity at the door.
type entry struct {
	provider *provider
	identity drivers.Identity
	standing Standing // what was known before the proof; zero for a redirect
	client   Client
	mode     sessions.Mode
	amr      []string
	counted  bool // the proof used a counted attempt
	lives    Lives

	otp      string // the second factor, if it came along
	browser  string // secret of the flow cookie; "" when nothing can wait for it
	returnTo string
	letters  []Post // posted with what the sign-in changes
}

// admit is where every way of signing in ends: the only place that decides
// who comes in and makes their session and token.
func (b *Broker) admit(ctx context.Context, e entry) (Login, error) {
	a, d, err := b.identify(ctx, &e)
	if err != nil {
		return Login{}, err
	}
	if err := b.second(ctx, &e, a); err != nil {
		return Login{}, err
	}
	l, err := b.begin(ctx, e, a)
	if err != nil {
		return Login{}, err
	}
	if d.Act == Join {
		b.audit(ctx, e, Event{Name: EventLink, Reason: d.Reason, AccountID: a.ID})
	}
	b.audit(ctx, e, Event{Name: EventLogin, Reason: d.Reason, AccountID: a.ID, SessionID: l.SessionID})
	return l, nil
}

// identify decides whose account a proven identity belongs to, and writes what
// its provider says differently today. Its code is CodeCredentials when policy
// says no.
func (b *Broker) identify(ctx context.Context, e *entry) (a Account, d Decision, err error) {
	e.identity.Groups = mapGroups(e.provider.Provider, e.identity.Groups)
	evidence, linked, err := b.evidence(ctx, *e)
	if err != nil {
		return a, d, err
	}
	if e.identity.Partial {
		evidence.Identity = recalled(evidence)
	}
	switch d = Decide(evidence); {
	case d.Act == Refuse:
		b.audit(ctx, *e, Event{Name: EventLoginDenied, Reason: d.Reason, AccountID: accountID(evidence.Account)})
		return a, d, refusal(evidence.Account)
	case e.identity.Partial && d.Act != Enter:
		// An account without a name, that nobody asked for.
		b.audit(ctx, *e, Event{Name: EventLoginDenied, Reason: "nothing_known"})
		return a, d, refusal(nil)
	case e.identity.Partial:
		return *evidence.Account, d, nil
	}
	switch d.Act {
	case Enter:
		a, err = b.refreshAccount(ctx, *e, *evidence.Account, linked)
	case Join:
		if e.letters, err = b.identityNotice(LetterIdentityAdded, *evidence.Namesake, e.provider.Realm(), e.client); err != nil {
			return a, d, err
		}
		a, err = b.refreshAccount(ctx, *e, *evidence.Namesake, LinkedIdentity{})
	case Signup:
		a, err = b.signUp(ctx, *e)
	}
	if err != nil {
		return a, d, fmt.Errorf("admit (%s): %w", d.Reason, err)
	}
	return a, d, nil
}

// recalled is what a provider said of a person the last time, where it says no
// more today than who it is.
func recalled(e Evidence) drivers.Identity {
	id := e.Identity
	if e.Account == nil {
		return id
	}
	id.Email, id.EmailVerified = e.Account.Email, e.Account.EmailConfirmed
	for _, g := range e.Account.Groups {
		if g.Source == e.Provider.Realm() {
			id.Groups = append(id.Groups, g.Name)
		}
	}
	return id
}

// refusal is the one answer to whoever may not come in. What it wraps is for the
// clients of other systems, which are told more.
func refusal(a *Account) error {
	if a != nil && a.Status == Unconfirmed {
		return &Error{Code: CodeCredentials, Err: ErrUnconfirmed}
	}
	return Fail(CodeCredentials, "")
}

// evidence finds the account of an identity: what Enter already read when the
// subject agrees, one question otherwise. An account of the same address is
// looked up only where policy could use it.
func (b *Broker) evidence(ctx context.Context, e entry) (Evidence, LinkedIdentity, error) {
	ev := Evidence{Provider: e.provider.Provider, Identity: e.identity}
	if s := e.standing; s.Account.ID != "" && s.Identity.Subject == e.identity.Subject {
		ev.Account = &s.Account
		return ev, s.Identity, nil
	}
	a, linked, err := b.Accounts.ByIdentity(ctx, e.provider.Realm(), e.identity.Subject)
	if err == nil {
		ev.Account = &a
		return ev, linked, nil
	}
	if !errors.Is(err, ErrNoAccount) {
		return ev, linked, fmt.Errorf("find account: %w", err)
	}
	if e.provider.Link != LinkVerifiedEmail || !e.identity.EmailVerified {
		return ev, linked, nil
	}
	address, ok := ParseEmail(e.identity.Email)
	if !ok {
		return ev, linked, nil
	}
	same, err := b.Accounts.ByEmail(ctx, address)
	if err == nil {
		ev.Namesake = &same
	} else if !errors.Is(err, ErrNoAccount) {
		return ev, linked, fmt.Errorf("find namesake: %w", err)
	}
	return ev, linked, nil
}

// refreshAccount writes what the provider says differently today, if anything.
func (b *Broker) refreshAccount(ctx context.Context, e entry, a Account, linked LinkedIdentity) (Account, error) {
	after := follow(a, e.provider.Provider, e.identity)
	id, changed := b.linked(e, a.ID, linked)
	if !changed && sameProfile(a, after) {
		return a, nil
	}
	for i, next := range compromises(after, a) {
		if !changed && sameProfile(a, next) {
			return a, nil
		}
		saved, err := b.Accounts.Save(ctx, Revision{
			AccountID: a.ID, Epoch: a.Epoch, Identity: &id, Letters: e.letters,
			// From the account as it is now: an administrator may have changed
			// it while the provider was asked.
			Change: func(now *Account) {
				*now = compromises(follow(*now, e.provider.Provider, e.identity), *now)[i]
				now.Updated = b.Now()
			},
		})
		if !errors.Is(err, ErrTaken) {
			return saved, err
		}
	}
	return a, ErrTaken
}

// compromises are the account as it should be and, in case that somebody else
// has its address, its user name or both, the same with what it had before.
func compromises(want, before Account) []Account {
	address, name, both := want, want, want
	address.Email, address.EmailConfirmed, address.EmailHearsay = before.Email, before.EmailConfirmed, before.EmailHearsay
	name.Username = before.Username
	both, both.Username = address, before.Username
	return []Account{want, address, name, both}
}

// signupReasons say for each of the compromises what was left out, because
// somebody else has it.
var signupReasons = [...]string{"signup", "signup_address_taken", "signup_name_taken", "signup_both_taken"}

// signUp makes the account of an unknown person. An address or name that
// somebody has is left out: it proves nothing about who this is.
func (b *Broker) signUp(ctx context.Context, e entry) (Account, error) {
	a := newAccount(e.provider.Provider, e.identity)
	id, err := uuid.NewRandomFromReader(b.Random)
	if err != nil {
		return a, err
	}
	a.ID, a.Epoch, a.Created, a.Updated = id.String(), 1, b.Now(), b.Now()
	linked, _ := b.linked(e, a.ID, LinkedIdentity{})
	for i, next := range compromises(a, Account{}) {
		err = b.Accounts.Create(ctx, Newcomer{Account: next, Identity: &linked})
		if err == nil {
			b.audit(ctx, e, Event{Name: EventAccountNew, Reason: signupReasons[i], AccountID: a.ID})
			return next, nil
		}
		if !errors.Is(err, ErrTaken) {
			return next, err
		}
	}
	// Not the name: the same person came in twice at once, and this one lost.
	known, _, err := b.Accounts.ByIdentity(ctx, e.provider.Realm(), e.identity.Subject)
	return known, err
}

// linked returns the identity row as it should be after this sign-in, and
// whether that differs from before.
func (b *Broker) linked(e entry, accountID string, before LinkedIdentity) (LinkedIdentity, bool) {
	id := LinkedIdentity{
		Provider: e.provider.Realm(), Subject: e.identity.Subject,
		AccountID: accountID, Login: tidy(e.identity.Login), Seen: b.Now(),
	}
	return id, before.AccountID != accountID || before.Login != id.Login
}

// begin signs the tokens of a new session and stores it, in this order: a
// person whose token cannot be made must not leave a session at every try.
func (b *Broker) begin(ctx context.Context, e entry, a Account) (Login, error) {
	s, err := b.session(e, a)
	if err != nil {
		return Login{}, err
	}
	l, err := b.issue(s, a, e.mode, e.lives.Access)
	if err != nil {
		if errors.Is(err, token.ErrTooLarge) {
			b.audit(ctx, e, Event{Name: EventLoginDenied, Reason: reasonTooLarge, AccountID: a.ID, Err: err})
		}
		return Login{}, err
	}
	if err := b.start(ctx, e, s, a.Epoch); err != nil {
		return Login{}, err
	}
	if e.mode != sessions.ModeStatic {
		return l, nil
	}
	_, err = b.Sessions.EndAll(ctx, EndAll{AccountID: a.ID, Mode: e.mode, Keep: s.ID, Reason: "next_sign_in", Now: b.Now()})
	if err != nil {
		return Login{}, fmt.Errorf("end former session: %w", err)
	}
	return l, nil
}

// session is what the sign-in begins; nothing of it is stored yet.
func (b *Broker) session(e entry, a Account) (sessions.Session, error) {
	id, err := sessions.NewID(b.Random)
	if err != nil {
		return sessions.Session{}, err
	}
	upstream, err := b.seal(id, e.identity.Upstream)
	now := b.Now()
	idle, ends := b.ends(e, now)
	return sessions.Session{
		Upstream: upstream, UpstreamID: tidy(e.identity.Session),
		ID: id, AccountID: a.ID, Provider: e.provider.Realm(), Subject: e.identity.Subject,
		Generation: 1, Mode: e.mode, AMR: e.amr, Counted: e.counted && e.standing.Bucket == a.ID,
		AuthTime: now, LastUsed: now, RotatedAt: now, RecheckedAt: now,
		IdleEnds: idle, Ends: ends,
		Address: e.client.Address, UserAgent: tidy(e.client.UserAgent),
	}, err
}

// start stores the session. An account that changed since it was read, by a
// suspension or a new password, does not get one.
func (b *Broker) start(ctx context.Context, e entry, s sessions.Session, epoch int64) error {
	err := b.Sessions.Start(ctx, s, epoch)
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrStale) {
		b.audit(ctx, e, Event{Name: EventLoginDenied, Reason: "changed_meanwhile", AccountID: s.AccountID})
	}
	return fmt.Errorf("start session: %w", err)
}

// ends are when a new session ends without use, and in any case.
func (b *Broker) ends(e entry, now time.Time) (idle, absolute time.Time) {
	absolute = now.Add(b.Lifetimes.Absolute)
	switch {
	case e.mode == sessions.ModeAccess:
		absolute = earliest(absolute, now.Add(cmp.Or(e.lives.Access, b.Lifetimes.Access)))
		return absolute, absolute
	case e.lives.Session > 0:
		absolute = earliest(absolute, now.Add(e.lives.Session))
	}
	return earliest(b.idleEnds(e.mode, now), absolute), absolute
}

// idleEnds is when a session ends unless it is used: a session cookie's token
// must not outlive its session.
func (b *Broker) idleEnds(m sessions.Mode, now time.Time) time.Time {
	if m == sessions.ModeSession {
		return now.Add(max(b.Lifetimes.Session, b.Lifetimes.Refresh))
	}
	return now.Add(b.Lifetimes.Refresh)
}

func (b *Broker) audit(ctx context.Context, e entry, ev Event) {
	ev.Provider, ev.Client = e.provider.Name, e.client
	if ev.AccountID == "" {
		ev.Login = tidy(e.identity.Login)
	}
	b.Audit.Record(ctx, ev)
}

func accountID(a *Account) string {
	if a == nil {
		return ""
	}
	return a.ID
}
