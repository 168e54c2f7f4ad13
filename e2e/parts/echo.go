package parts

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Heard is a request as an application got it.
type Heard struct {
	Method string      `json:"method"`
	Target string      `json:"target"` // path and query as they came
	Host   string      `json:"host"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

// Application is an application behind a proxy: it answers with what it heard.
type Application struct {
	URL string // without a slash at its end

	mu    sync.Mutex
	heard []Heard
}

// Echo starts an application that answers every request with 200 and what it
// heard of it, as JSON, and takes every upgrade to a web socket, on which it
// sends back what it gets. ?status=NNN is answered with that status. It ends with
// the test.
func Echo(t testing.TB) *Application {
	t.Helper()
	a := new(Application)
	s := httptest.NewServer(a)
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	a.URL = s.URL
	return a
}

// Heard returns what it has heard since the last call.
func (a *Application) Heard() []Heard {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.heard
	a.heard = nil
	return all
}

// ServeHTTP implements http.Handler.
func (a *Application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h := Heard{r.Method, r.RequestURI, r.Host, r.Header, string(body)}
	a.mu.Lock()
	a.heard = append(a.heard, h)
	a.mu.Unlock()
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade") {
		echoBytes(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	http.SetCookie(w, &http.Cookie{Name: "application", Value: "its-own"})
	switch r.URL.Query().Get("status") {
	case "401":
		w.WriteHeader(http.StatusUnauthorized)
	case "403":
		w.WriteHeader(http.StatusForbidden)
	case "500":
		w.WriteHeader(http.StatusInternalServerError)
	}
	_ = json.NewEncoder(w).Encode(h) // who has gone away needs no answer
}

// echoBytes switches protocols and sends back what comes, without looking at it.
func echoBytes(w http.ResponseWriter) {
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = both.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_ = both.Flush()
	_, _ = io.Copy(conn, both.Reader) // until the other side closes
}
