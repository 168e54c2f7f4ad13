package broker

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker/factor"
)

// importChecks are what is asked of a line, in this order. Each may fill in
// the account.
var importChecks = []func(ImportedPerson, *Account) *ImportFault{
	checkImportedID, checkImportedUsername, checkImportedEmail, checkImportedNames,
	checkImportedGroups, checkImportedStatus, checkImportedAdmin, checkImportedIdentities,
}

// enlistment is somebody as they would be added, or why they cannot be.
func (m *Importer) enlistment(p ImportedPerson) (e Enlistment, fault *ImportFault, err error) {
	a := Account{Epoch: 1, Updated: m.Now(), Admin: p.Admin}
	e.KeepID, e.Number = p.ID != "", p.Number
	if p.Number < 0 || p.Number > MaxImportedNumber {
		return e, malformed("number", "it is not between 1 and "+strconv.Itoa(MaxImportedNumber)), nil
	}
	for _, check := range importChecks {
		if fault := check(p, &a); fault != nil {
			return e, fault, nil
		}
	}
	if fault := m.checkCreated(p, &a); fault != nil {
		return e, fault, nil
	}
	if fault := m.checkHash(p, &e, a.Status); fault != nil {
		return e, fault, nil
	}
	if a.ID == "" {
		if a.ID, err = m.newID(); err != nil {
			return e, nil, err
		}
	}
	e.Account = a
	for _, id := range p.Identities {
		e.Identities = append(e.Identities, LinkedIdentity{Provider: id.Provider, Subject: id.Subject, AccountID: a.ID, Seen: a.Updated})
	}
	if fault, err := m.seedOf(p, &e); fault != nil || err != nil {
		return e, fault, err
	}
	if m.Invite && e.PasswordHash == "" && len(e.Identities) == 0 && (a.Status == Active || a.Status == Invited) {
		fault, err = m.invite(&e)
	}
	return e, fault, err
}

// seedOf brings the second factor along: what the person's authenticator shows
// stays right.
func (m *Importer) seedOf(p ImportedPerson, e *Enlistment) (*ImportFault, error) {
	if p.TOTP == "" {
		return nil, nil
	}
	seed, ok := factor.ReadSecret(p.TOTP)
	if !ok {
		return malformed("otp", "it is no seed of an authenticator in base32: leave it out, and the person sets up another one"), nil
	}
	e.Account.SecondFactor = true
	if m.DryRun {
		return nil, nil
	}
	sealed, err := m.broker.Sealer.Seal(sealFactor, e.Account.ID, seed)
	e.Seed = sealed
	return nil, err
}

// newID is a UUID that begins with the time (RFC 9562 §5.7). Those of one import
// lie beside each other in every index: random ones would make it take three
// times as long.
func (m *Importer) newID() (string, error) {
	id, err := uuid.NewRandomFromReader(m.Random)
	ms := m.Now().UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = 0x70 | id[6]&0x0f
	return id.String(), err
}

// invite makes somebody one who waits for the letter with which they choose
// their first password.
func (m *Importer) invite(e *Enlistment) (*ImportFault, error) {
	if e.Account.Email == "" {
		return &ImportFault{"email", FaultNoAddress, "there is no address to send the invitation to: add one, or a password hash"}, nil
	}
	e.Account.Status = Invited
	if m.DryRun {
		return nil, nil
	}
	b := m.broker
	t, p, err := b.invitation(letterWithTicket{LetterInvite, PurposeInvite, "/invite", b.Membership.InviteTTL}, e.Account, Client{})
	e.Issue, e.Letters = t, []Post{p}
	return nil, err
}

func malformed(field, advice string) *ImportFault {
	return &ImportFault{field, FaultMalformed, advice}
}

func contradiction(field, advice string) *ImportFault {
	return &ImportFault{field, FaultContradict, advice}
}

// checkImportedID takes a UUID with or without its dashes, as databases keep
// it.
func checkImportedID(p ImportedPerson, a *Account) *ImportFault {
	if p.ID == "" {
		return nil
	}
	id, err := uuid.Parse(p.ID)
	if err != nil || len(p.ID) != 36 && len(p.ID) != 32 || id == uuid.Nil || id == uuid.Max {
		return malformed("id", "it is no UUID: leave it empty to have one made")
	}
	a.ID = id.String()
	return nil
}

func checkImportedUsername(p ImportedPerson, a *Account) *ImportFault {
	ok := true
	switch {
	case p.Username == "" && p.Email == "":
		return malformed("username", "an account needs a user name or an e-mail address")
	case strings.Contains(p.Username, "@"):
		return malformed("username", `it holds "@": write an address into email, and leave the user name empty or give another`)
	case p.Username != "":
		a.Username, ok = ParseUsername(p.Username)
	}
	if !ok {
		return malformed("username", "it has 1 to 256 bytes, no control character and no surrounding blank, and is no UUID")
	}
	return nil
}

func checkImportedEmail(p ImportedPerson, a *Account) *ImportFault {
	if p.Email == "" {
		if p.Confirmed {
			return contradiction("confirmed", "there is no address that could be confirmed")
		}
		return nil
	}
	address, ok := ParseEmail(p.Email)
	if !ok {
		return malformed("email", "it is not one plain address, such as alice@example.org")
	}
	a.Email, a.EmailConfirmed = address, p.Confirmed
	return nil
}

func checkImportedNames(p ImportedPerson, a *Account) *ImportFault {
	for _, n := range []struct {
		field, from string
		to          *string
	}{{"name", p.Name, &a.Name}, {"given_name", p.GivenName, &a.GivenName}, {"family_name", p.FamilyName, &a.FamilyName}} {
		if *n.to = tidy(n.from); *n.to != strings.TrimSpace(n.from) {
			return malformed(n.field, "it is longer than 256 bytes or holds a control character")
		}
	}
	return nil
}

func checkImportedGroups(p ImportedPerson, a *Account) *ImportFault {
	for _, g := range p.Groups {
		if tidy(g) != strings.TrimSpace(g) {
			return malformed("groups", "a group's name is longer than 256 bytes or holds a control character")
		}
	}
	a.Groups = given(p.Groups)
	return nil
}

func checkImportedStatus(p ImportedPerson, a *Account) *ImportFault {
	switch p.Status {
	case "":
		a.Status = Active
	case Active, Suspended, Invited:
		a.Status = p.Status
	case Unconfirmed:
		a.Status = p.Status
		if p.Confirmed || p.Email == "" {
			return contradiction("status", "an unconfirmed account waits for its address to be confirmed: it needs one that is not")
		}
	default:
		return malformed("status", "it is none of active, unconfirmed, suspended and invited")
	}
	return nil
}

func checkImportedAdmin(p ImportedPerson, _ *Account) *ImportFault {
	if p.Admin && p.Email != "" && !p.Confirmed {
		return &ImportFault{"admin", FaultAdmin, "an administrator's address has to be confirmed, since letters to it open the account: set confirmed, or make them one afterwards"}
	}
	return nil
}

// checkImportedIdentities refuses an id that can be given to somebody else. It
// is no driver's business what other systems took for one.
func checkImportedIdentities(p ImportedPerson, _ *Account) *ImportFault {
	for _, id := range p.Identities {
		switch {
		case id.Provider == "" || id.Provider == LocalRealm:
			return malformed("identity", "it names no provider outside")
		case id.Subject == "" || len(id.Subject) > 255 || tidy(id.Subject) != id.Subject:
			return malformed("identity", "the id at the provider has 1 to 255 bytes, no control character and no surrounding blank")
		case strings.EqualFold(id.Subject, p.Email):
			return malformed("identity", "the id at the provider is the e-mail address, which can be given to somebody else: leave it out")
		}
	}
	return nil
}

// checkCreated lets the time to confirm an address begin now: else an account
// of long ago would be removed at once.
func (m *Importer) checkCreated(p ImportedPerson, a *Account) *ImportFault {
	now := m.Now()
	if p.Created.After(now.Add(time.Minute)) {
		return malformed("created", "it is in the future")
	}
	if !p.Created.IsZero() && p.Created.Unix() <= 0 {
		return malformed("created", "it is before 1970")
	}
	if a.Created = p.Created; p.Created.IsZero() || a.Status == Unconfirmed {
		a.Created = now
	}
	return nil
}

// checkHash takes what systems write where there is no password, "*" or
// anything behind "!", for none.
func (m *Importer) checkHash(p ImportedPerson, e *Enlistment, s Status) *ImportFault {
	if p.Hash == "" || p.Hash == "*" || strings.HasPrefix(p.Hash, "!") {
		return nil
	}
	if s == Invited {
		return contradiction("hash", "somebody who is invited has no password yet: leave it empty, or make the status active")
	}
	if err := m.Readable(p.Hash); err != nil {
		return &ImportFault{"hash", FaultHash, err.Error() + ": leave it empty to import the person without a password"}
	}
	e.PasswordHash = p.Hash
	return nil
}
