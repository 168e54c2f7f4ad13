package drivertest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/drivers"
)

// proves checks an answer that should name one person.
func (r result) proves(subject string) error {
	if r.err != nil {
		return fmt.Errorf("got error %q, want subject %q", r.err, subject)
	}
	if r.id.Subject != subject {
		return fmt.Errorf("got subject %q, want %q", r.id.Subject, subject)
	}
	return wellFormed(r.id)
}

// wellFormed checks an identity by itself.
func wellFormed(id drivers.Identity) error {
	switch {
	case id.Subject == "":
		return errors.New("the subject is empty")
	case len(id.Subject) > 255:
		return fmt.Errorf("the subject has %d bytes, want at most 255", len(id.Subject))
	case strings.Contains(id.Subject, "@"):
		return fmt.Errorf("the subject %q is an e-mail address", id.Subject)
	case id.Login == "":
		return errors.New("the login is empty")
	case id.EmailVerified && id.Email == "":
		return errors.New("an absent e-mail address is called verified")
	case slices.Contains(id.Groups, ""):
		return errors.New("a group has no name")
	}
	texts := append([]string{id.Subject, id.Login, id.Name, id.GivenName, id.FamilyName, id.Email, id.Picture}, id.Groups...)
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("%q is no clean text", s)
		}
	}
	return nil
}

// empty reports whether an identity says nothing.
func empty(id drivers.Identity) bool {
	return reflect.DeepEqual(id, drivers.Identity{})
}

// same reports a difference between two answers about one person. Upstream is
// left out: a provider may hand out a new refresh token each time.
func same(a, b drivers.Identity) error {
	a.Upstream, b.Upstream = nil, nil
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("got %+v, want %+v as before", b, a)
	}
	return nil
}

// clone copies an identity down to what its slices and maps hold.
func clone(id drivers.Identity) drivers.Identity {
	id.Groups, id.AMR = slices.Clone(id.Groups), slices.Clone(id.AMR)
	id.Claims, id.Upstream = maps.Clone(id.Claims), bytes.Clone(id.Upstream)
	return id
}

// spoil writes over everything that an identity refers to, spare capacity
// included.
func spoil(id drivers.Identity) {
	for _, s := range [][]string{id.Groups, id.AMR} {
		s = s[:cap(s)]
		for i := range s {
			s[i] = "spoilt"
		}
	}
	for k := range id.Claims {
		id.Claims[k] = "spoilt"
	}
	if id.Claims != nil {
		id.Claims["spoilt"] = true
	}
	clear(id.Upstream[:cap(id.Upstream)])
}
