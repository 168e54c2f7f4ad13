package broker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// AccountEdit is what an administrator changes about an account. A nil field
// stays. There is no more to it: status, password and second factor have their
// own doors or none.
type AccountEdit struct {
	Username   *string
	Email      *string
	Name       *string
	GivenName  *string
	FamilyName *string
	Groups     *[]string // those that administrators give
	Admin      *bool
	// Confirmed takes the address as confirmed or as not; a new address is not
	// unless it says so.
	Confirmed *bool
}

// Edit changes an account. What a provider says at every sign-in is changed
// there. A new address makes every letter worthless that is out, and the old one
// is told. Codes: CodeNotFound, CodePayload with a reason, CodeConflict when name
// or address is taken, CodeForbidden for the last administrator.
func (ad *Administration) Edit(ctx context.Context, ref string, e AccountEdit) (Account, error) {
	return ad.change(ctx, ref, "edited", func(a *Account) (d Deed, err error) {
		before := *a
		if err := ad.rename(a, e); err != nil {
			return d, err
		}
		if err := ad.readdress(a, e); err != nil {
			return d, err
		}
		if a.Username == "" && a.Email == "" && before.Username+before.Email != "" {
			return d, Fail(CodePayload, "an account needs a user name or an e-mail address")
		}
		if e.Groups != nil {
			a.Groups = append(replaceGroups(a.Groups, "", nil), given(*e.Groups)...)
		}
		if e.Admin != nil {
			a.Admin = *e.Admin
		}
		if before.Email != a.Email {
			d.Renew = true
			if d.Letters, err = ad.broker.notice(LetterEmailChanged, before, ad.client); err != nil {
				return d, err
			}
		}
		d.EndSessions, d.Reason = before.Admin && !a.Admin, "admin_off"
		return d, nil
	})
}

// rename changes what an account is called.
func (ad *Administration) rename(a *Account, e AccountEdit) error {
	for _, f := range []struct{ to, from *string }{{&a.GivenName, e.GivenName}, {&a.FamilyName, e.FamilyName}, {&a.Name, e.Name}} {
		if f.from == nil {
			continue
		}
		if *f.from != tidy(*f.from) {
			return Fail(CodePayload, "a name has at most 256 bytes, and no control character or surrounding blank")
		}
		if err := ad.keptHere(*a, "the name"); err != nil {
			return err
		}
		if f.to != &a.Name && e.Name == nil {
			a.Name = "" // the whole name is made of both from now on
		}
		*f.to = *f.from
	}
	if e.Username == nil || *e.Username == a.Username {
		return nil
	}
	name, ok := ParseUsername(*e.Username)
	if !ok && *e.Username != "" {
		return Fail(CodePayload, badUsername)
	}
	a.Username = name
	return ad.keptHere(*a, "the user name")
}

// readdress changes an account's address and what is known of it.
func (ad *Administration) readdress(a *Account, e AccountEdit) error {
	if e.Email != nil && *e.Email != a.Email {
		address, ok := ParseEmail(*e.Email)
		if !ok && *e.Email != "" {
			return Fail(CodePayload, badEmail)
		}
		if err := ad.keptHere(*a, "the address"); err != nil {
			return err
		}
		a.Email, a.EmailConfirmed, a.EmailHearsay = address, false, false
	}
	switch {
	case e.Confirmed == nil:
	case *e.Confirmed:
		return confirm(a)
	default:
		a.EmailConfirmed = false
	}
	return nil
}

// keptHere refuses to change what the account's provider would put back at the
// next sign-in.
func (ad *Administration) keptHere(a Account, what string) error {
	p := ad.broker.door.Load().byRealm[a.Origin]
	if a.Origin == LocalRealm || p == nil || p.Disabled {
		return nil
	}
	return Fail(CodePayload, what+" is kept by "+or(p.Label, p.Name))
}

func confirm(a *Account) error {
	if a.Email == "" {
		return Fail(CodePayload, "the account has no e-mail address")
	}
	a.EmailConfirmed, a.EmailHearsay = true, false
	if a.Status == Unconfirmed {
		a.Status = Active
	}
	return nil
}

// SetStatus suspends an account, which ends its sessions, or makes it active
// again, which lifts a lock of too many attempts. It reports the account as it is
// then. Codes: CodeNotFound, CodePayload for an account that was merged,
// CodeForbidden for the last administrator.
func (ad *Administration) SetStatus(ctx context.Context, ref string, s Status) (Account, error) {
	reason := "status_" + string(s)
	a, err := ad.change(ctx, ref, reason, func(a *Account) (Deed, error) {
		a.Status = s
		return Deed{EndSessions: s != Active, Reason: reason}, nil
	})
	if err == nil && s == Active {
		err = ad.broker.Locks.Unlock(ctx, a.ID)
	}
	return a, err
}

// Confirm takes an account's address as confirmed; an unconfirmed account
// becomes active. Codes: CodeNotFound, CodePayload.
func (ad *Administration) Confirm(ctx context.Context, ref string) (Account, error) {
	return ad.change(ctx, ref, "confirmed", func(a *Account) (Deed, error) { return Deed{}, confirm(a) })
}

// SetAdmin makes an account an administrator or an ordinary one. Who
// loses the right loses every session too: a token that is out would keep it
// until it expires. Codes: CodeNotFound, CodeForbidden for the last one.
func (ad *Administration) SetAdmin(ctx context.Context, ref string, admin bool) (Account, error) {
	reason := "admin_off"
	if admin {
		reason = "admin_on"
	}
	return ad.change(ctx, ref, reason, func(a *Account) (Deed, error) {
		a.Admin = admin
		return Deed{EndSessions: !admin, Reason: reason}, nil
	})
}

// SetGroups replaces the groups that an administrator gave; those of providers
// stay.
func (ad *Administration) SetGroups(ctx context.Context, ref string, names []string) (Account, error) {
	return ad.change(ctx, ref, "groups", func(a *Account) (Deed, error) {
		a.Groups = append(replaceGroups(a.Groups, "", nil), given(names)...)
		return Deed{}, nil
	})
}

// given are groups as an administrator gives them: what a person types may
// have blanks around it.
func given(names []string) []Group {
	clean := make([]string, len(names))
	for i, n := range names {
		clean[i] = tidy(n)
	}
	return replaceGroups(nil, "", mapGroups(Provider{}, clean))
}

// change rewrites an account; reason says in the record why.
func (ad *Administration) change(ctx context.Context, ref, reason string, f func(*Account) (Deed, error)) (Account, error) {
	b := ad.broker
	found, err := b.Directory.Account(ctx, ref)
	if err != nil {
		return Account{}, err
	}
	var before Account
	var d Deed
	a, err := b.Amendments.Amend(ctx, Amendment{AccountID: found.ID, Now: b.Now(), Heir: ad.heir(), Change: func(a *Account, _ Ticket) (_ Deed, err error) {
		if before = *a; a.Status == Merged {
			return Deed{}, Fail(CodePayload, wasMerged)
		}
		a.Updated = b.Now()
		d, err = f(a)
		return d, err
	}})
	if err != nil {
		return Account{}, spared(fmt.Errorf("change account: %w", err))
	}
	ev := ad.event(EventAccountChange, reason, a.ID)
	ev.Changes = changesOf(before, a)
	ad.record(ctx, ev)
	if d.EndSessions {
		ad.record(ctx, ad.event(EventSessionEnd, d.Reason, a.ID))
	}
	return a, nil
}

const wasMerged = "the account was merged into another one; undo that first"

// changesOf are the fields in which two states of an account differ, as
// administrators read them.
func changesOf(before, after Account) (out []Change) {
	for _, f := range []struct {
		name string
		of   func(Account) string
	}{
		{"status", func(a Account) string { return string(a.Status) }},
		{"admin", func(a Account) string { return strconv.FormatBool(a.Admin) }},
		{"second_factor", func(a Account) string { return strconv.FormatBool(a.SecondFactor) }},
		{"username", func(a Account) string { return a.Username }},
		{"email", func(a Account) string { return a.Email }},
		{"email_confirmed", func(a Account) string { return strconv.FormatBool(a.EmailConfirmed) }},
		{"name", func(a Account) string { return a.Name }},
		{"given_name", func(a Account) string { return a.GivenName }},
		{"family_name", func(a Account) string { return a.FamilyName }},
		{"groups", func(a Account) string { return strings.Join(a.GroupNames(), ", ") }},
	} {
		if b, a := f.of(before), f.of(after); b != a {
			out = append(out, Change{Field: f.name, Before: b, After: a})
		}
	}
	return out
}
