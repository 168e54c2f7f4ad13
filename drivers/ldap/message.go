package ldap

import (
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"
)

// Identifier octets of the operations (RFC 4511 §4.2 to §4.14).
const (
	opBindRequest      = 0x60
	opBindResponse     = 0x61
	opUnbindRequest    = 0x42
	opSearchRequest    = 0x63
	opSearchEntry      = 0x64
	opSearchDone       = 0x65
	opSearchReference  = 0x73
	opExtendedRequest  = 0x77
	opExtendedResponse = 0x78
)

const (
	oidStartTLS       = "1.3.6.1.4.1.1466.20037"    // RFC 4511 §4.14
	oidPasswordPolicy = "1.3.6.1.4.1.42.2.27.8.5.1" // draft-behera-ldap-password-policy-10 §6
	oidMustChange     = "2.16.840.1.113730.3.4.4"   // draft-vchu-ldap-pwd-policy-00 §3.1
	ruleInChain       = "1.2.840.113556.1.4.1941"   // Active Directory: member of a member
)

// message is one answer (RFC 4511 §4.1.1).
type message struct {
	id       int
	op       byte
	body     []byte
	controls []control
}

type control struct {
	oid   string
	value []byte
}

// result is how an operation ended (RFC 4511 §4.1.9). Its referral is not
// read: it is never followed.
type result struct {
	code       int
	diagnostic string
	controls   []control
}

// err is nil for success, else what the server said.
func (r result) err(what string) error {
	if r.code == goldap.LDAPResultSuccess {
		return nil
	}
	return &resultError{what: what, code: r.code, diagnostic: r.diagnostic}
}

// resultError is an operation that the server did not do.
type resultError struct {
	what       string
	code       int
	diagnostic string
}

func (e *resultError) Error() string {
	name := goldap.LDAPResultCodeMap[uint16(min(e.code, 1<<16-1))]
	return fmt.Sprintf("%s: result %d %s: %s", e.what, e.code, name, printable(e.diagnostic))
}

// printable keeps a server's words fit for a log line.
func printable(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most]
	}
	return fmt.Sprintf("%q", s)
}

// decodeMessage reads one whole message.
func decodeMessage(raw []byte) (message, error) {
	outer := elements{rest: raw}
	in := elements{rest: outer.take(tagSequence)}
	if outer.err != nil {
		return message{}, outer.err
	}
	m := message{id: in.integer(tagInteger), op: in.peek()}
	m.body = in.any()
	if in.peek() == 0xa0 {
		list := elements{rest: in.any()}
		for list.more() {
			m.controls = append(m.controls, decodeControl(&list))
		}
		if list.err != nil {
			return message{}, list.err
		}
	}
	return m, in.err
}

// decodeControl reads one control (RFC 4511 §4.1.11).
func decodeControl(list *elements) control {
	in := elements{rest: list.take(tagSequence)}
	c := control{oid: string(in.take(tagOctets))}
	if in.peek() == tagBoolean {
		in.any()
	}
	if in.peek() == tagOctets {
		c.value = in.any()
	}
	if list.err == nil {
		list.err = in.err
	}
	return c
}

// decodeResult reads an LDAPResult. What follows it is left alone, as RFC 4511
// §4 asks of receivers.
func decodeResult(m message) (result, error) {
	in := elements{rest: m.body}
	r := result{code: in.integer(tagEnumerated), controls: m.controls}
	in.take(tagOctets) // matchedDN
	r.diagnostic = string(in.take(tagOctets))
	return r, in.err
}

// decodeEntry reads a SearchResultEntry (RFC 4511 §4.5.2).
func decodeEntry(body []byte) (entry, error) {
	in := elements{rest: body}
	e := entry{dn: string(in.take(tagOctets))}
	list := elements{rest: in.take(tagSequence)}
	for list.more() {
		pair := elements{rest: list.take(tagSequence)}
		a := attribute{name: string(pair.take(tagOctets))}
		values := elements{rest: pair.take(tagSet)}
		for values.more() {
			a.values = append(a.values, values.take(tagOctets))
		}
		for _, part := range []elements{pair, values} {
			if part.err != nil {
				return entry{}, part.err
			}
		}
		e.attributes = append(e.attributes, a)
	}
	if list.err != nil {
		return entry{}, list.err
	}
	return e, in.err
}

// bindRequest is a simple bind (RFC 4511 §4.2). It refuses an empty password, which would be an anonymous bind.
func bindRequest(name, password string) ([]byte, error) {
	if password == "" {
		return nil, fmt.Errorf("bind as %q without a password", name)
	}
	return element(opBindRequest, integer(tagInteger, 3), octets(tagOctets, name), octets(0x80, password)), nil
}

// policyControls ask for the reasons of a password policy. They are not
// critical: a server that does not know them has to ignore them.
func policyControls() []byte {
	return element(0xa0, element(tagSequence, octets(tagOctets, oidPasswordPolicy)))
}

// query is one search.
type query struct {
	base       string
	scope      int
	filter     string
	attributes []string
	limit      int // most entries that are an answer
}

// searchRequest writes a query (RFC 4511 §4.5.1). Aliases are not followed.
func searchRequest(q query, seconds int) ([]byte, error) {
	filter, err := goldap.CompileFilter(q.filter)
	if err != nil {
		return nil, fmt.Errorf("filter %s: %w", q.filter, err)
	}
	names := make([][]byte, len(q.attributes))
	for i, name := range q.attributes {
		names[i] = octets(tagOctets, name)
	}
	return element(opSearchRequest,
		octets(tagOctets, q.base),
		integer(tagEnumerated, q.scope),
		integer(tagEnumerated, 0),
		integer(tagInteger, q.limit+1), // one more shows that there are too many
		integer(tagInteger, seconds),
		element(tagBoolean, []byte{0}),
		filter.Bytes(),
		element(tagSequence, names...),
	), nil
}
