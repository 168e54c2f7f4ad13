package broker

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/drivers"
)

const (
	maxName  = 256 // bytes of any name, picture excepted
	maxEmail = 254 // bytes (RFC 5321 §4.5.3.1.3 less the brackets)
)

// ParseEmail returns the one plain address in s, its domain in lower case. It
// takes dot-atom local parts only (RFC 5322 §3.2.3): no quotes, comments,
// display names or second "@", so that no two readers find different domains.
// It does not ask whether the domain exists.
func ParseEmail(s string) (string, bool) {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > maxEmail || local == "" || len(local) > 64 || !utf8.ValidString(s) {
		return "", false
	}
	if strings.ContainsFunc(local, func(c rune) bool { return !atom(c) }) || !dotted(local) {
		return "", false
	}
	domain = strings.ToLower(domain)
	if domain == "" || strings.ContainsFunc(domain, func(c rune) bool { return !host(c) }) || !dotted(domain) {
		return "", false
	}
	return local + "@" + domain, true
}

// dotted reports that s is parts with single dots between them.
func dotted(s string) bool {
	return !strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..")
}

func atom(c rune) bool {
	return host(c) || c > 0x7f && unicode.IsGraphic(c) && !unicode.IsSpace(c) || strings.ContainsRune("!#$%&'*+/=?^_`{|}~", c)
}

func host(c rune) bool {
	return c == '-' || c == '.' || unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c)
}

// ParseUsername returns s if it can be a user name: 1 to 256 bytes of printed
// characters without "@", so that no user name is somebody's address, and no UUID:
// who has no user name is known to applications by the account's.
func ParseUsername(s string) (string, bool) {
	if s == "" || s != tidy(s) || strings.Contains(s, "@") || isID(s) {
		return "", false
	}
	return s, true
}

// isID reports what is written as the id of an account, in letters of either case.
func isID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == len(uuid.Nil.String())
}

// tidy cuts a name from outside to what can be shown and stored: valid UTF-8
// without control characters or surrounding blanks, at most maxName bytes.
func tidy(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, s)
	s = strings.TrimSpace(s)
	for len(s) > maxName {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// newAccount is the account a sign-up makes; its id and times are set later.
func newAccount(p Provider, id drivers.Identity) Account {
	a := Account{Status: Active, Origin: p.Realm()}
	a.Username, _ = ParseUsername(tidy(id.Login))
	return follow(a, p, id)
}

// follow returns the account as it is after the identity's provider spoke:
// groups of that provider are replaced; profile and address follow only the
// provider that the account came from.
func follow(a Account, p Provider, id drivers.Identity) Account {
	a.Groups = replaceGroups(a.Groups, p.Realm(), id.Groups)
	if a.Origin == "" || a.Origin != p.Realm() {
		return a
	}
	a.Name = or(tidy(id.Name), a.Name)
	a.GivenName = or(tidy(id.GivenName), a.GivenName)
	a.FamilyName = or(tidy(id.FamilyName), a.FamilyName)
	if len(id.Picture) <= 2048 {
		a.Picture = or(strings.ToValidUTF8(id.Picture, ""), a.Picture)
	}
	if name, ok := ParseUsername(tidy(id.Login)); ok {
		a.Username = name
	}
	if address, ok := ParseEmail(id.Email); ok {
		// An address that was proven stays so until it is another one.
		a.EmailConfirmed = id.EmailVerified || a.EmailConfirmed && a.Email == address
		a.EmailHearsay = !a.EmailConfirmed && !p.own()
		a.Email = address
	}
	return a
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// replaceGroups keeps the groups of every other source in their order.
func replaceGroups(have []Group, source string, names []string) []Group {
	if source == LocalRealm {
		return have // local groups are an administrator's, not the driver's
	}
	out := slices.DeleteFunc(slices.Clone(have), func(g Group) bool { return g.Source == source })
	for _, n := range names {
		out = append(out, Group{Name: n, Source: source})
	}
	return out
}

// sameProfile reports that saving after would change nothing of before.
func sameProfile(before, after Account) bool {
	return before.Username == after.Username && before.Email == after.Email &&
		before.EmailConfirmed == after.EmailConfirmed && before.EmailHearsay == after.EmailHearsay && before.Name == after.Name &&
		before.GivenName == after.GivenName && before.FamilyName == after.FamilyName &&
		before.Picture == after.Picture && slices.Equal(before.Groups, after.Groups)
}
