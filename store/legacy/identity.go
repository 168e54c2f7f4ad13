package legacy

import (
	"strings"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
)

// ownPasswords is Directus's name for people with a password there.
const ownPasswords = "default"

// enter says how a person of Directus's gets in here. Somebody who came through
// a provider has no use for a password there, even where there is one, and gets
// none here.
func (o Options) enter(p *broker.ImportedPerson, provider, identifier string) *broker.ImportFault {
	if provider == "" || provider == ownPasswords {
		return nil
	}
	here, known := o.Providers[provider]
	if !known {
		here, known = o.Providers[plainName(provider)]
	}
	if !known {
		return &broker.ImportFault{Field: "provider", Reason: broker.FaultProvider, Advice: "no provider " + legible(provider) +
			" is configured here: add it, or name the one that it is here with --provider " + legible(provider) + "=NAME, or leave its identities out with --provider " + legible(provider) + "=-"}
	}
	if here.Kind == broker.LocalRealm {
		return nil
	}
	p.Hash = ""
	if advice := here.unfit(p.Email, identifier); advice != "" {
		p.Behind = append(p.Behind, behind("external_identifier", advice+"; "+here.otherwise(*p)))
		return nil
	}
	p.Identities = []broker.ImportedIdentity{{Provider: here.Name, Subject: identifier}}
	return nil
}

// unfit says why an identifier is not what the provider's driver knows people
// by; "" when it is. An identity with a wrong one would lead nowhere, or to
// somebody else.
func (p Provider) unfit(email, identifier string) string {
	switch {
	case p.Name == "":
		return "the identity is left out, as you said"
	case identifier == "":
		return "there is no identifier"
	case p.Kind == "ldap":
		return "the identifier is a DN, which changes; " + p.Name + " knows people by an immutable id"
	case strings.Contains(identifier, "@") && (strings.EqualFold(identifier, email) || isAddress(identifier)):
		return "the identifier is an e-mail address, which can be given to somebody else; " + p.Name + " knows people by an immutable id"
	case p.Kind == "oauth2" && !p.Vouched && !isID(identifier):
		return "the identifier may be a name, which can be given to somebody else: if IDENTIFIER_KEY there is what fields.id is at " + p.Name +
			", say so with --identifiers " + p.Name
	}
	return ""
}

// otherwise is how somebody gets in whose identity does not come along.
func (p Provider) otherwise(who broker.ImportedPerson) string {
	switch {
	case who.TOTP != "":
		return "the person has a second factor, so that no address opens the account: send them a letter with signet user reset"
	case p.Name == "" || !who.Confirmed:
		return "send the person a letter with signet user reset"
	}
	trusted := ""
	if p.Kind == "ldap" {
		trusted = " and email_verified: true"
	}
	return "with link: verified_email" + trusted + " at " + p.Name + " their first sign-in there finds the account by its confirmed address"
}

// plainName is a provider's name in the letters that one has here, as signet
// config import writes it.
func plainName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch plain := b.String(); {
		case strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-", r):
			b.WriteRune(r)
		case !strings.HasSuffix(plain, "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-_")
}

func isAddress(s string) bool {
	_, ok := broker.ParseEmail(s)
	return ok
}

// isID reports a whole number or a UUID, which no service gives as a name.
func isID(s string) bool {
	if strings.Trim(s, "0123456789") == "" {
		return true
	}
	_, err := uuid.Parse(s)
	return err == nil
}
