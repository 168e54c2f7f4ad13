package ldap

import (
	"fmt"
	"regexp"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers"
)

// subCode finds Active Directory's reason in a diagnostic such as
// "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 533, v3839".
var subCode = regexp.MustCompile(`\bAcceptSecurityContext error, data ([0-9a-fA-F]{1,8})\b`)

// provenCodes are the reasons that Active Directory gives only when the
// password was right.
var provenCodes = map[string]string{
	"530": "not at this time of day",
	"531": "not from this workstation",
	"532": "password expired",
	"533": "account disabled",
	"701": "account expired",
	"773": "password must be changed",
}

// otherCodes are reasons that say nothing about the password.
var otherCodes = map[string]string{
	"525": "no such person",
	"52e": "wrong password",
	"775": "account locked",
}

// Errors of the password policy (draft-behera-ldap-password-policy-10 §6.2).
// All but the lock are found after the password was compared.
const (
	policyExpired    = 0
	policyLocked     = 1
	policyMustChange = 2
	policyNone       = -1
)

// verdict is nil when a bind proves the person, and otherwise the driver's
// error with the reason for the log.
func verdict(r result) error {
	w := readPolicy(r.controls)
	if w.err != nil {
		return unavailable(w.err)
	}
	switch r.code {
	case goldap.LDAPResultSuccess:
		return policyVerdict(w)
	case goldap.LDAPResultInvalidCredentials:
		return credentialsVerdict(r, w)
	case goldap.LDAPResultNoSuchObject, goldap.LDAPResultInvalidDNSyntax,
		goldap.LDAPResultInappropriateAuthentication, // no password to compare with
		goldap.LDAPResultUnwillingToPerform,          // 389ds: inactivated
		goldap.LDAPResultConstraintViolation:         // 389ds: too many tries
		return fmt.Errorf("%w: %w", drivers.ErrCredentials, r.err("bind"))
	}
	return unavailable(r.err("bind"))
}

// policyVerdict looks for what a directory lets pass: a password that must be
// changed, or a last grace login with an expired one, is no login here.
func policyVerdict(w policy) error {
	switch {
	case w.failure == policyMustChange || w.mustChange:
		return refused("password must be changed")
	case w.failure == policyExpired:
		return refused("password expired")
	case w.failure == policyLocked:
		return refused("account locked")
	case w.grace:
		return refused("password expired, grace login")
	}
	return nil
}

func credentialsVerdict(r result, w policy) error {
	if m := subCode.FindStringSubmatch(r.diagnostic); m != nil {
		if reason, ok := provenCodes[m[1]]; ok {
			return refused(reason)
		}
		return fmt.Errorf("%w: %s (data %s)", drivers.ErrCredentials, otherCodes[m[1]], m[1])
	}
	switch w.failure {
	case policyExpired:
		return refused("password expired")
	case policyMustChange:
		return refused("password must be changed")
	case policyLocked:
		return fmt.Errorf("%w: account locked", drivers.ErrCredentials)
	}
	return fmt.Errorf("%w: %w", drivers.ErrCredentials, r.err("bind"))
}

// policy is what the controls of a bind say.
type policy struct {
	failure    int // policyNone and so on
	grace      bool
	mustChange bool
	err        error
}

func readPolicy(controls []control) policy {
	p := policy{failure: policyNone}
	for _, c := range controls {
		switch c.oid {
		case oidMustChange:
			p.mustChange = true
		case oidPasswordPolicy:
			if len(c.value) > 0 {
				p.read(c.value)
			}
		}
	}
	return p
}

// read decodes PasswordPolicyResponseValue; its tags are implicit but for the
// choice inside warning.
func (p *policy) read(value []byte) {
	outer := elements{rest: value}
	in := elements{rest: outer.take(tagSequence)}
	if in.peek() == 0xa0 {
		warning := elements{rest: in.any()}
		p.grace = warning.peek() == 0x81
	}
	if in.peek() == 0x81 {
		p.failure = in.integer(0x81)
	}
	if p.err = outer.err; p.err == nil {
		p.err = in.err
	}
}

func refused(reason string) error { return fmt.Errorf("%w: %s", drivers.ErrRefused, reason) }

// unavailable keeps the cause; nil stays nil.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
}
