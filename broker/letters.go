package broker

import (
	"fmt"
	"net/url"

	"github.com/google/uuid"
)

// letter is a letter to the address that an account has, caused by a client.
func (b *Broker) letter(kind LetterKind, a Account, c Client) Letter {
	return Letter{
		Kind: kind, To: a.Email, Name: or(a.FullName(), a.Username),
		Address: c.Address, Device: tidy(c.UserAgent), At: b.Now(),
	}
}

// post seals a letter. Nobody gets one at an address that only hearsay knows.
func (b *Broker) post(l Letter) (Post, error) {
	id, err := uuid.NewRandomFromReader(b.Random)
	if err != nil {
		return Post{}, fmt.Errorf("post letter: %w", err)
	}
	sealed, err := SealLetter(b.Sealer, id.String(), l)
	return Post{ID: id.String(), Sealed: sealed, Created: b.Now()}, err
}

// notice is a letter that tells what happened, for a deed; none for an account
// without an address of its own.
func (b *Broker) notice(kind LetterKind, a Account, c Client) ([]Post, error) {
	if a.Email == "" || a.EmailHearsay {
		return nil, nil
	}
	p, err := b.post(b.letter(kind, a, c))
	return []Post{p}, err
}

// LetterPage is a page of another system of the operator's that a letter leads
// to; zero for our own page. It is written in the configuration. Nothing in it
// may come from a request: the link opens an account.
type LetterPage struct {
	URL string `json:"url,omitempty"` // a whole address without query or fragment
	// Email and Username are the parameters that say whose the letter is; "" for
	// none.
	Email    string `json:"email,omitempty"`
	Username string `json:"username,omitempty"`
}

// of is the page for the letter of an account, and ours when there is none.
func (p LetterPage) of(a Account, ours string) string {
	if p.URL == "" {
		return ours
	}
	q := url.Values{}
	if p.Email != "" {
		q.Set(p.Email, a.Email)
	}
	if p.Username != "" {
		q.Set(p.Username, localName(a))
	}
	return p.URL + "?" + q.Encode()
}

// pageLink is one of our pages with a one-time token. The address is the configured
// one, whatever the request said.
func (b *Broker) pageLink(page, secret string) string {
	return b.door.Load().Redirects.Public + page + "?token=" + url.QueryEscape(secret)
}

// Host is the site as people call it: the host of the public address.
func (b *Broker) Host() string {
	u, err := url.Parse(b.door.Load().Redirects.Public)
	if err != nil || u.Host == "" {
		return "signet"
	}
	return u.Host
}
