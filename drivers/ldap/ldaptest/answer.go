package ldaptest

import (
	"crypto/tls"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// TLV is one element with the shortest definite length.
func TLV(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	out := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 1<<16:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, body...)
}

// Int is an INTEGER of up to two octets.
func Int(n int) []byte { return TLV(0x02, []byte{byte(n >> 8), byte(n)}) }

// Str is an OCTET STRING.
func Str(s string) []byte { return TLV(0x04, []byte(s)) }

// Message wraps an operation; controls may follow it.
func Message(id int, op []byte, controls ...[]byte) []byte {
	if len(controls) > 0 {
		return TLV(0x30, Int(id), op, TLV(0xa0, controls...))
	}
	return TLV(0x30, Int(id), op)
}

// Control is a response control.
func Control(oid string, value []byte) []byte { return TLV(0x30, Str(oid), Str(string(value))) }

// Result is an LDAPResult under the given tag; more may follow it.
func Result(tag byte, code int, diagnostic string, more ...[]byte) []byte {
	return TLV(tag, append([][]byte{TLV(0x0a, []byte{byte(code)}), Str(""), Str(diagnostic)}, more...)...)
}

// BindResult answers a bind.
func BindResult(code int, diagnostic string) []byte { return Result(0x61, code, diagnostic) }

// Done ends a search.
func Done(code int) []byte { return Result(0x65, code, "") }

// ExtendedResult answers an extended request.
func ExtendedResult(code int) []byte { return Result(0x78, code, "") }

// Referral is the referral of a result.
func Referral(urls ...string) []byte { return TLV(0xa3, strs(urls)...) }

// Reference is a SearchResultReference.
func Reference(urls ...string) []byte { return TLV(0x73, strs(urls)...) }

func strs(list []string) [][]byte {
	out := make([][]byte, len(list))
	for i, s := range list {
		out[i] = Str(s)
	}
	return out
}

// Goodbye is a Notice of Disconnection (RFC 4511 §4.4.1).
func Goodbye() []byte {
	return Message(0, Result(0x78, 52, "going down", TLV(0x8a, []byte("1.3.6.1.4.1.1466.20036"))))
}

// Entry is one entry of an [Honest] directory.
type Entry struct {
	DN         string
	Password   string
	Attributes []Attribute
}

// Attribute is a name with its values.
type Attribute struct {
	Name   string
	Values []string
}

// Has is an attribute.
func Has(name string, values ...string) Attribute { return Attribute{name, values} }

// Encode is the entry as a SearchResultEntry.
func (e Entry) Encode() []byte {
	var list [][]byte
	for _, a := range e.Attributes {
		list = append(list, TLV(0x30, Str(a.Name), TLV(0x31, strs(a.Values)...)))
	}
	return TLV(0x64, Str(e.DN), TLV(0x30, list...))
}

// Honest is a small directory that answers as it should. A filter finds the
// entries of which it names the uid or the entryUUID, and under GroupBase all
// groups.
type Honest struct {
	People    []Entry
	GroupBase string
	Groups    []Entry
	TLS       *tls.Config // for StartTLS; without it StartTLS is refused
}

// Serve is a [Script].
func (h *Honest) Serve(s *Session, p PDU) {
	switch p.Op {
	case Bind:
		s.Send(Message(p.ID, BindResult(h.bind(p), "")))
	case Search:
		for _, e := range h.find(p) {
			s.Send(Message(p.ID, e.Encode()))
		}
		s.Send(Message(p.ID, Done(0)))
	case Extended:
		if h.TLS == nil {
			s.Send(Message(p.ID, ExtendedResult(2)))
			return
		}
		s.Send(Message(p.ID, ExtendedResult(0)))
		if s.Secure(h.TLS) != nil {
			s.Close()
		}
	}
}

func (h *Honest) bind(p PDU) int {
	for _, e := range h.People {
		if e.DN == p.Name && e.Password == p.Password && p.Password != "" {
			return 0
		}
	}
	return goldap.LDAPResultInvalidCredentials
}

func (h *Honest) find(p PDU) []Entry {
	if p.Base == h.GroupBase {
		return h.Groups
	}
	var found []Entry
	for _, e := range h.People {
		if e.DN == p.Base || h.named(e, p.Filter) {
			found = append(found, e)
		}
	}
	return found
}

func (h *Honest) named(e Entry, filter string) bool {
	for _, a := range e.Attributes {
		if a.Name != "uid" && a.Name != "entryUUID" {
			continue
		}
		for _, v := range a.Values {
			if strings.Contains(filter, "("+a.Name+"="+goldap.EscapeFilter(v)+")") {
				return true
			}
		}
	}
	return false
}
