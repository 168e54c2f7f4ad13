package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

const (
	sealErrand = "errand"
	// errandLease is how long one errand may take; after that another replica
	// takes it up.
	errandLease = 30 * time.Second
	errandBatch = 32
	// errandsEvery is how often a replica looks for errands of others.
	errandsEvery = 2 * time.Second
	// errandTries is how often an errand that cannot be done is tried: for about
	// a day.
	errandTries = 3000
)

// wish is what a stranger asked for: an account, a new password, a letter once
// more. Whether there is anything to do is looked at later, by [Broker.RunErrands],
// so that the answer takes the same time whoever is meant, and nothing is lost
// meanwhile.
type wish struct {
	Kind       wishKind  `json:"kind"`
	Email      string    `json:"email"`
	Username   string    `json:"username,omitempty"` // with a registration beside Email, else instead of it
	GivenName  string    `json:"given_name,omitempty"`
	FamilyName string    `json:"family_name,omitempty"`
	Hash       string    `json:"hash,omitempty"` // of the password
	ResetURL   string    `json:"reset_url,omitempty"`
	Client     Client    `json:"client"`
	At         time.Time `json:"at"`

	Page      LetterPage `json:"page,omitzero"`
	HideNames bool       `json:"hide_names,omitempty"`
}

// wishOf is what somebody asked for who was named by their address or by their
// user name.
func wishOf(kind wishKind, email, username string) (w wish, err error) {
	ok := false
	if w.Kind = kind; username != "" {
		if w.Username, ok = ParseUsername(username); !ok {
			err = Fail(CodePayload, badUsername)
		}
		return w, err
	}
	if w.Email, ok = ParseEmail(email); !ok {
		err = Fail(CodePayload, "the e-mail address is malformed")
	}
	return w, err
}

type wishKind string

const (
	wishRegister wishKind = "register"
	wishReset    wishKind = "reset"
	wishConfirm  wishKind = "confirm"
)

// hold keeps a wish until somebody looks at it: one statement, whatever it is.
func (b *Broker) hold(ctx context.Context, w wish) error {
	w.At = b.Now()
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	id, err := uuid.NewRandomFromReader(b.Random)
	if err != nil {
		return err
	}
	e := Errand{ID: id.String(), Created: w.At}
	if e.Sealed, err = b.Sealer.Seal(sealErrand, e.ID, plain); err != nil {
		return err
	}
	if err := b.Errands.PutErrand(ctx, e); err != nil {
		return fmt.Errorf("keep what was asked for: %w", err)
	}
	return nil
}

// RunErrands does what strangers asked for until ctx ends. Any number of
// replicas may run it. What cannot be done now is done later; trouble is told
// what went wrong, once until it is mended.
func (b *Broker) RunErrands(ctx context.Context, trouble func(error)) {
	tick := time.NewTicker(errandsEvery)
	defer tick.Stop()
	var before error
	for {
		err := b.Attend(ctx)
		if err != nil && before == nil && ctx.Err() == nil {
			trouble(err)
		}
		before = err
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.Errands.ErrandsPut():
		}
	}
}

// Attend does the errands that are due now.
func (b *Broker) Attend(ctx context.Context) error {
	for {
		due, err := b.Errands.ClaimErrands(ctx, b.Now(), errandLease, errandBatch)
		if err != nil {
			return fmt.Errorf("claim errands: %w", err)
		}
		var errs []error
		for _, e := range due {
			errs = append(errs, b.attend(ctx, e))
		}
		if err := errors.Join(errs...); err != nil || len(due) < errandBatch {
			return err
		}
	}
}

// attend does one errand. One that can never be done is struck off.
func (b *Broker) attend(ctx context.Context, e Errand) error {
	plain, err := b.Sealer.Open(sealErrand, e.ID, e.Sealed)
	var w wish
	if err == nil {
		err = json.Unmarshal(plain, &w)
	}
	if err != nil || e.Tries > errandTries {
		return errors.Join(fmt.Errorf("errand %s is given up after %d tries: %w", e.ID, e.Tries, err), b.Errands.DropErrand(ctx, e.ID))
	}
	done, err := b.grant(ctx, w, e.ID)
	switch {
	case errors.Is(err, ErrQuota):
		b.Audit.Record(ctx, Event{Name: EventMailLimited, Reason: string(w.Kind), Login: w.Email, Client: w.Client})
	case err != nil:
		return fmt.Errorf("errand (%s): %w", w.Kind, err)
	case done:
		return nil // the errand went with what it caused
	}
	return b.Errands.DropErrand(ctx, e.ID)
}

// grant does what a wish asks for, if anything; done says that the errand is off
// the list with it.
func (b *Broker) grant(ctx context.Context, w wish, errand string) (done bool, err error) {
	a, known, err := b.meant(ctx, w)
	if err != nil {
		return false, err
	}
	if w.Email == "" {
		w.Email = a.Email
	}
	switch {
	case w.Kind == wishRegister && !known:
		return b.enlist(ctx, w, errand)
	case !known:
		return false, nil
	case w.Kind == wishRegister && a.Status == Unconfirmed:
		return true, b.registerAgain(ctx, w, a, errand)
	case w.Kind == wishRegister:
		return true, b.tell(ctx, LetterKnown, a, w, errand)
	case w.Kind == wishConfirm && a.Status == Unconfirmed:
		return true, b.confirmAgain(ctx, w, a, errand)
	case w.Kind == wishReset:
		return true, b.offerReset(ctx, w, a, errand)
	}
	return false, nil
}

// meant finds the account that a wish is about, known by the address that it
// names or by a user name; one without an address of its own is not known.
func (b *Broker) meant(ctx context.Context, w wish) (a Account, known bool, err error) {
	if w.Email != "" {
		a, err = b.Accounts.ByEmail(ctx, w.Email)
	} else {
		a, err = b.Named(ctx, w.Username)
	}
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return a, false, fmt.Errorf("find account: %w", err)
	}
	return a, err == nil && a.Email != "" && !a.EmailHearsay, nil
}

// tellOfName tells who registers that somebody other than the account has the
// user name, where the answer did not, and whether it did. The letter goes with
// the account of that name, which does not change.
func (b *Broker) tellOfName(ctx context.Context, w wish, accountID, errand string) (told bool, err error) {
	if !w.HideNames || w.Username == "" {
		return false, nil
	}
	owner, err := b.Named(ctx, w.Username)
	if errors.Is(err, ErrNoAccount) || err == nil && owner.ID == accountID {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find user name: %w", err)
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: owner.ID, Now: b.Now(), Change: func(*Account, Ticket) (Deed, error) {
		p, err := b.post(b.letter(LetterNameTaken, Account{Email: w.Email}, w.Client))
		return Deed{Errand: errand, Recipient: w.Email, Quota: b.Membership.Mails, Letters: []Post{p}}, err
	}})
	return err == nil, err
}

// tell posts a letter without a ticket to a known person, who has to be able to
// do something with it.
func (b *Broker) tell(ctx context.Context, kind LetterKind, a Account, w wish, errand string) error {
	_, err := b.Amendments.Amend(ctx, Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		d := Deed{Errand: errand, Recipient: w.Email, Quota: b.Membership.Mails}
		if now.Status != Active {
			return Deed{Errand: errand}, nil
		}
		l := b.letter(kind, *now, w.Client)
		l.Link = b.door.Load().Redirects.Public + "/forgot"
		if kind == LetterElsewhere {
			l.Link = b.door.Load().Redirects.Public + "/login"
		}
		p, err := b.post(l)
		d.Letters = []Post{p}
		return d, err
	}})
	return err
}
