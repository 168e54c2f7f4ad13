package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// get calls an address and reads the whole answer.
func get(t *testing.T, c *http.Client, address string) (status int, body string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(b), err
}

// local is a client that may call plain http on this machine.
func local(t *testing.T, change ...func(*Config)) *http.Client {
	t.Helper()
	c := Config{Hosts: []string{"127.0.0.1"}, Plain: true}
	for _, f := range change {
		f(&c)
	}
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestR45Bodies(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(make([]byte, 64<<20)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			_, _ = w.Write(bytes.Repeat([]byte("x"), MaxBody))
		case "/more":
			_, _ = w.Write(bytes.Repeat([]byte("x"), MaxBody+1))
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped.Bytes())
		case "/asked":
			_, _ = io.WriteString(w, r.Header.Get("Accept-Encoding"))
		}
	})
	c := local(t)
	t.Run("R-45 one of just a mebibyte is read", func(t *testing.T) {
		if status, body, err := get(t, c, address+"/exact"); status != 200 || len(body) != MaxBody || err != nil {
			t.Errorf("got %d, %d bytes, %v", status, len(body), err)
		}
	})
	for _, path := range []string{"/more", "/endless", "/bomb"} {
		t.Run("R-45 "+path+" is cut off", func(t *testing.T) {
			if _, body, err := get(t, c, address+path); !errors.Is(err, ErrTooLarge) || len(body) > MaxBody {
				t.Errorf("got %d bytes and %v, want ErrTooLarge", len(body), err)
			}
		})
	}
	t.Run("R-45 we ask for nothing compressed", func(t *testing.T) {
		if _, body, err := get(t, c, address+"/asked"); err != nil || body == "gzip" {
			t.Errorf("got %q, %v", body, err)
		}
	})
}

func TestR47RedirectsAreAnswers(t *testing.T) {
	var followed atomic.Int32
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	c := local(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		address := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, status) })
		if got, _, err := get(t, c, address); got != status || err != nil || followed.Load() != 0 {
			t.Errorf("got %d, %v and %d calls elsewhere, want %d and none", got, err, followed.Load(), status)
		}
	}
}

func TestR48WhoMayBeCalled(t *testing.T) {
	t.Run("R-48 only public addresses, but for the operator's hosts", func(t *testing.T) {
		address := serve(t, func(http.ResponseWriter, *http.Request) {})
		c := local(t, func(c *Config) { c.Hosts = []string{"sso.example.org"} })
		if _, _, err := get(t, c, address); !errors.Is(err, ErrAddress) {
			t.Errorf("got %v, want ErrAddress", err)
		}
	})
	for text, want := range map[string]bool{
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "10.1.2.3": false, "192.168.0.1": false, "172.16.0.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "fe80::1": false, "fc00::1": false, "64:ff9b::7f00:1": false,
		"2002:7f00:1::": false, "2001:db8::1": false, "::": false, "ff02::1": false, "fe80::1%eth0": false,
		"93.184.216.34": true, "2606:2800:220:1::1": true,
	} {
		t.Run("R-48 "+text, func(t *testing.T) {
			if got := Public(netip.MustParseAddr(text)); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	t.Run("R-48 a name that leads inside as well is not called", func(t *testing.T) {
		d := dialer{resolve: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("127.0.0.1")}, nil
		}}
		if _, err := d.dial(t.Context(), "tcp", "example.org:443"); !errors.Is(err, ErrAddress) {
			t.Errorf("got %v, want ErrAddress", err)
		}
	})
	t.Run("R-48 what was looked at is what is called, however the name changes", func(t *testing.T) {
		asked := 0
		d := dialer{resolve: func(context.Context, string, string) ([]netip.Addr, error) {
			if asked++; asked > 1 {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := d.dial(ctx, "tcp", "example.org:443")
		if asked != 1 || !errors.Is(err, context.Canceled) {
			t.Errorf("it was asked %d times, %v", asked, err)
		}
	})
	t.Run("plain http needs the operator's word", func(t *testing.T) {
		address := serve(t, func(http.ResponseWriter, *http.Request) {})
		c := local(t, func(c *Config) { c.Plain = false })
		if _, _, err := get(t, c, address); !errors.Is(err, ErrPlain) {
			t.Errorf("got %v, want ErrPlain", err)
		}
		if _, _, err := get(t, local(t), "file:///etc/passwd"); !errors.Is(err, ErrPlain) {
			t.Errorf("file: got %v, want ErrPlain", err)
		}
	})
}

func TestDeadlineAndSlots(t *testing.T) {
	t.Run("a provider that says nothing is given up", func(t *testing.T) {
		hold := make(chan struct{})
		address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-hold:
			case <-r.Context().Done():
			}
		})
		defer close(hold)
		c := local(t, func(c *Config) { c.Timeout = 50 * time.Millisecond })
		_, _, err := get(t, c, address)
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("got %v, want a timeout", err)
		}
	})
	t.Run("no more calls at once than there are slots, and each gives its own back", func(t *testing.T) {
		var now, most atomic.Int32
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			for range 1000 {
				runtime.Gosched()
			}
			now.Add(-1)
			_, _ = io.WriteString(w, strings.Repeat("x", 10))
		})
		c := local(t, func(c *Config) { c.Calls = 2 })
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if _, _, err := get(t, c, address); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if most.Load() > 2 {
			t.Errorf("%d calls ran at once, want at most 2", most.Load())
		}
	})
}

func TestCAFile(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("the provider's certificate is checked against it", func(t *testing.T) {
		if status, _, err := get(t, local(t, func(c *Config) { c.CAFile = file }), s.URL); status != 200 {
			t.Errorf("got %d, %v", status, err)
		}
		if _, _, err := get(t, local(t), s.URL); err == nil {
			t.Error("without it the certificate was believed")
		}
	})
	for name, content := range map[string]string{"one that is no PEM": "x", "one that is not there": ""} {
		t.Run(name+" is an error at the start", func(t *testing.T) {
			other := filepath.Join(t.TempDir(), "other.pem")
			if content != "" {
				if err := os.WriteFile(other, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := New(Config{CAFile: other}); err == nil || !strings.Contains(err.Error(), "CA file") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestHostsAreComparedWithoutCase(t *testing.T) {
	address := serve(t, func(http.ResponseWriter, *http.Request) {})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c := local(t, func(c *Config) { c.Hosts = []string{"LOCALHOST"} })
	if status, _, err := get(t, c, "http://localhost:"+u.Port()); status != 200 {
		t.Errorf("got %d, %v", status, err)
	}
}
