package broker

import (
	"slices"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

// Act is what a decision lets an identity do.
type Act int

// The acts. The zero value refuses.
const (
	Refuse Act = iota
	Enter      // into the account it is known by
	Signup     // into a new account
	Join       // into the account with its confirmed address
)

// Decision is what policy says about a proven identity, and why. Reason is a
// stable word for the audit record; it is never shown to the person.
type Decision struct {
	Act    Act
	Reason string
}

// Evidence is all that a decision may look at.
type Evidence struct {
	Provider Provider
	Identity drivers.Identity // groups already mapped
	Account  *Account         // known by this identity; nil for none
	Namesake *Account         // has the identity's address; nil for none or not looked up
}

// Decide says whether a proven identity may come in. It looks at nothing but
// its argument.
func Decide(e Evidence) Decision {
	switch {
	case e.Provider.Disabled:
		return Decision{Refuse, "provider_disabled"}
	case !domainAllowed(e.Provider, e.Identity):
		return Decision{Refuse, "domain_not_allowed"}
	case !groupsAllowed(e):
		return Decision{Refuse, "group_missing"}
	case e.Account != nil:
		return decideStatus(*e.Account)
	case samePerson(e):
		return decideJoin(*e.Namesake)
	case e.Provider.Kind == LocalRealm:
		return Decision{Refuse, "no_account"}
	case !e.Provider.Signup:
		return Decision{Refuse, "signup_closed"}
	}
	return Decision{Signup, "signup"}
}

func decideStatus(a Account) Decision {
	if a.Status != Active {
		return Decision{Refuse, "status_" + string(a.Status)}
	}
	return Decision{Enter, "known"}
}

// samePerson takes an identity for the holder of an existing account by the
// address only when both sides have proven it: the provider as a boolean, the
// account by its own confirmation.
func samePerson(e Evidence) bool {
	return e.Provider.Link == LinkVerifiedEmail &&
		e.Identity.EmailVerified && e.Namesake != nil && e.Namesake.EmailConfirmed
}

// decideJoin refuses the holder of an account that is not active: a sign-up
// would let somebody who was suspended come back under a new one. An account
// with a second factor gets no way in by an address alone: its holder adds the
// identity after signing in.
func decideJoin(a Account) Decision {
	switch {
	case a.Status != Active:
		return decideStatus(a)
	case a.SecondFactor:
		return Decision{Refuse, "second_factor_not_shown"}
	}
	return Decision{Join, "verified_email"}
}

// domainAllowed compares the one domain of a parsed address. An address that
// the provider does not vouch for counts only where the provider is the
// operator's own directory or our own accounts.
func domainAllowed(p Provider, id drivers.Identity) bool {
	if len(p.Domains) == 0 {
		return true
	}
	if !p.own() && !id.EmailVerified {
		return false
	}
	address, ok := ParseEmail(id.Email)
	if !ok {
		return false
	}
	// Not EqualFold: it takes letters for each other that name other domains.
	_, domain, _ := strings.Cut(address, "@")
	return slices.ContainsFunc(p.Domains, func(d string) bool { return strings.ToLower(d) == domain })
}

// groupsAllowed looks at the provider's groups; those of a local account are
// the ones that it was given. An administrator needs none: else who can mend the
// list could be shut out by it.
func groupsAllowed(e Evidence) bool {
	if administrator(e) {
		return true
	}
	groups := e.Identity.Groups
	if e.Provider.Kind == LocalRealm && e.Account != nil {
		groups = e.Account.GroupNames()
	}
	return len(e.Provider.RequireGroups) == 0 || slices.ContainsFunc(e.Provider.RequireGroups, func(g string) bool {
		return slices.Contains(groups, g)
	})
}

// administrator reports an identity that enters an administrator's account, or
// may join it.
func administrator(e Evidence) bool {
	if e.Account != nil {
		return e.Account.Admin
	}
	return samePerson(e) && e.Namesake.Admin
}

// mapGroups renames and filters the provider's groups as configured. Names are
// matched exactly, case and all; the result is sorted, each name once. A name
// that would have to be cleaned first is left out: cleaned, it could be that of
// another group.
func mapGroups(p Provider, names []string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		if to, ok := p.GroupMap[n]; ok {
			n = to
		}
		if len(p.OnlyGroups) > 0 && !slices.Contains(p.OnlyGroups, n) {
			continue
		}
		if n != "" && n == tidy(n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
