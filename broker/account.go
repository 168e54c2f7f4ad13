package broker

import (
	"slices"
	"time"
)

// Status is where an account stands.
type Status string

// The statuses. Only an active account gets tokens.
const (
	Active      Status = "active"
	Unconfirmed Status = "unconfirmed" // registered, address not confirmed yet
	Suspended   Status = "suspended"   // by an administrator
	Invited     Status = "invited"     // made by an administrator, not entered yet
	// Merged is an account that became a part of another one. It stays for as
	// long as that can be undone, keeps its names, and nobody gets in.
	Merged Status = "merged"
)

// Known reports one of the statuses that there are.
func (s Status) Known() bool {
	switch s {
	case Active, Unconfirmed, Suspended, Invited, Merged:
		return true
	}
	return false
}

// Account is one person as Signet knows them.
type Account struct {
	ID     string // UUID, never used again
	Status Status
	Admin  bool

	// Username and Email are as the person writes them. Both are unique over
	// all accounts, together, after normalising case and Unicode form; an
	// address that is hearsay is not another account's.
	Username       string
	Email          string
	EmailConfirmed bool
	// EmailHearsay says that a provider outside named Email and does not vouch
	// for it. It is shown, and is no name of the account: nobody keeps an
	// address from its owner by writing it into a profile.
	EmailHearsay bool

	Name       string
	GivenName  string
	FamilyName string
	Picture    string

	Groups []Group

	// Origin is the provider whose sign-up made the account, "" when an
	// administrator did. Profile and address follow that provider only.
	Origin string

	// SecondFactor says that the person has set up a second factor.
	SecondFactor bool

	// Epoch counts changes after which earlier proofs no longer count: a new
	// password, a suspension. A sign-in that began in an older epoch fails.
	Epoch int64

	Created time.Time
	Updated time.Time
}

// FullName is the account's name, or else the one made of its parts.
func (a Account) FullName() string {
	if a.Name != "" || a.GivenName == "" || a.FamilyName == "" {
		return or(a.Name, or(a.GivenName, a.FamilyName))
	}
	return a.GivenName + " " + a.FamilyName
}

// Group is a group an account is in and who says so.
type Group struct {
	Name   string `json:"name"`
	Source string `json:"source"` // provider name, or "" when given by an administrator
}

// GroupNames returns the account's group names, sorted, each once.
func (a Account) GroupNames() []string {
	names := make([]string, 0, len(a.Groups))
	for _, g := range a.Groups {
		names = append(names, g.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// LinkedIdentity is one way an account can be signed in to.
type LinkedIdentity struct {
	Provider  string
	Subject   string // the provider's immutable id
	AccountID string
	Login     string    // what the person was called there last
	Seen      time.Time // last sign-in or recheck that changed anything
}
