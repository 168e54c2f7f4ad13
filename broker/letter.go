package broker

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker/token"
)

// LetterKind names a letter; each has a template of that name.
type LetterKind string

// The letters. Those of the first group carry a link that acts; the others
// tell what happened and carry no secret.
const (
	LetterConfirm LetterKind = "confirm" // prove the address of a registration
	LetterReset   LetterKind = "reset"   // choose a new password
	LetterInvite  LetterKind = "invite"  // enter an account that an administrator made
	LetterEmail   LetterKind = "email"   // prove a new address

	LetterKnown           LetterKind = "known"            // somebody registered with an address that has an account
	LetterNameTaken       LetterKind = "name_taken"       // somebody registered with a user name that another account has
	LetterElsewhere       LetterKind = "elsewhere"        // a reset was asked for, and the password is kept by a provider
	LetterEmailChanged    LetterKind = "email_changed"    // to the old address
	LetterPasswordChanged LetterKind = "password_changed" //nolint:gosec // a name, no password
	LetterFactorAdded     LetterKind = "factor_added"
	LetterFactorRemoved   LetterKind = "factor_removed"
	LetterRecoveryUsed    LetterKind = "recovery_used"
	LetterIdentityAdded   LetterKind = "identity_added"
	LetterIdentityRemoved LetterKind = "identity_removed"
)

// LetterKinds lists every kind, for tests and for those who write templates.
func LetterKinds() []LetterKind {
	return []LetterKind{
		LetterConfirm, LetterReset, LetterInvite, LetterEmail,
		LetterKnown, LetterNameTaken, LetterElsewhere, LetterEmailChanged, LetterPasswordChanged, LetterFactorAdded,
		LetterFactorRemoved, LetterRecoveryUsed, LetterIdentityAdded, LetterIdentityRemoved,
	}
}

// Letter is one message to one person. Who sends it words it.
type Letter struct {
	Kind LetterKind `json:"kind"`
	To   string     `json:"to"` // one address, as [ParseEmail] returns it
	// Name is what to call the person: a name or user name as somebody typed it;
	// "" for none.
	Name string `json:"name,omitempty"`
	// Link is where the button leads, under the public address or one that the
	// configuration allows; "" for none.
	Link string `json:"link,omitempty"`
	// Expires is when Link stops to work.
	Expires time.Time `json:"expires,omitzero"`
	// Provider is the label of the provider that the letter is about.
	Provider string `json:"provider,omitempty"`
	// Address and Device are of the client that caused the letter.
	Address string `json:"address,omitempty"`
	Device  string `json:"device,omitempty"`
	// At is when that was.
	At time.Time `json:"at"`
}

// Post is a letter that waits: sealed, because it may carry a link that opens
// an account.
type Post struct {
	ID      string // random; tells nothing
	Sealed  []byte
	Created time.Time
	Tries   int // how often somebody has claimed it, this claim included
}

const letterPurpose = "letter"

// SealLetter closes a letter so that only [OpenLetter] reads it, and only under
// this id.
func SealLetter(s *token.Sealer, id string, l Letter) ([]byte, error) {
	plain, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("seal letter: %w", err)
	}
	return s.Seal(letterPurpose, id, plain)
}

// OpenLetter reads a letter that waits. It answers token.ErrSealed for one that
// was sealed under another secret or moved to another row.
func OpenLetter(s *token.Sealer, p Post) (Letter, error) {
	plain, err := s.Open(letterPurpose, p.ID, p.Sealed)
	if err != nil {
		return Letter{}, err
	}
	var l Letter
	if err := json.Unmarshal(plain, &l); err != nil {
		return Letter{}, fmt.Errorf("read letter: %w", err)
	}
	return l, nil
}
