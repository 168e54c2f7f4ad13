package e2e

import (
	"database/sql"
	"fmt"
	"net/http"
	netmail "net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // time passes in the database
	_ "modernc.org/sqlite"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/mail/mailtest"
)

// posting is a configuration whose letters go to a mail server.
func posting(s *mailtest.Server) string {
	return fmt.Sprintf("%smail: {from: Signet <sso@example.org>, smtp: {host: localhost, port: %d, ca_file: %s}}\n", accounts, s.Port, s.CAFile)
}

// register has somebody register.
func register(t testing.TB, s *parts.Server, email string) {
	t.Helper()
	if a := post(t, s.URL+"/auth/register", map[string]string{"email": email, "password": "plum jacket river"}); a.status != http.StatusNoContent {
		t.Fatalf("register %s: got %d %s", email, a.status, a.body)
	}
}

// arrived are how many letters each address has got, and complains about
// letters that are one but have two ids, or the other way round.
func arrived(t testing.TB, s *mailtest.Server) map[string]int {
	t.Helper()
	got, ids := map[string]int{}, map[string]string{}
	for _, l := range s.Letters() {
		m, err := netmail.ReadMessage(strings.NewReader(l.Content))
		if err != nil {
			t.Fatal(err)
		}
		if len(l.To) != 1 || l.To[0] != "TO:"+m.Header.Get("To") {
			t.Errorf("a letter to %s went to %v", m.Header.Get("To"), l.To)
		}
		if to, known := ids[m.Header.Get("Message-Id")]; known && to != l.To[0] {
			t.Errorf("letters to %s and %s have one id", to, l.To[0])
		}
		ids[m.Header.Get("Message-Id")] = l.To[0]
		got[strings.Trim(m.Header.Get("To"), "<>")]++
	}
	return got
}

// TestE06_ALetterGoesProtected is the whole way, from a person's request to a
// mail server that asks for a password.
func TestE06_ALetterGoesProtected(t *testing.T) {
	box := mailtest.Start(t, mailtest.Options{Users: map[string]string{"sso": "a secret of sso"}})
	s := serve(t, posting(box), "SIGNET_MAIL__SMTP__USERNAME=sso", "SIGNET_MAIL__SMTP__PASSWORD=a secret of sso")
	register(t, s, "zoe@example.org")
	box.Await(t, "the letter", func() bool { return len(box.Letters()) == 1 })
	got := box.Letters()[0]
	if !got.TLS || got.User != "sso" || got.From != "FROM:<sso@example.org>" || !strings.Contains(got.Content, s.URL+"/confirm?token=") {
		t.Errorf("got %+v", got)
	}
	for _, c := range box.Transcript() {
		if !c.TLS && c.Verb != "EHLO" && c.Verb != "STARTTLS" {
			t.Errorf("it said %q in clear", c.Line)
		}
	}
	_, rest, _ := strings.Cut(got.Content, "token=")
	for _, secret := range []string{"a secret of sso", rest[:40], "zoe@example.org"} {
		if strings.Contains(s.Stderr()+s.Stdout(), secret) {
			t.Errorf("E-09: %q is in the log", secret)
		}
	}
}

// TestTwoReplicasSendALetterOnce has both send as fast as they can.
func TestTwoReplicasSendALetterOnce(t *testing.T) {
	const people = 40
	box := mailtest.Start(t, mailtest.Options{})
	all := replicas(t, 2, posting(box))
	var done sync.WaitGroup
	for i := range people {
		done.Go(func() { register(t, all[i%2], fmt.Sprintf("person%d@example.org", i)) })
	}
	done.Wait()
	box.Await(t, "all letters", func() bool { return len(box.Letters()) >= people })
	for _, s := range all {
		s.Stop(t) // whatever they still do, they have done it now
	}
	got := arrived(t, box)
	if len(got) != people || len(box.Letters()) != people || box.Sessions() != people {
		t.Errorf("%d people got %d letters over %d connections, want %d of each", len(got), len(box.Letters()), box.Sessions(), people)
	}
}

// TestAReplicaThatDiesLosesNoLetter kills one replica while the mail server
// keeps it waiting; the other sends what it had claimed when its lease is over,
// and not before.
func TestAReplicaThatDiesLosesNoLetter(t *testing.T) {
	onBothEngines(t, func(t *testing.T, env ...string) {
		never := make(chan struct{})
		slow := mailtest.Start(t, mailtest.Options{Script: func(c mailtest.Command) (a mailtest.Answer) {
			if c.Verb == "." {
				a.Wait = never
			}
			return a
		}})
		s := serve(t, posting(slow), env...)
		for i := range 3 {
			register(t, s, fmt.Sprintf("person%d@example.org", i))
		}
		slow.Await(t, "three letters on their way", func() bool { return contents(slow) == 3 })
		s.Kill(t)
		slow.Stop()

		box := mailtest.Start(t, mailtest.Options{After: slow})
		s.Start(t)
		register(t, s, "last@example.org")
		box.Await(t, "a letter of later", func() bool { return len(box.Letters()) == 1 })
		if got := arrived(t, box); got["last@example.org"] != 1 {
			t.Errorf("before the leases are over: got %v", got)
		}
		leasesEnd(t, s, env)
		box.Await(t, "the letters that were on their way", func() bool { return len(box.Letters()) == 4 })
		if got := arrived(t, box); len(got) != 4 {
			t.Errorf("got %v", got)
		}
	})
}

// TestKilledAtAnyMoment: whoever was answered 204 gets the letter, wherever the
// program was when it was killed.
func TestKilledAtAnyMoment(t *testing.T) {
	onBothEngines(t, func(t *testing.T, env ...string) {
		box := mailtest.Start(t, mailtest.Options{})
		s := serve(t, posting(box), env...)
		const rounds = 6
		for round := range rounds {
			for i := range 4 {
				register(t, s, fmt.Sprintf("person%d-%d@example.org", round, i))
			}
			s.Kill(t)
			leasesEnd(t, s, env)
			s.Start(t)
		}
		box.Await(t, "a letter for everybody", func() bool { return len(arrived(t, box)) == 4*rounds })
	})
}

// contents is how many letters a server has heard, whatever it answered.
func contents(s *mailtest.Server) (n int) {
	for _, c := range s.Transcript() {
		if c.Verb == "." {
			n++
		}
	}
	return n
}

// leasesEnd lets the time pass for which a killed process had claimed letters
// and errands.
func leasesEnd(t testing.TB, s *parts.Server, env []string) {
	t.Helper()
	driver, address := "sqlite", "file:"+filepath.Join(s.Dir, "signet-data", "signet.db")+"?_pragma=busy_timeout(10000)"
	for _, v := range env {
		if dsn, ok := strings.CutPrefix(v, "SIGNET_DATABASE="); ok {
			driver, address = "pgx", dsn
		}
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"outbox", "errands"} {
		if _, err := db.ExecContext(t.Context(), "UPDATE "+table+" SET due_at = 1"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAServerThatIsDown is a night: nothing is lost, and the log has one line
// for the evening and one for the morning.
func TestAServerThatIsDown(t *testing.T) {
	evening := mailtest.Start(t, mailtest.Options{})
	evening.Stop()
	s := serve(t, posting(evening))
	const people = 8
	for i := range people {
		register(t, s, fmt.Sprintf("person%d@example.org", i))
	}
	const down, back = `"msg":"letters do not leave; they wait and are tried again"`, `"msg":"letters leave again"`
	eventually(t, "every letter was tried", func() bool {
		list := mailCommand(t, s, "list").Stdout
		return strings.Count(list, "connect: dial") == people && !strings.Contains(list, "being sent")
	})
	box := mailtest.Start(t, mailtest.Options{After: evening})
	if r := mailCommand(t, s, "retry", "--all"); r.Code != 0 || r.Stdout != fmt.Sprintf("letters to try now: %d\n", people) {
		t.Errorf("retry: got %+v", r)
	}
	box.Await(t, "all letters", func() bool { return len(box.Letters()) == people })
	if got := arrived(t, box); len(got) != people {
		t.Errorf("got %v", got)
	}
	eventually(t, "nothing waits", func() bool { return mailCommand(t, s, "list").Stdout == "no letters wait\n" })
	if n, m := strings.Count(s.Stderr(), down), strings.Count(s.Stderr(), back); n != 1 || m != 1 {
		t.Errorf("the log says %d times that letters do not leave and %d times that they do again", n, m)
	}
}

// TestE06_AServerThatIsNotTheOne: a certificate for another host gets neither
// password nor letter, is in the record once, and loses nothing.
func TestE06_AServerThatIsNotTheOne(t *testing.T) {
	other := mailtest.Start(t, mailtest.Options{WrongName: true, Users: map[string]string{"sso": "a secret of sso"}})
	s := serve(t, posting(other), "SIGNET_MAIL__SMTP__USERNAME=sso", "SIGNET_MAIL__SMTP__PASSWORD=a secret of sso")
	for i := range 3 {
		register(t, s, fmt.Sprintf("person%d@example.org", i))
	}
	eventually(t, "every letter was tried", func() bool { return strings.Count(mailCommand(t, s, "list").Stdout, "TLS: ") == 3 })
	if n := strings.Count(s.Stderr(), `"event":"mail.tls_failed"`); n != 1 {
		t.Errorf("the record has %d events, want one", n)
	}
	for _, c := range other.Transcript() {
		if c.Verb != "EHLO" && c.Verb != "STARTTLS" {
			t.Errorf("it said %q", c.Line)
		}
	}
	if len(other.Letters()) != 0 {
		t.Errorf("it got %d letters", len(other.Letters()))
	}
}

// mailCommand runs signet mail beside a server.
func mailCommand(t testing.TB, s *parts.Server, args ...string) parts.Result {
	t.Helper()
	return parts.Run(t, parts.Launch{Args: append([]string{"mail"}, args...), Dir: s.Dir, Env: []string{"SIGNET_SECRET=" + masterKey}})
}
