package mail

import (
	"context"
	"fmt"
	"io"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
)

// filed is a sender that keeps what it gets, or answers what it is told to.
type filed struct {
	mu       sync.Mutex
	messages []Message
	answer   func(Message) error
	hold     func(context.Context) // before each answer
	running  int
	most     int // how many at once
}

func (f *filed) Send(ctx context.Context, m Message) error {
	f.mu.Lock()
	f.running++
	f.most = max(f.most, f.running)
	f.mu.Unlock()
	if f.hold != nil {
		f.hold(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	if ctx.Err() != nil {
		return &Trouble{Step: StepContent, Cause: ctx.Err()}
	}
	if f.answer != nil {
		if err := f.answer(m); err != nil {
			return err
		}
	}
	f.messages = append(f.messages, m)
	return nil
}

func fails(t *Trouble) func(Message) error { return func(Message) error { return t } }

var refused = &Trouble{Verdict: Never, Step: StepRecipient, Cause: &textproto.Error{Code: 550, Msg: "5.1.1 <alice@example.com> unknown"}}

func TestWorker(t *testing.T) {
	t.Run("a letter that is sent is gone", func(t *testing.T) {
		f := &filed{}
		o := newOffice(t, f)
		o.post(letterTo("alice@example.com"))
		o.pass()
		if len(o.outbox.all()) != 0 || len(f.messages) != 1 || f.messages[0].To != "alice@example.com" || !strings.Contains(f.messages[0].Text, link) || o.Stats().Sent != 1 {
			t.Errorf("got %+v", f.messages)
		}
	})
	t.Run("the pauses grow from ten seconds to an hour, and after three days it is given up", func(t *testing.T) {
		o := newOffice(t, &filed{answer: fails(&Trouble{Step: StepConnect, Cause: io.EOF})})
		o.post(letterTo("alice@example.com"))
		for id := range o.outbox.letters {
			l := letterTo("alice@example.com")
			l.Expires = time.Time{}
			var err error
			if o.outbox.letters[id].Sealed, err = broker.SealLetter(o.Sealer, id, l); err != nil {
				t.Fatal(err)
			}
		}
		want := firstPause
		for {
			before := o.now
			o.pass()
			l := o.outbox.all()[0]
			if l.givenUp {
				break
			}
			if pause := l.due.Sub(before); pause < want*7/8 || pause > want*9/8 {
				t.Fatalf("try %d: a pause of %v, want about %v", l.Tries, pause, want)
			}
			want = min(2*want, time.Hour)
			o.now = l.due
		}
		l := o.outbox.all()[0]
		if age := o.now.Sub(start); age < patience || age > patience+2*time.Hour || l.reason != "connect: the server hung up" {
			t.Errorf("given up after %v: %q", age, l.reason)
		}
		if e := o.audit.named(broker.EventMailFailed); len(e) != 1 || e[0].Reason != "too_long" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("the pauses of letters that failed together differ", func(t *testing.T) {
		o := newOffice(t, &filed{answer: fails(&Trouble{Step: StepConnect, Cause: io.EOF})})
		for range 20 {
			o.post(letterTo("alice@example.com"))
		}
		o.pass()
		different := map[time.Time]bool{}
		for _, l := range o.outbox.all() {
			different[l.due] = true
		}
		if len(different) < 15 {
			t.Errorf("got %d times for 20 letters", len(different))
		}
	})
	for name, c := range map[string]struct {
		change       func(o *office, l *broker.Letter)
		answer       *Trouble
		event, cause string
	}{
		"the recipient is refused":       {answer: refused, event: "recipient_refused", cause: "recipient: the server said 550 5.1.1"},
		"its link has expired":           {change: func(o *office, _ *broker.Letter) { o.now = start.Add(2 * time.Hour) }, event: "unusable_letter", cause: "letter: its link does not work any more"},
		"its link is not for a browser":  {change: func(_ *office, l *broker.Letter) { l.Link = "javascript:alert(1)" }, event: "unusable_letter", cause: `letter: the link of the letter "reset" is not for a browser`},
		"it was sealed with another key": {change: func(o *office, _ *broker.Letter) { o.Sealer = otherSealer(o.t) }, event: "unusable_letter", cause: "letter: open letter: sealed value does not open"},
	} {
		t.Run("a letter is given up at once when "+name, func(t *testing.T) {
			f := &filed{}
			if c.answer != nil {
				f.answer = fails(c.answer)
			}
			o := newOffice(t, f)
			l := letterTo("alice@example.com")
			posted := o.Sealer
			if c.change != nil {
				c.change(o, &l)
			}
			late := o.now
			sealing := o.Sealer
			o.now, o.Sealer = start, posted
			o.post(l)
			o.now, o.Sealer = late, sealing
			o.pass()
			got := o.outbox.all()
			if len(got) != 1 || !got[0].givenUp || got[0].reason != c.cause || len(f.messages) != 0 || o.Stats().GivenUp != 1 {
				t.Errorf("got %+v", got)
			}
			if e := o.audit.named(broker.EventMailFailed); len(e) != 1 || e[0].Reason != c.event {
				t.Errorf("got %+v", e)
			}
		})
	}
	t.Run("a letter of a kind that only a newer release knows waits for it", func(t *testing.T) {
		o := newOffice(t, &filed{})
		l := letterTo("alice@example.com")
		l.Kind = "future"
		o.post(l)
		o.pass()
		if got := o.outbox.all(); len(got) != 1 || got[0].givenUp || got[0].reason != `letter: no template for the letter "future"` {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a sender's address with anything but an address is refused", func(t *testing.T) {
		for _, from := range []string{"", "sso", `"a> b"@example.org`, "sso@example.org\r\nX: y", "sso@EXAMPLE.org", "ssö@example.org"} {
			c := newOffice(t, &filed{}).Config
			c.From.Address = from
			if _, err := NewWorker(c); err == nil {
				t.Errorf("%q: got no error", from)
			}
		}
	})
	t.Run("it counts what waits", func(t *testing.T) {
		o := newOffice(t, &filed{answer: fails(refused)})
		o.post(letterTo("alice@example.com"))
		o.pass()
		o.post(letterTo("bob@example.com"), letterTo("carol@example.com"))
		o.now = start.Add(time.Minute)
		o.count(t.Context())
		if s := o.Stats(); s.Waiting != 2 || s.Oldest != time.Minute || s.GivenUp != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

func otherSealer(t testing.TB) *token.Sealer {
	t.Helper()
	s, err := token.NewSealer([]byte("another9Vn3xLr5TtW0yKd7HbC4mPjS6gFaUe1"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRun(t *testing.T) {
	// running has a worker run in a bubble where time is ours.
	running := func(t *testing.T, f *filed, do func(o *office, end func())) {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t, f)
			o.Now = time.Now
			o.now = time.Now()
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan struct{})
			go func() { o.Run(ctx); close(over) }()
			end := func() { cancel(); <-over }
			defer end()
			synctest.Wait()
			do(o, end)
		})
	}
	fresh := func(o *office, to string) broker.Letter {
		l := letterTo(to)
		l.At, l.Expires = o.now, o.now.Add(24*time.Hour)
		return l
	}
	t.Run("a letter that is posted here leaves at once", func(t *testing.T) {
		f := &filed{}
		running(t, f, func(o *office, _ func()) {
			o.post(fresh(o, "alice@example.com"))
			synctest.Wait()
			if len(f.messages) != 1 {
				t.Errorf("%d letters left", len(f.messages))
			}
		})
	})
	t.Run("one that another replica posted leaves within a second", func(t *testing.T) {
		f := &filed{}
		running(t, f, func(o *office, _ func()) {
			o.post(fresh(o, "alice@example.com"))
			select {
			case <-o.outbox.posted: // nobody here is told
			default:
			}
			time.Sleep(lookEvery)
			synctest.Wait()
			if len(f.messages) != 1 {
				t.Errorf("%d letters left", len(f.messages))
			}
		})
	})
	t.Run("no more than four leave at once, and the next follows at once", func(t *testing.T) {
		f := &filed{hold: func(context.Context) { time.Sleep(10 * time.Millisecond) }}
		running(t, f, func(o *office, _ func()) {
			o.outbox.mu.Lock()
			for i := range 20 {
				o.post(fresh(o, fmt.Sprintf("person%d@example.com", i)))
			}
			o.outbox.mu.Unlock()
			time.Sleep(51 * time.Millisecond)
			synctest.Wait()
			if f.most != 4 || len(f.messages) != 20 {
				t.Errorf("%d at once, %d in all", f.most, len(f.messages))
			}
		})
	})
	t.Run("a letter on its way arrives though the process ends", func(t *testing.T) {
		f := &filed{hold: func(context.Context) { time.Sleep(grace - time.Second) }}
		running(t, f, func(o *office, end func()) {
			o.post(fresh(o, "alice@example.com"))
			synctest.Wait()
			end()
			if len(f.messages) != 1 || len(o.outbox.all()) != 0 {
				t.Errorf("%d letters left, %+v wait", len(f.messages), o.outbox.all())
			}
		})
	})
	t.Run("one that does not arrive in time is tried again by the next", func(t *testing.T) {
		f := &filed{hold: func(ctx context.Context) { <-ctx.Done() }}
		running(t, f, func(o *office, end func()) {
			o.post(fresh(o, "alice@example.com"))
			synctest.Wait()
			before := time.Now()
			end()
			if took := time.Since(before); took != grace {
				t.Errorf("it took %v", took)
			}
			if got := o.outbox.all(); len(got) != 1 || got[0].givenUp || time.Until(got[0].due) > 2*firstPause {
				t.Errorf("got %+v", got)
			}
		})
	})
	t.Run("no try outlives the lease", func(t *testing.T) {
		f := &filed{hold: func(ctx context.Context) { <-ctx.Done() }}
		running(t, f, func(o *office, _ func()) {
			o.post(fresh(o, "alice@example.com"))
			synctest.Wait()
			claimed := o.outbox.all()[0]
			time.Sleep(whole + settleLimit)
			synctest.Wait()
			if got := o.outbox.all()[0]; got.reason == "" || time.Now().After(claimed.due) {
				t.Errorf("at %v: got %+v, claimed until %v", time.Now(), got, claimed.due)
			}
		})
	})
}
