package ldap_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

// hangUps makes a script report each connection that the client ended.
func hangUps(script ldaptest.Script) (ldaptest.Script, <-chan struct{}) {
	ended := make(chan struct{}, 1000)
	return func(s *ldaptest.Session, p ldaptest.PDU) {
		script(s, p)
		s.Wait()
		ended <- struct{}{}
	}, ended
}

// targets are the requests that a bad server may answer badly.
func targets() map[string]func(ldaptest.PDU) bool {
	return map[string]func(ldaptest.PDU) bool{
		"service bind": bindsAs(parts.ReaderDN), "user search": userSearch,
		"person bind": bindsAs(aliceDN), "group search": groupSearch,
	}
}

// malformed are octets that are no LDAP message.
func malformed() map[string][]byte {
	return map[string][]byte{
		"a length of 4 GiB":       []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01},
		"a length of 8 octets":    []byte{0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a length of 126 octets":  append([]byte{0x30, 0xfe}, bytes.Repeat([]byte{0}, 126)...),
		"an indefinite length":    []byte{0x30, 0x80, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 1, 0, 4, 0, 4, 0, 0, 0},
		"another outer element":   []byte{0x31, 0x03, 0x02, 0x01, 0x01},
		"an empty message":        []byte{0x30, 0x00},
		"a negative id":           ldaptest.TLV(0x30, []byte{0x02, 0x01, 0xff}, ldaptest.BindResult(0, "")),
		"an id without octets":    ldaptest.TLV(0x30, []byte{0x02, 0x00}, ldaptest.BindResult(0, "")),
		"a huge id":               ldaptest.TLV(0x30, append([]byte{0x02, 0x10}, bytes.Repeat([]byte{0x7f}, 16)...), ldaptest.BindResult(0, "")),
		"10,000 nested sequences": ldaptest.Message(1, nested(10000, 0x61)),
		"garbage":                 bytes.Repeat([]byte("garbage"), 100),
	}
}

// nested are n sequences in one another, inside an element.
func nested(n int, tag byte) []byte {
	deep := []byte{}
	for range n {
		deep = ldaptest.TLV(0x30, deep)
	}
	return ldaptest.TLV(tag, deep)
}

// misplaced are operations that answer nothing that was asked.
func misplaced() map[string][]byte {
	return map[string][]byte{
		"10,000 nested in an entry":      nested(10000, 0x64),
		"an extended answer":             ldaptest.ExtendedResult(0),
		"a negative result":              ldaptest.Result(0x61, 0xff, ""),
		"an add response":                ldaptest.Result(0x69, 0, ""),
		"a request":                      ldaptest.TLV(0x60, ldaptest.Int(3)),
		"a long tag":                     []byte{0x7f, 0x81, 0x01, 0x00},
		"an entry without attributes":    ldaptest.TLV(0x64, ldaptest.Str(aliceDN)),
		"an entry with a set for a name": ldaptest.TLV(0x64, ldaptest.TLV(0x31), ldaptest.TLV(0x30)),
		"values that are numbers":        ldaptest.TLV(0x64, ldaptest.Str(aliceDN), ldaptest.TLV(0x30, ldaptest.TLV(0x30, ldaptest.Str("uid"), ldaptest.TLV(0x31, ldaptest.Int(1))))),
	}
}

func TestD26_MalformedAnswersDropTheConnection(t *testing.T) {
	h := honest()
	scripts := map[string]ldaptest.Script{
		"an indefinite length inside": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.TLV(0x30, ldaptest.Int(p.ID), []byte{0x61, 0x80, 0x0a, 1, 0, 4, 0, 4, 0, 0, 0}))
		},
		"the answer to another request": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID+1, ldaptest.BindResult(0, "")))
		},
		"a control that is none": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, ldaptest.BindResult(0, ""), []byte{0x04, 0x00}))
		},
		"a bind's success for a search, a search's for a bind": func(s *ldaptest.Session, p ldaptest.PDU) {
			if isSearch(p) {
				s.Send(ldaptest.Message(p.ID, ldaptest.BindResult(0, "")))
				return
			}
			s.Send(ldaptest.Message(p.ID, ldaptest.Done(0)))
		},
	}
	for name, octets := range malformed() {
		scripts[name] = func(s *ldaptest.Session, _ ldaptest.PDU) { s.Send(octets) }
	}
	for name, op := range misplaced() {
		scripts[name] = reply(op)
	}
	for name, script := range scripts {
		for request, which := range targets() {
			t.Run("D-26 "+name+" in answer to the "+request, func(t *testing.T) {
				bad, ended := hangUps(script)
				s := ldaptest.Start(t, ldaptest.Options{Script: except(h, which, bad)})
				d := open(t, plain(s))
				unavailable(t, d)
				<-ended
				s.Do(h.Serve)
				enters(t, d)
			})
		}
	}
}

func TestD26_GoodbyeAndTruncation(t *testing.T) {
	h := honest()
	t.Run("D-26 a Notice of Disconnection on a new connection", func(t *testing.T) {
		bye, ended := hangUps(func(s *ldaptest.Session, _ ldaptest.PDU) { s.Send(ldaptest.Goodbye()) })
		s := ldaptest.Start(t, ldaptest.Options{Script: except(h, bindsAs(aliceDN), bye)})
		unavailable(t, open(t, plain(s)))
		<-ended
	})
	t.Run("D-26 a Notice of Disconnection on a kept connection costs nobody a login", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
		d := open(t, plain(s))
		enters(t, d)
		s.Do(func(s *ldaptest.Session, p ldaptest.PDU) {
			if p.Conn <= 2 {
				s.Send(ldaptest.Goodbye())
				s.Wait()
				return
			}
			h.Serve(s, p)
		})
		enters(t, d)
	})
	full := map[string][]byte{
		"person bind":  ldaptest.Message(1, ldaptest.BindResult(0, "fine")),
		"user search":  slices.Concat(ldaptest.Message(2, h.People[1].Encode()), ldaptest.Message(2, ldaptest.Done(0))),
		"group search": slices.Concat(ldaptest.Message(3, h.Groups[0].Encode()), ldaptest.Message(3, ldaptest.Done(0))),
	}
	for request, octets := range full {
		t.Run("D-26 the answer to the "+request+", cut short at each octet", func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{})
			for k := range octets {
				s.Do(except(h, targets()[request], func(s *ldaptest.Session, _ ldaptest.PDU) {
					s.Send(octets[:k])
					s.Close()
				}))
				unavailable(t, open(t, plain(s)))
			}
			s.Do(h.Serve)
			enters(t, open(t, plain(s)))
		})
	}
}

func TestD24_ASilentServerIsGivenUp(t *testing.T) {
	h := honest()
	for request, which := range targets() {
		t.Run("D-24 silence after the "+request, func(t *testing.T) {
			silent, ended := hangUps(func(*ldaptest.Session, ldaptest.PDU) {})
			s := ldaptest.Start(t, ldaptest.Options{Script: except(h, which, silent)})
			d := open(t, impatient(plain(s)))
			unavailable(t, d)
			<-ended
			s.Do(h.Serve)
			enters(t, d)
		})
	}
	t.Run("D-24 silence instead of a handshake", func(t *testing.T) {
		ca := parts.NewAuthority(t)
		ended := make(chan struct{}, 1)
		s := ldaptest.Start(t, ldaptest.Options{Greet: func(s *ldaptest.Session) bool {
			s.Wait()
			ended <- struct{}{}
			return false
		}})
		for _, url := range []string{"ldap://" + s.Addr, "ldaps://" + s.Addr} {
			c := impatient(private(s, ca))
			c.URLs, c.StartTLS = []string{url}, url[:5] == "ldap:"
			unavailable(t, open(t, c))
			<-ended
		}
	})
}

func TestD25_DripsAndFloodsAreBounded(t *testing.T) {
	h := honest()
	endless := func(op func(i int) []byte) ldaptest.Script {
		return func(s *ldaptest.Session, p ldaptest.PDU) {
			for i := 0; s.Alive(); i++ {
				s.Send(ldaptest.Message(p.ID, op(i)))
			}
		}
	}
	large := ldaptest.Entry{DN: aliceDN, Attributes: []ldaptest.Attribute{ldaptest.Has("x", string(make([]byte, 900<<10)))}}.Encode()
	person := func(i int) []byte { return ldaptest.Entry{DN: fmt.Sprintf("uid=p%d,%s", i, parts.PeopleDN)}.Encode() }
	for name, script := range map[string]ldaptest.Script{
		"endless entries":    endless(person),
		"endless references": endless(func(int) []byte { return ldaptest.Reference("ldap://127.0.0.2") }),
		"endless bytes in few entries": func(s *ldaptest.Session, p ldaptest.PDU) {
			for octets := ldaptest.Message(p.ID, large); s.Alive(); {
				s.Send(octets)
			}
		},
		"an entry of 100 MB": func(s *ldaptest.Session, _ ldaptest.PDU) {
			s.Send([]byte{0x30, 0x84, 0x06, 0x00, 0x00, 0x00, 0x02, 0x01, 0x02, 0x64})
			for chunk := make([]byte, 1<<16); s.Alive(); {
				s.Send(chunk)
			}
		},
	} {
		t.Run("D-25 "+name, func(t *testing.T) {
			for _, which := range []func(ldaptest.PDU) bool{userSearch, groupSearch} {
				flood, ended := hangUps(script)
				s := ldaptest.Start(t, ldaptest.Options{Script: except(h, which, flood)})
				d := open(t, plain(s))
				before := allocated()
				unavailable(t, d)
				if grown := allocated() - before; grown > 32<<20 {
					t.Errorf("memory: got %d MiB allocated on both sides, want at most 32", grown>>20)
				}
				<-ended
			}
		})
	}
	t.Run("D-25 an octet now and then does not keep a request alive", func(t *testing.T) {
		octets := ldaptest.Message(2, ldaptest.Entry{DN: aliceDN, Attributes: []ldaptest.Attribute{ldaptest.Has("x", string(make([]byte, 60000)))}}.Encode())
		drip, ended := hangUps(func(s *ldaptest.Session, _ ldaptest.PDU) {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for _, o := range octets {
				if !s.Alive() {
					return
				}
				s.Send([]byte{o})
				<-tick.C
			}
		})
		s := ldaptest.Start(t, ldaptest.Options{Script: except(h, userSearch, drip)})
		unavailable(t, open(t, impatient(plain(s))))
		<-ended
	})
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestD23_ADirectoryThatIsDown(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	_ = refused.Close()
	for name, url := range map[string]string{
		"connection refused": "ldap://" + refused.Addr().String(),
		"black hole":         "ldap://" + blackHole(t),
		"no such host":       "ldap://ldap.invalid",
	} {
		for way, c := range map[string]ldap.Config{"search": plain(s), "template": alone(s)} {
			t.Run("D-23 "+name+", "+way, func(t *testing.T) {
				c := impatient(c)
				c.URLs = []string{url}
				unavailable(t, open(t, c))
			})
		}
	}
	t.Run("D-23 nothing set means an answer within five seconds", func(t *testing.T) {
		got := ldap.Config{}.WithDefaults().Timeouts
		if got.Total > 5*time.Second || got.Connect > got.Total || got.Request > got.Total || got.Connect <= 0 || got.Request <= 0 {
			t.Errorf("timeouts: got %+v, want at most 5 s in all", got)
		}
	})
}
