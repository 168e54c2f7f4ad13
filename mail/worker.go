package mail

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
)

const (
	// atOnce is how many letters one process sends at the same time.
	atOnce = 4
	// lookEvery is how often a process looks for letters that became due or that
	// others posted.
	lookEvery = time.Second
	// countEvery is how often the letters that wait are counted.
	countEvery = 10 * time.Second
	// lease is how long a claimed letter is hidden from others. It is longer than
	// all that is done with it, sending included.
	lease = 3 * time.Minute
	// whole bounds one try, and grace what is left of it when the process ends.
	whole = 2 * time.Minute
	grace = 10 * time.Second
	// settleLimit bounds the note of what became of a letter.
	settleLimit = 5 * time.Second

	firstPause = 10 * time.Second // after the first try; doubled after each
	longPause  = time.Hour
	patience   = 3 * 24 * time.Hour // then a letter is given up
)

// Config is what a Worker is made of. Every field is needed.
type Config struct {
	Outbox    Outbox
	Sender    Sender
	Templates *Templates
	Sealer    *token.Sealer
	From      mail.Address // the address as broker.ParseEmail returns it
	Site      string       // the host that people know
	Audit     broker.Auditor
	Log       *slog.Logger
	Now       func() time.Time
	Random    io.Reader // spreads the pauses
}

// Worker sends letters. Any number of them may share an outbox.
type Worker struct {
	Config
	mood  mood
	stats counters
}

// counters are what a worker counts.
type counters struct {
	sent, again, givenUp atomic.Int64
	waiting              atomic.Int64
	oldest               atomic.Int64 // milliseconds UTC, 0 for none
}

// Stats are the numbers of a worker since its start, but for Waiting and Oldest,
// which are those of the outbox a few seconds ago.
type Stats struct {
	Sent    int64
	Again   int64 // tries that did not succeed and are repeated
	GivenUp int64
	Waiting int64
	Oldest  time.Duration // the age of the letter that waits longest
}

// NewWorker returns a worker over c. It does nothing until [Worker.Run].
func NewWorker(c Config) (*Worker, error) {
	if plain, ok := broker.ParseEmail(c.From.Address); !ok || plain != c.From.Address || !ascii(plain) {
		return nil, fmt.Errorf("the sender's address %q is not a plain one", c.From.Address)
	}
	return &Worker{Config: c, mood: mood{log: c.Log, audit: c.Audit}}, nil
}

// Stats returns the numbers of this moment.
func (w *Worker) Stats() Stats {
	s := Stats{
		Sent: w.stats.sent.Load(), Again: w.stats.again.Load(), GivenUp: w.stats.givenUp.Load(), Waiting: w.stats.waiting.Load(),
	}
	if since := w.stats.oldest.Load(); since > 0 {
		s.Oldest = max(0, w.Now().Sub(time.UnixMilli(since)))
	}
	return s
}

// Run sends letters until ctx ends. Then it lets those that are on their way
// arrive, for ten seconds; what has not arrived by then is tried again by
// whoever runs next.
func (w *Worker) Run(ctx context.Context) {
	look, count := time.NewTicker(lookEvery), time.NewTicker(countEvery)
	defer look.Stop()
	defer count.Stop()
	var busy sync.WaitGroup
	defer busy.Wait()
	slots := make(chan struct{}, atOnce)
	more := make(chan struct{}, 1)
	w.count(ctx)
	for {
		w.fill(ctx, &busy, slots, more)
		select {
		case <-ctx.Done():
			return
		case <-count.C:
			w.count(ctx)
		case <-look.C:
		case <-w.Outbox.Posted():
		case <-more:
		}
	}
}

// fill claims as many letters as there are free slots and starts to send them.
// more has a value after each, since a slot is free then.
func (w *Worker) fill(ctx context.Context, busy *sync.WaitGroup, slots, more chan struct{}) {
	free := cap(slots) - len(slots)
	if free == 0 || ctx.Err() != nil {
		return
	}
	posts, err := w.Outbox.Claim(ctx, w.Now(), lease, free)
	w.mood.store(ctx, err)
	for _, p := range posts {
		slots <- struct{}{}
		busy.Go(func() {
			w.handle(ctx, p)
			<-slots
			select {
			case more <- struct{}{}:
			default:
			}
		})
	}
}

func (w *Worker) count(ctx context.Context) {
	waiting, oldest, err := w.Outbox.Backlog(ctx)
	if err != nil {
		return // claiming says what is wrong
	}
	w.stats.waiting.Store(int64(waiting))
	since := int64(0)
	if !oldest.IsZero() {
		since = oldest.UnixMilli()
	}
	w.stats.oldest.Store(since)
}

// handle tries one letter and notes what became of it, even while the process
// ends.
func (w *Worker) handle(ctx context.Context, p broker.Post) {
	trouble := w.attempt(ctx, p)
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
	defer cancel()
	w.mood.store(note, w.settle(note, p, trouble))
}

// attempt tries one letter for as long as a try may take. When ctx ends, that is
// grace at most.
func (w *Worker) attempt(ctx context.Context, p broker.Post) *Trouble {
	try, cancel := context.WithTimeout(context.WithoutCancel(ctx), whole)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		end := time.AfterFunc(grace, cancel)
		context.AfterFunc(try, func() { end.Stop() })
	})
	defer stop()
	return w.send(try, p)
}

// settle notes what became of a letter. A note that fails is made up for when
// the lease is over: the letter is tried again.
func (w *Worker) settle(ctx context.Context, p broker.Post, trouble *Trouble) error {
	w.mood.server(ctx, trouble)
	now := w.Now()
	switch {
	case trouble == nil:
		w.stats.sent.Add(1)
		return w.Outbox.Sent(ctx, p)
	case trouble.Verdict == Never || now.Sub(p.Created) >= patience:
		w.stats.givenUp.Add(1)
		w.Audit.Record(ctx, broker.Event{Name: broker.EventMailFailed, Reason: word(trouble), Err: trouble})
		return w.Outbox.GiveUp(ctx, p, now, trouble.Error())
	}
	w.stats.again.Add(1)
	return w.Outbox.Again(ctx, p, now.Add(w.pause(p.Tries)), trouble.Error())
}

// word is the stable word for an event.
func word(t *Trouble) string {
	if t.Verdict != Never {
		return "too_long"
	}
	if t.Step == StepRecipient || t.Step == StepContent {
		return "recipient_refused"
	}
	return "unusable_letter"
}

// send words a letter and gives it to the sender.
func (w *Worker) send(ctx context.Context, p broker.Post) *Trouble {
	m, trouble := w.word(p)
	if trouble != nil {
		return trouble
	}
	err := w.Sender.Send(ctx, m)
	if err == nil {
		return nil
	}
	t, ok := err.(*Trouble) //nolint:errorlint // a Sender returns nothing else, unwrapped
	if !ok {
		t = &Trouble{Step: StepConnect, Cause: err}
	}
	return t
}

// word opens a letter and puts it into words.
func (w *Worker) word(p broker.Post) (m Message, t *Trouble) {
	l, err := broker.OpenLetter(w.Sealer, p)
	if err != nil {
		return m, &Trouble{Verdict: Never, Step: StepLetter, Cause: err}
	}
	if !l.Expires.IsZero() && !w.Now().Before(l.Expires) {
		return m, &Trouble{Verdict: Never, Step: StepLetter, Cause: errExpired}
	}
	v, err := newView(w.Site, l)
	if err != nil {
		return m, &Trouble{Verdict: Never, Step: StepLetter, Cause: err}
	}
	words, err := w.Templates.Render(l.Kind, v)
	if err != nil {
		// A newer release may have a template for it.
		return m, &Trouble{Verdict: Operator, Step: StepLetter, Cause: err}
	}
	return Message{ID: p.ID, Created: p.Created, From: w.From, To: l.To, Subject: words.Subject, Text: words.Text, HTML: words.HTML}, nil
}

// pause is how long to wait after so many tries, give or take an eighth, so that
// letters that failed together do not come back together.
func (w *Worker) pause(tries int) time.Duration {
	d := longPause
	if n := max(tries, 1) - 1; n < 20 {
		d = min(firstPause<<n, longPause)
	}
	var b [2]byte
	if _, err := io.ReadFull(w.Random, b[:]); err != nil {
		return d
	}
	return d*7/8 + d/4*time.Duration(binary.BigEndian.Uint16(b[:]))/(1<<16)
}
