package attack

import (
	"io"
	"net"
	"testing"
	"time"
)

// A set-up that goes on waiting keeps nobody: what it has said by then counts,
// and silence is not taken for a refusal.
func TestSilence(t *testing.T) {
	for _, c := range []struct {
		name, says string
		answers    int
		silent     bool
		want       Verdict
	}{
		{"nothing at all is not seen", "", 0, true, NotSeen},
		{"one answer, and then nothing, is one answer", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", 1, false, Held},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := listen(t)
			defer l.Close()
			go func() {
				if conn, err := l.Accept(); err == nil {
					_, _ = io.WriteString(conn, c.says)
					_, _ = io.Copy(io.Discard, conn)
					_ = conn.Close()
				}
			}()
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if c.answers == 0 {
				_ = conn.SetDeadline(time.Unix(1, 0))
			}
			got := (&line{quiet: time.Millisecond}).read(conn, request{method: "GET", hold: true})
			if len(got.answers) != c.answers || got.silent != c.silent {
				t.Fatalf("got %d answers and silence %t, want %d and %t", len(got.answers), got.silent, c.answers, c.silent)
			}
			if v, told := shut(&scene{}, got); v != c.want {
				t.Errorf("got %s %q, want %s", v, told, c.want)
			}
		})
	}
}
