package oauth2

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// preset is what is particular about a known service.
type preset struct {
	label, icon string

	// token is the token endpoint; goth has the other addresses.
	token string
	// direct are the addresses of a service whose profile is asked for without
	// goth, which has a client of its own there or brings along a library that
	// nothing else needs. query names the parameter that holds the token, "" for
	// the header.
	direct sites
	query  string
	// hosted makes the addresses of an instance from base_url, or from base
	// without one; nil where there is only the one service. With needsBase there
	// is no public instance, with onlyBase the three addresses cannot be given
	// apart.
	hosted              func(base string) sites
	base                string
	needsBase, onlyBase bool

	scopes    []string
	separator string            // between scopes; "" is a space
	params    map[string]string // sent along to the authorize address
	auth      string            // client authentication; "" is client_secret_basic

	fields Fields // where no path is given, goth's reading counts
	trust  string // "" is TrustNever
	mails  mails

	// bearer moves a token that goth puts into an address into the header.
	bearer bool
	// extras are members of the token answer that goth's session needs: their
	// names there, and in the session.
	extras map[string]string
	note   string
}

// sites are the addresses of an instance.
type sites struct{ authorize, token, profile string }

// mails says where a service lists the person's addresses, below the profile
// address, and what the list's members call what counts.
type mails struct{ path, list, primary, verified string }

// Preset is a known service, for a list of them.
type Preset struct {
	Name  string
	Label string // what people read on the button
	Icon  string // a simple-icons slug, "" for none
	// ID is where the profile holds the person's id.
	ID string
	// EmailTrust is TrustClaim or TrustNever.
	EmailTrust string
	// URLs are the keys that lead to an instance of one's own; none where there
	// is only the one service.
	URLs   []string
	Scopes []string // asked for unless others are configured
	Note   string   // what is particular about it
}

// Presets lists the known services by name.
func Presets() []Preset {
	var all []Preset
	for _, name := range slices.Sorted(maps.Keys(presets)) {
		s := presets[name]
		p := Preset{
			Name: name, Label: s.label, Icon: s.icon, ID: s.fields.ID, EmailTrust: or(s.trust, TrustNever),
			Scopes: slices.Clone(s.scopes), Note: s.note,
		}
		if s.hosted != nil {
			p.URLs = []string{"base_url"}
			if !s.onlyBase {
				p.URLs = append(p.URLs, "authorize_url", "token_url", "profile_url")
			}
		}
		all = append(all, p)
	}
	return all
}

// known returns the service of a preset.
func known(c Config) (service, error) {
	s, ok := presets[c.Preset]
	if !ok {
		return service{}, unknown(c.Preset)
	}
	own := sites{c.AuthorizeURL, c.TokenURL, c.ProfileURL}
	if err := s.accepts(c.BaseURL, own); err != nil {
		return service{}, err
	}
	if base := or(strings.TrimRight(c.BaseURL, "/"), s.base); base != "" && own == (sites{}) {
		own = s.hosted(base)
	}
	return s.at(c.Preset, own)
}

// accepts says what is wrong with the addresses of an instance.
func (s preset) accepts(base string, own sites) error {
	switch {
	case s.hosted == nil && (base != "" || own != sites{}):
		return fmt.Errorf("%s is one service: leave out base_url and the other addresses", s.label)
	case own != sites{} && (own.authorize == "" || own.token == "" || own.profile == ""):
		return errors.New("authorize_url, token_url and profile_url go together")
	case own != sites{} && base != "":
		return errors.New("write base_url or the three addresses, not both")
	case s.needsBase && base == "" && own == sites{}:
		return fmt.Errorf("%s needs base_url, the address of the instance", s.label)
	case s.onlyBase && own != sites{}:
		return fmt.Errorf("%s takes base_url, not the three addresses", s.label)
	}
	return nil
}

// at is a preset at its addresses; zero ones are the service's own, as goth
// has them.
func (s preset) at(name string, own sites) (service, error) {
	if s.direct != (sites{}) {
		return service{preset: s, authorize: s.direct.authorize, token: s.direct.token, profile: s.askDirectly}, nil
	}
	out := service{preset: s, authorize: own.authorize, token: own.token, profile: s.askGoth(name, own)}
	if own != (sites{}) {
		return out, nil
	}
	session, err := goths[name](site{}).BeginAuth("")
	if err != nil {
		return service{}, fmt.Errorf("%s's authorize address: %w", s.label, err)
	}
	out.token = s.token
	out.authorize, err = session.GetAuthURL()
	return out, err
}

// unknown is the error for a name that is no preset: why it is none, or what
// may have been meant.
func unknown(name string) error {
	if because, ok := leftOut[name]; ok {
		return fmt.Errorf("there is no preset %q: %s", name, because)
	}
	nearest := slices.MinFunc(slices.Collect(maps.Keys(presets)), func(a, b string) int {
		if d := distance(name, a) - distance(name, b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return fmt.Errorf("there is no preset %q; did you mean %s?", name, nearest)
}

// distance is how many letters two words differ by (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
