package broker

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"time"
)

// ImporterConfig is what an Importer is made of. All of it is needed but
// DryRun and Invite.
type ImporterConfig struct {
	Store Imports
	// Readable says whether a password hash is one that somebody can sign in
	// with. Its error is shown to the operator and repeats nothing of the hash.
	Readable func(hash string) error
	// Normalise is how user names and addresses are compared.
	Normalise func(string) string
	// Source is what the file is called in the audit record.
	Source string
	Now    func() time.Time
	Random io.Reader // crypto/rand.Reader outside tests
	// DryRun does everything but write.
	DryRun bool
	// Invite sends those who have no password an invitation to choose one.
	Invite bool
}

// Importer brings the people of another system in, batch by batch. It asks no
// permission: its caller did. It remembers which line had which name, eight
// bytes each and the line, and what rows are called: so much memory grows with
// the file. It is for one caller at a time.
type Importer struct {
	ImporterConfig
	broker *Broker
	seed   maphash.Seed
	seen   map[uint64]int // hash of an id, name or identity → the line that has it
	rows   map[int]string // place → what the row is called, of tables
}

// NewImporter returns an Importer into b's accounts. A dry run needs no broker.
func NewImporter(b *Broker, c ImporterConfig) *Importer {
	return &Importer{ImporterConfig: c, broker: b, seed: maphash.MakeSeed(), seen: map[uint64]int{}, rows: map[int]string{}}
}

// Import judges people and adds those who are new, all in one transaction, and
// says what became of each, in their order. On an error nobody was added.
// People who are there already are left as they are, so that a file can be
// imported again after it was cut off. Whoever is added is recorded once for
// the batch, not one by one.
func (m *Importer) Import(ctx context.Context, people []ImportedPerson) ([]ImportResult, error) {
	out := make([]ImportResult, len(people))
	batch, at := make([]Enlistment, 0, len(people)), make([]int, 0, len(people))
	for i, p := range people {
		e, fault, err := m.enlistment(p)
		if err != nil {
			return nil, fmt.Errorf("import %s: %w", p.Where(), err)
		}
		if fault == nil {
			fault = m.duplicate(p, e.Account)
		}
		if fault != nil {
			out[i] = ImportResult{Fate: FateSkipped, ImportFault: *fault}
			continue
		}
		batch, at = append(batch, e), append(at, i)
	}
	if len(batch) == 0 {
		return out, nil
	}
	verdicts, err := m.Store.Import(ctx, batch, m.DryRun)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	lines := make(map[string]string, len(batch)) // account id → line of this batch
	for k, v := range verdicts {
		p := people[at[k]]
		out[at[k]] = result(p, v, lines)
		out[at[k]].NoPassword = batch[k].PasswordHash == ""
		if v.Fate != FateSkipped {
			lines[v.AccountID] = p.Where()
			m.remember(p, batch[k].Account)
		}
	}
	m.record(ctx, people, out)
	return out, nil
}

// result is a store's verdict on somebody in words.
func result(p ImportedPerson, v Verdict, lines map[string]string) ImportResult {
	if v.Fate != FateSkipped {
		return ImportResult{Fate: v.Fate, AccountID: v.AccountID}
	}
	r := ImportResult{Fate: v.Fate}
	line, here := lines[v.AccountID]
	switch {
	case v.AccountID == "":
		r.ImportFault = ImportFault{v.Field, FaultMalformed, "it is too long or cannot be stored"}
	case here:
		r.ImportFault = twice(v.Field, line)
	default:
		r.ImportFault = ImportFault{v.Field, FaultTaken, taken(p, v)}
	}
	return r
}

// taken says what to do about an account that has what somebody brings. Lines
// of a file can be changed; in a table of another system they had better not
// be.
func taken(p ImportedPerson, v Verdict) string {
	account, table := "account "+v.AccountID, p.Row != ""
	switch {
	case v.Field == "identity":
		return account + " is signed in to with it already: merge the two, or unlink it there; see: signet user identities " + v.AccountID
	case v.Field == "number":
		return account + " has this number already: import before any client asks for numbers, or leave it out to have another one given"
	case table:
		return account + " has it already: if nothing needs that account, remove it and import again: signet user delete " + v.AccountID
	case v.Field == "id":
		return "this person is here already, as " + account + ": write that id, or leave it empty"
	}
	return account + " has it already: write that id into the line if it is the same person, else change one of the two; see: signet user show " + v.AccountID
}

func twice(field, line string) ImportFault {
	return ImportFault{field, FaultDuplicate, line + " has it already: leave one of the two out"}
}

// Where names the person's place for an operator.
func (p ImportedPerson) Where() string {
	if p.Row != "" {
		return p.Row
	}
	return "line " + strconv.Itoa(p.Place)
}

// duplicate looks for what an earlier batch had. Who was skipped has nothing.
func (m *Importer) duplicate(p ImportedPerson, a Account) *ImportFault {
	for _, k := range m.keys(p, a) {
		if place, ok := m.seen[k.hash]; ok {
			f := twice(k.field, ImportedPerson{Place: place, Row: m.rows[place]}.Where())
			return &f
		}
	}
	return nil
}

func (m *Importer) remember(p ImportedPerson, a Account) {
	for _, k := range m.keys(p, a) {
		m.seen[k.hash] = p.Place
	}
	if p.Row != "" {
		m.rows[p.Place] = p.Row
	}
}

// importKey is what nobody else in the file may have.
type importKey struct {
	field string
	hash  uint64
}

func (m *Importer) keys(p ImportedPerson, a Account) []importKey {
	var out []importKey
	add := func(field, kind, value string) {
		if value != "" {
			out = append(out, importKey{field, maphash.String(m.seed, kind+value)})
		}
	}
	if p.ID != "" {
		add("id", "id ", a.ID)
	}
	if p.Number != 0 {
		add("number", "number ", strconv.FormatInt(p.Number, 10))
	}
	add("username", "name ", m.Normalise(a.Username))
	add("email", "name ", m.Normalise(a.Email))
	for _, id := range p.Identities {
		add("identity", "identity ", id.Provider+" "+id.Subject)
	}
	return out
}

// record tells of a batch. A record of each person would be as long as the
// file, and say no more than the accounts do.
func (m *Importer) record(ctx context.Context, people []ImportedPerson, out []ImportResult) {
	added := 0
	for _, r := range out {
		if r.Fate == FateAdded {
			added++
		}
	}
	if added == 0 || m.DryRun {
		return
	}
	first, last := people[0], people[len(people)-1]
	lines := fmt.Sprintf("%s:%d-%d", m.Source, first.Place, last.Place)
	if first.Row != "" {
		lines = m.Source + ": " + first.Row + " to " + last.Row
	}
	m.broker.Audit.Record(ctx, Event{
		Name: EventAccountNew, Reason: "import", Actor: ActorOperator,
		Changes: []Change{{Field: "accounts", After: strconv.Itoa(added)}, {Field: "lines", After: lines}},
	})
}
