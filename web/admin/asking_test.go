package admin_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
)

// ask sends a request with a token and a body, none when they are "".
func (o *office) ask(access, method, path, body string) *httptest.ResponseRecorder {
	var r *http.Request
	if body == "" {
		r = httptest.NewRequest(method, path, nil)
	} else {
		r = httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	return o.do(r)
}

func (o *office) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	return w
}

// want compares a status, and returns the code and reason of an error.
func want(t testing.TB, w *httptest.ResponseRecorder, status int) (code, reason string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("got %d, want %d; body %s", w.Code, status, w.Body)
	}
	var v struct {
		Errors []struct {
			Extensions struct {
				Code   string `json:"code"`
				Reason string `json:"reason"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if w.Code < 400 || json.Unmarshal(w.Body.Bytes(), &v) != nil || len(v.Errors) == 0 {
		return "", ""
	}
	return v.Errors[0].Extensions.Code, v.Errors[0].Extensions.Reason
}

// read takes the data of a good answer apart.
func read[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v struct {
		Data T `json:"data"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return v.Data
}

// names are the events' names and reasons.
func names(events []broker.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Name + ":" + e.Reason
	}
	return out
}

func someEntries() []broker.Entry {
	at := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	return []broker.Entry{
		{ID: "2", At: at, Outcome: broker.Succeeded, Event: broker.Event{
			Name: broker.EventAccountChange, Reason: "edited", Actor: "boss-id", AccountID: "alice-id",
			Client: broker.Client{Address: "192.0.2.7", UserAgent: "curl/8", RequestID: "r2"}, Changes: []broker.Change{{Field: "name", Before: "A", After: "B"}},
		}},
		{ID: "1", At: at.Add(-time.Minute), Outcome: broker.Failed, Event: broker.Event{
			Name: broker.EventLoginFailure, Reason: "wrong_password", Login: "=cmd|' /C calc'!A0",
		}},
	}
}

// letters takes the letters that wait, as who opens them.
func (o *office) letters(t testing.TB) (out []broker.Letter) {
	t.Helper()
	rows, err := o.raw.QueryContext(t.Context(), `DELETE FROM outbox RETURNING id, sealed`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p broker.Post
		if err := rows.Scan(&p.ID, &p.Sealed); err != nil {
			t.Fatal(err)
		}
		l, err := broker.OpenLetter(o.sealer, p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b broker.Letter) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return out
}
