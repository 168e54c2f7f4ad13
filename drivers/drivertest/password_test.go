package drivertest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

var alice = Person{Login: "alice", Password: "Correct horse 1", Subject: "7d2f"}

// book is an honest password driver over a list of people. Each fault is one
// way to break the contract.
type book struct {
	fault string

	mu       sync.Mutex
	people   map[string]Person // by login, aliases included
	disabled string            // login
	down     bool
	stall    chan struct{} // nil, or closed when the provider answers again
	reached  chan struct{}
	identity drivers.Identity // handed out uncopied by the fault "shares"
	last     string           // whom the last right password proved
}

func newBook(fault string) *book {
	bob := Person{Login: "bob", Password: "Battery staple 2", Subject: "91aa"}
	return &book{
		fault: fault, disabled: "carol",
		people: map[string]Person{
			"alice": alice, "a.lice@example.org": alice, "bob": bob,
			"carol": {Login: "carol", Password: "Tell nobody 3", Subject: "c0c0"},
		},
		identity: drivers.Identity{
			Subject: alice.Subject, Login: "alice", Groups: append(make([]string, 0, 4), "staff"),
			Claims: map[string]any{"team": "red"}, AMR: []string{"pwd"}, Upstream: []byte("token"),
		},
	}
}

func (b *book) fixture() PasswordFixture {
	bob, carol := b.people["bob"], b.people["carol"]
	return PasswordFixture{
		Driver: drivers.Driver{Password: b, Recheck: b},
		Person: alice, Unknown: "nobody", Other: &bob, Disabled: &carol, Aliases: []string{"a.lice@example.org"},
		Break: func(testing.TB) func() { return b.set(&b.down) },
		Stall: func(testing.TB) (<-chan struct{}, func()) {
			b.stall, b.reached = make(chan struct{}), make(chan struct{})
			return b.reached, func() { close(b.stall); b.stall = nil }
		},
		Rename: func(testing.TB) string {
			p := b.people["alice"]
			p.Login = "alice.b"
			b.people["alice.b"] = p
			if b.fault != "keeps old login" {
				delete(b.people, "alice")
			}
			return "alice.b"
		},
	}
}

func (b *book) set(flag *bool) (unset func()) {
	*flag = true
	return func() { *flag = false }
}

func (b *book) is(fault string) bool { return b.fault == fault }

// Authenticate implements drivers.Password.
func (b *book) Authenticate(ctx context.Context, login, password string) (drivers.Identity, error) {
	if err := b.plausible(login, password); err != nil {
		return drivers.Identity{}, err
	}
	if err := b.wait(ctx); err != nil {
		return drivers.Identity{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down && !b.is("down is wrong") {
		return drivers.Identity{}, drivers.ErrUnavailable
	}
	p, ok := b.find(login)
	if !ok || !b.opens(p, password) {
		return b.deny(p, password)
	}
	if p.Login == b.disabled && !b.is("lets disabled in") {
		return drivers.Identity{}, drivers.ErrRefused
	}
	b.last = p.Login
	return b.say(p), nil
}

func (b *book) plausible(login, password string) error {
	switch {
	case b.is("asks about empty"):
		return nil
	case password == "" && b.is("empty opens"), password == "" && b.is("empty panics"):
		return nil
	case login == "" || password == "" || len(login) > maxLogin || len(password) > maxPassword,
		strings.ContainsRune(login+password, 0):
		if b.is("no sentinel") {
			return errors.New("implausible")
		}
		if b.is("two sentinels") {
			return errors.Join(drivers.ErrCredentials, drivers.ErrRefused)
		}
		if b.is("NUL is a reply") && strings.ContainsRune(login+password, 0) {
			return drivers.ErrReply
		}
		if b.is("long is refused") && len(login)+len(password) > maxLogin {
			return drivers.ErrRefused
		}
		return drivers.ErrCredentials
	}
	return nil
}

// wait is the provider's silence, which ends with ctx.
func (b *book) wait(ctx context.Context) error {
	if b.stall != nil {
		close(b.reached)
		if b.is("blames on stall") {
			<-ctx.Done()
			return drivers.ErrCredentials
		}
		select {
		case <-b.stall:
		case <-ctx.Done():
		}
	}
	switch {
	case ctx.Err() == nil, b.is("ignores context"):
		return nil
	case b.is("blames on cancel"):
		return drivers.ErrCredentials
	}
	return ctx.Err()
}

func (b *book) find(login string) (Person, bool) {
	if b.is("patterns") && strings.HasSuffix(login, "*") {
		return b.people["alice"], true
	}
	if b.is("trims login") {
		login = strings.TrimSpace(login)
	}
	p, ok := b.people[login]
	if login == "a.lice@example.org" && b.is("alias is another") {
		p.Subject = "other"
	}
	return p, ok
}

func (b *book) opens(p Person, password string) bool {
	switch {
	case b.is("empty panics") && password == "":
		panic("empty")
	case b.is("empty opens") && password == "":
		return true
	case b.is("trims password"):
		password = strings.TrimSpace(password)
	case b.is("master password") && password == alice.Password:
		return true
	case b.is("remembers") && b.last == p.Login:
		return true
	}
	return p.Password == password
}

func (b *book) deny(p Person, password string) (drivers.Identity, error) {
	switch {
	case b.is("tells unknown") && p.Login == "":
		return drivers.Identity{}, drivers.ErrRefused
	case b.is("tells secret"):
		return drivers.Identity{}, errors.Join(errors.New("wrong: "+password), drivers.ErrCredentials)
	case b.is("identity beside error"):
		return b.say(p), drivers.ErrCredentials
	}
	return drivers.Identity{}, drivers.ErrCredentials
}

func (b *book) say(p Person) drivers.Identity {
	if b.is("shares") {
		return b.identity
	}
	id := clone(b.identity)
	id.Subject, id.Login = p.Subject, p.Login
	switch b.fault {
	case "subject is address":
		id.Subject = "a.lice@example.org"
	case "no login":
		id.Login = ""
	case "subject is login":
		id.Subject = p.Login
	case "mixes people up":
		if b.last != "" {
			id.Subject = "91aa"
		}
	}
	return id
}

// Recheck implements drivers.Rechecker.
func (b *book) Recheck(ctx context.Context, subject string, _ []byte) (drivers.Identity, error) {
	if err := b.wait(ctx); err != nil {
		return drivers.Identity{}, err
	}
	if b.down {
		if b.is("recheck down is gone") {
			return drivers.Identity{}, drivers.ErrRefused
		}
		return drivers.Identity{}, drivers.ErrUnavailable
	}
	for _, p := range b.people {
		if p.Subject == subject && (p.Login != b.disabled || b.is("recheck welcomes disabled")) {
			if b.is("recheck renames") {
				p.Subject += "x"
			}
			return b.say(p), nil
		}
	}
	return drivers.Identity{}, drivers.ErrRefused
}

func TestAnHonestPasswordDriverPasses(t *testing.T) {
	TestPassword(t, newBook("").fixture())
}

// brokenPasswords is for each rule how a driver may break it.
var brokenPasswords = map[string][]string{
	"the right password proves the person, with an immutable subject":              {"subject is address", "no login", "subject is login"},
	"another login of a person leads to the same subject":                          {"alias is another"},
	"L-15 a password that is not exactly right is ErrCredentials":                  {"trims password", "tells secret", "identity beside error"},
	"an unknown person is ErrCredentials":                                          {"tells unknown"},
	"D-05 an empty password or login is ErrCredentials":                            {"empty opens", "empty panics", "no sentinel", "two sentinels"},
	"D-06 a NUL in login or password is ErrCredentials":                            {"NUL is a reply"},
	"X-03 an over-long login or password is ErrCredentials":                        {"long is refused"},
	"D-02 a login made to be taken for something else proves nobody":               {"patterns", "trims login"},
	"the password of one person opens nobody else's account":                       {"master password"},
	"D-27 what came before changes no answer":                                      {"remembers", "mixes people up"},
	"an identity is a value of its receiver":                                       {"shares"},
	"callers at one moment get each their own answer":                              {"remembers", "mixes people up"},
	"a cancelled context ends the call and blames nobody":                          {"ignores context", "blames on cancel"},
	"D-24 a call to a silent provider ends with its context":                       {"blames on stall"},
	"L-03 a disabled person is ErrRefused, but only with the right password":       {"lets disabled in"},
	"L-18 an unreachable provider is ErrUnavailable for everybody, and comes back": {"down is wrong"},
	"D-05 what no provider need be asked is refused without one":                   {"asks about empty"},
	"a recheck names the same subject":                                             {"recheck renames"},
	"a recheck of somebody gone or disabled is ErrRefused":                         {"recheck welcomes disabled"},
	"a recheck that cannot be made is ErrUnavailable":                              {"recheck down is gone"},
	"D-16 a renamed person keeps the subject":                                      {"keeps old login", "subject is login"},
}

func TestEachPasswordRuleFindsItsFault(t *testing.T) {
	for _, r := range passwordRules() {
		if len(brokenPasswords[r.name]) == 0 {
			t.Errorf("no fault is known for the rule %q", r.name)
		}
		for _, fault := range brokenPasswords[r.name] {
			if err := r.check(t, newBook(fault).fixture()); err == nil {
				t.Errorf("the rule %q did not find the fault %q", r.name, fault)
			}
		}
	}
}

func TestAFixtureChoosesTheRules(t *testing.T) {
	f := newBook("").fixture()
	f = PasswordFixture{Driver: drivers.Driver{Password: f.Driver.Password}, Person: f.Person, Unknown: f.Unknown}
	for _, r := range passwordRules() {
		optional := r.needs != nil
		if optional && r.needs(f) {
			t.Errorf("the rule %q runs with a fixture that has not what it needs", r.name)
		}
	}
}
