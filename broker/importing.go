package broker

import (
	"context"
	"time"
)

// Imports adds many people at once.
type Imports interface {
	// Import judges a batch by what is stored and by itself, first come, first
	// served, adds everybody who is new, all of them in one transaction, and
	// returns what became of each, in their order. When dry it adds nobody and
	// answers the same. Who is there already is left as they are.
	Import(ctx context.Context, batch []Enlistment, dry bool) ([]Verdict, error)
}

// Enlistment is one newcomer of an import with what goes with them. Its Ticket
// is of the account, whatever account and epoch it names.
type Enlistment struct {
	Newcomer
	// KeepID says that the account's id is one that others know the person by,
	// so that it has to be that one.
	KeepID bool
	// Number is the one that clients know the person by; 0 for none.
	Number int64
	// Identities are further ways in besides the password and Newcomer.Identity.
	Identities []LinkedIdentity
	// Seed is the sealed seed of a second factor, nil for none.
	Seed    []byte
	Issue   *Ticket
	Letters []Post
}

// Fate is what became of somebody in an import.
type Fate string

// The fates.
const (
	FateAdded   Fate = "added"
	FatePresent Fate = "present" // the same id, or the same user name and address, is there already
	FateSkipped Fate = "skipped"
)

// Verdict is what a store says of one newcomer.
type Verdict struct {
	Fate Fate
	// AccountID is the newcomer's, or the one that has what Field names: a
	// stored account or an earlier one of the batch. It is "" for a value that
	// no store can keep.
	AccountID string
	Field     string // "id", "number", "username", "email" or "identity"; with FateSkipped only
}

// ImportedPerson is somebody as another system knew them. Texts are as they
// are in the file or the table.
type ImportedPerson struct {
	Place int // line of the file, from 1, or number of the row in the order of reading
	// Row is what a row of a table is called: the table and the row's key. ""
	// for a line of a file.
	Row        string
	ID         string // UUID; "" to have one made
	Number     int64  // that clients know the person by; 0 for none
	Username   string
	Email      string
	Confirmed  bool   // the address was proven to be the person's
	Hash       string // of the password; "" for none
	Name       string
	GivenName  string
	FamilyName string
	Groups     []string
	Admin      bool
	Status     Status    // "" for active
	Created    time.Time // zero for now
	Identities []ImportedIdentity
	TOTP       string // seed of the second factor in base32; "" for none
	// Behind is what cannot come along although the person can. It is for who
	// reports; the import does not look at it.
	Behind []ImportFault
}

// ImportedIdentity is a way in at a provider outside.
type ImportedIdentity struct {
	Provider string // as it is configured here
	Subject  string // the immutable id that the provider's driver knows the person by
}

// ImportResult is what became of one person of a file.
type ImportResult struct {
	Fate      Fate
	AccountID string // of those added or there already
	// NoPassword says that no usable hash came with the person.
	NoPassword bool
	ImportFault
}

// ImportFault says why somebody was skipped. It repeats no secret.
type ImportFault struct {
	Field  string // of the file; "" for the line as a whole
	Reason string // stable word
	Advice string // what is wrong and what to do, for an operator
}

// The reasons why somebody is skipped.
const (
	FaultMalformed  = "malformed"
	FaultHash       = "unusable_hash"
	FaultDuplicate  = "duplicate"         // an earlier line of the file has it
	FaultTaken      = "taken"             // another account has it
	FaultContradict = "contradiction"     // two fields that exclude each other
	FaultAdmin      = "unconfirmed_admin" // an administrator's address has to be confirmed
	FaultNoAddress  = "no_address"        // an invitation needs one
	FaultProvider   = "unknown_provider"  // the person's provider is not configured
)
