// Package storetest is the rules of a store as a test suite that every engine
// runs unchanged.
//
// Races have a start barrier and many rounds. Two stores on one database stand
// for two replicas.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

// Database is one fresh and empty database.
type Database struct {
	// Open opens a store on it: another replica at each call. It ends with the
	// test.
	Open func(t testing.TB, o store.Options) *store.DB
	// Try opens a store, closes it and returns what went wrong.
	Try func(t testing.TB, o store.Options) error
	// Raw opens it without a store, for what a store would never do.
	Raw func(t testing.TB) *sql.DB
}

// Run checks an engine. fresh makes a database for each test.
func Run(t *testing.T, fresh func(t testing.TB) Database) {
	t.Helper()
	for name, rules := range map[string]func(*testing.T, Database){
		"accounts":                      accounts,
		"identities":                    identities,
		"saving":                        saving,
		"L-14 names":                    names,
		"attempts":                      attempts,
		"A-10 the last administrator":   lastAdmins,
		"lists of accounts":             listing,
		"searching":                     searching,
		"searching after a change":      reindexing,
		"accounts of older schemas":     filling,
		"groups":                        groups,
		"removing":                      removing,
		"merging":                       merging,
		"undoing a merge":               unmerging,
		"A-07 the first account":        first,
		"B-02 a burst":                  burst,
		"sessions":                      lives,
		"ending":                        ending,
		"rotation":                      rotation,
		"touching":                      touching,
		"T-21 rotation from everywhere": rotationRace,
		"T-24 rotation and revocation":  revocationRace,
		"S-12 start and epoch":          epochRace,
		"S-11 one-time values":          onceRace,
		"directory":                     directory,
		"credentials":                   credentials,
		"signing keys":                  keys,
		"flows":                         flows,
		"browser sessions":              browsers,
		"pruning":                       pruning,
		"S-03 a statement fails":        failures,
		"S-15 migration":                migrations,
		"S-20 hostile rows":             hostile,
		"S-20 impossible rows":          orphans,
		"attempts: windows":             windows,
		"attempts: who is locked":       whoIsLocked,
		"attempts: sign-ins":            spent,
		"attempts of strangers":         strangers,
		"attempts after a renaming":     renamed,
		"T-22 replays":                  replays,
		"rechecks":                      rechecks,
		"what comes with a session":     companions,
		"starting":                      starting,
		"ending all":                    endingAll,
		"changing":                      changing,
		"passwords":                     passwords,
		"saving what is taken":          conflicts,
		"S-11 signing keys":             keyRace,
		"crossing changes":              crossing,
		"T-32 T-34 a dump":              dump,
		"T-40 a reborn account":         reborn,
		"what replicas hear of":         changes,
		"waiting for changes":           awaiting,
		"what providers gave":           upstreams,
		"R-62 ending upstream":          endingUpstream,
		"R-62 a token at two replicas":  spendRace,
		"unlinking":                     unlinking,
		"documents":                     documents,
		"tickets":                       tickets,
		"P-12 a ticket at two replicas": ticketRace,
		"B-14 quotas":                   quotas,
		"second factors":                factors,
		"amendments":                    amendments,
		"errands":                       errands,
		"pending sign-ins":              pendings,
		"jobs":                          jobs,
		"A-11 the record":               trail,
		"the record beside requests":    recorder,
		"letters that wait":             outbox,
		"settling letters":              settling,
		"letters behind given-up ones":  hidden,
		"letters at two replicas":       outboxRace,
		"letters of long ago":           oldLetters,
		"importing":                     importing,
		"who is new in an import":       importJudgement,
		"S-03 an import fails":          importFailures,
		"imports at two replicas":       importRace,
		"numbers":                       numbers,
		"lists by number":               numbered,
		"numbers at two replicas":       numberRace,
	} {
		t.Run(name, func(t *testing.T) { rules(t, fresh(t)) })
	}
}

// start is the moment at which tests begin: whole milliseconds, as stored.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// lockout is what attempts are counted by.
func lockout(attempts int) broker.Lockout {
	return broker.Lockout{Attempts: attempts, Window: 15 * time.Minute, Duration: 10 * time.Minute}
}

// person returns an account of that user name with an address. It is not
// stored.
func person(name string) broker.Account {
	return broker.Account{
		ID: uuid.NewString(), Status: broker.Active, Username: name, Email: name + "@example.org",
		EmailConfirmed: true, Name: strings.ToUpper(name), Epoch: 1, Created: start, Updated: start,
	}
}

// add stores a person with a password and returns the account.
func add(t testing.TB, db *store.DB, name string) broker.Account {
	t.Helper()
	a := person(name)
	if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a, PasswordHash: "hash of " + name}); err != nil {
		t.Fatalf("create %s: %v", name, err)
	}
	return a
}

// session returns a session of an account. It is not stored.
func session(t testing.TB, a broker.Account) sessions.Session {
	t.Helper()
	id, err := sessions.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sessions.Session{
		ID: id, AccountID: a.ID, Provider: broker.LocalRealm, Subject: a.ID, Generation: 1,
		Mode: sessions.ModeJSON, AMR: []string{"pwd", "otp"}, Counted: true,
		AuthTime: start, LastUsed: start, RotatedAt: start, RecheckedAt: start,
		IdleEnds: start.Add(time.Hour), Ends: start.Add(24 * time.Hour),
		Address: "192.0.2.7", UserAgent: "curl/8",
	}
}

// signIn stores a session of an account.
func signIn(t testing.TB, db *store.DB, a broker.Account) sessions.Session {
	t.Helper()
	s := session(t, a)
	if err := db.Sessions().Start(t.Context(), s, a.Epoch); err != nil {
		t.Fatalf("start session: %v", err)
	}
	return s
}

// rotation of a session's generation g at a moment, with a grace of ten
// seconds and a recheck after five minutes.
func use(s sessions.Session, g int64, after time.Duration) sessions.Rotation {
	now := start.Add(after)
	return sessions.Rotation{
		ID: s.ID, Generation: g, Now: now, Grace: 10 * time.Second,
		IdleEnds: now.Add(time.Hour), Recheck: 5 * time.Minute,
	}
}

// together runs f n times at the same moment and returns when all are over.
func together(n int, f func(i int)) {
	var ready, over sync.WaitGroup
	barrier := make(chan struct{})
	for i := range n {
		ready.Add(1)
		over.Go(func() {
			ready.Done()
			<-barrier
			f(i)
		})
	}
	ready.Wait()
	close(barrier)
	over.Wait()
}

// insist repeats a call that took too long, since the machine is busy with other
// tests: how long a call may take is not what races are about.
func insist(f func() error) (err error) {
	for range 30 {
		if err = f(); !errors.Is(err, broker.ErrStoreDown) {
			return err
		}
	}
	return err
}

// exec runs raw SQL.
func exec(t testing.TB, db *sql.DB, text string, values ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, values...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// count asks for a number.
func count(t testing.TB, db *sql.DB, text string, values ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), text, values...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func label(i int) string { return fmt.Sprintf("person%03d", i) }

// save writes an account as it stands in a, and an identity if there is one.
func save(ctx context.Context, db *store.DB, a broker.Account, id *broker.LinkedIdentity) error {
	_, err := db.Accounts().Save(ctx, broker.Revision{
		AccountID: a.ID, Epoch: a.Epoch, Identity: id, Change: func(now *broker.Account) { *now = a },
	})
	return err
}

// edit rewrites an account under its lock.
func edit(ctx context.Context, db *store.DB, id string, f func(*broker.Account) error) (broker.Account, error) {
	return db.Members().Amend(ctx, broker.Amendment{AccountID: id, Now: start, Change: func(a *broker.Account, _ broker.Ticket) (broker.Deed, error) {
		return broker.Deed{}, f(a)
	}})
}
