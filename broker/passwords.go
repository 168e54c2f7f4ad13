package broker

import (
	"context"
	_ "embed" // the list of common passwords
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// commonPasswords are those of eight characters and more out of the 20,000 most
// common ones that Django publishes (collected by Royce Williams, BSD licence),
// in lower case, one a line.
//
//go:embed common_passwords.txt
var commonPasswords string

// ownTerm is how long a name must be to be looked for in a password, in
// characters, and restOfPassword what must be left of one without them.
const (
	ownTerm        = 4
	restOfPassword = 6
)

// checkPassword says what is wrong with a new password of an account, nil for
// nothing: its length, whether it is common, repeats itself or is the person's
// own name (NIST SP 800-63B-4 §3.1.1.2). Which characters it has is the
// person's affair.
func (b *Broker) checkPassword(password string, a Account) error {
	if !plausible(password, maxPassword) {
		return Fail(CodePayload, fmt.Sprintf("the password is empty, longer than %d bytes, or holds a NUL", maxPassword))
	}
	password = norm.NFC.String(password)
	if least := b.minPassword(); utf8.RuneCountInString(password) < least {
		return Fail(CodePayload, fmt.Sprintf("the password is shorter than %d characters", least))
	}
	return b.checkGuessable(password, a)
}

// checkGuessable says that a password is one of those that are tried first.
func (b *Broker) checkGuessable(password string, a Account) error {
	lower := strings.ToLower(norm.NFC.String(password))
	switch {
	case common(lower), common(unit(lower)):
		return Fail(CodePayload, "the password is one of the most common ones")
	case utf8.RuneCountInString(unit(lower)) <= ownTerm, run(lower):
		return Fail(CodePayload, "the password repeats itself")
	case utf8.RuneCountInString(without(lower, b.ownTerms(a))) < restOfPassword:
		return Fail(CodePayload, "the password is your name, your address or the name of this site")
	}
	return nil
}

// minPassword is the least length in characters: less where everybody with a
// local password has a second factor.
func (b *Broker) minPassword() int {
	if p := b.door.Load().byRealm[LocalRealm]; p != nil && p.MFA == MFARequired && b.Membership.MinPasswordWithMFA > 0 {
		return b.Membership.MinPasswordWithMFA
	}
	return b.Membership.MinPassword
}

// hashPassword checks a new password and hashes it.
func (b *Broker) hashPassword(ctx context.Context, password string, a Account) (string, error) {
	if err := b.checkPassword(password, a); err != nil {
		return "", err
	}
	return b.Hasher.Hash(ctx, password)
}

func common(lower string) bool {
	return lower != "" && !strings.Contains(lower, "\n") &&
		(strings.Contains(commonPasswords, "\n"+lower+"\n") || strings.HasPrefix(commonPasswords, lower+"\n"))
}

// unit is the shortest text that s is a repetition of, the last one cut off.
func unit(s string) string {
	for n := range s {
		if n == 0 {
			continue
		}
		if u := s[:n]; strings.HasPrefix(strings.Repeat(u, len(s)/n+1), s) {
			return u
		}
	}
	return s
}

// keyboard is the keys that a finger finds one after the other.
const keyboard = "qwertyuiopasdfghjklzxcvbnm1234567890qwertyuiop[]asdfghjkl;'zxcvbnm,./"

// run reports text whose characters each follow the one before, up or down the
// alphabet or the digits, or along the keyboard.
func run(s string) bool {
	if strings.Contains(keyboard, s) {
		return true
	}
	var before rune
	step := rune(0)
	for i, c := range s {
		d := c - before
		if c == '0' && before == '9' {
			d = 1
		}
		switch {
		case i == 0:
		case step == 0 && (d == 1 || d == -1):
			step = d
		case d != step || d == 0:
			return false
		}
		before = c
	}
	return step != 0
}

// ownTerms are what an attacker would try first for this person.
func (b *Broker) ownTerms(a Account) []string {
	local, domain, _ := strings.Cut(a.Email, "@")
	terms := []string{a.Email, a.Username, local, domain, a.Name, a.GivenName, a.FamilyName, b.Host(), "signet"}
	terms = append(terms, strings.Split(domain, ".")...)
	return append(terms, strings.Split(b.Host(), ".")...)
}

// without is s less every term in it.
func without(s string, terms []string) string {
	// The longest first: an address goes before its domain.
	slices.SortFunc(terms, func(a, b string) int { return len(b) - len(a) })
	for _, t := range terms {
		if t = strings.ToLower(norm.NFC.String(t)); utf8.RuneCountInString(t) >= ownTerm {
			s = strings.ReplaceAll(s, t, "")
		}
	}
	return s
}
