package mail

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"

	"github.com/signet-sso/signet/broker"
)

var errNotPlain = errors.New("the recipient is not one plain address")

// mailbox is an address in the form of the conversation. utf8 says that it
// needs a server with SMTPUTF8 (RFC 6531).
type mailbox struct {
	address string
	utf8    bool
}

// readMailbox takes one plain address, so that nothing in it can be a parameter,
// a second recipient or a command. A domain is written in its ASCII form
// (RFC 5891 §5) when that form means the same domain and no other.
func readMailbox(address string) (mailbox, error) {
	plain, ok := broker.ParseEmail(address)
	if !ok || plain != address {
		return mailbox{}, errNotPlain
	}
	local, domain, _ := strings.Cut(address, "@")
	if ascii(domain) {
		return mailbox{address: address, utf8: !ascii(local)}, nil
	}
	coded, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return mailbox{}, errNotPlain
	}
	if back, err := idna.Lookup.ToUnicode(coded); err != nil || back != domain {
		return mailbox{}, errNotPlain // such as full-width letters, which are another domain's
	}
	return mailbox{address: local + "@" + coded, utf8: !ascii(local)}, nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c > '~' })
}
