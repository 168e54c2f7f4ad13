package attack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// echoMark is the field by which answers of Echo are known, and in its bodies
// the first key.
const echoMark = "Signet-Guard-Echo"

// echoed is what Echo answers.
type echoed struct {
	Mark bool `json:"signet_guard_echo"`
	Received
}

// echoIdle is how long Echo waits for bytes of a client.
const echoIdle = 30 * time.Second

// Echo is the application to put behind a set-up while it is attacked: it
// answers every request with what it received, as JSON. It keeps connections
// open, so that what is smuggled through a proxy is answered, and reads as a
// careless application would. It is for attacks only: it shows its client all
// that the proxy adds, an access token for the application included.
//
// It returns nil when ctx ends, or why the listener cannot accept. All
// connections are closed then.
func Echo(ctx context.Context, l net.Listener) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		clients.Go(func() { echo(ctx, conn) })
	}
}

// echo answers one client until it asks to close, or cannot be read.
func echo(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	in := bufio.NewReader(conn)
	for {
		if conn.SetDeadline(time.Now().Add(echoIdle)) != nil {
			return
		}
		m, err := readRequest(in)
		if err != nil {
			return
		}
		if _, err := conn.Write(echoAnswer(m)); err != nil || last(m) {
			return
		}
	}
}

// last reports whether a request asks to close the connection after it.
func last(m Received) bool {
	connection := strings.ToLower(strings.Join(m.Values("Connection"), ","))
	if m.Proto == "HTTP/1.0" {
		return !strings.Contains(connection, "keep-alive")
	}
	return m.Proto != "HTTP/1.1" || strings.Contains(connection, "close")
}

func echoAnswer(m Received) []byte {
	body, err := json.Marshal(echoed{true, m})
	if err != nil {
		panic(fmt.Sprintf("marshal strings: %v", err))
	}
	closing := ""
	if last(m) {
		closing = "Connection: close\r\n"
	}
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n%s: 1\r\nContent-Length: %d\r\n%s\r\n", echoMark, len(body), closing)
	if m.Method == "HEAD" {
		return []byte(head)
	}
	return append([]byte(head), body...)
}
