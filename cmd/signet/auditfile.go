package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/signet-sso/signet/broker"
)

// entryLine is an event as one JSON object a line: in audit.file, and from
// signet audit. The names are stable; more may come.
type entryLine struct {
	Time      time.Time       `json:"time"`
	Event     string          `json:"event"`
	Outcome   broker.Outcome  `json:"outcome"`
	Reason    string          `json:"reason"`
	Actor     string          `json:"actor"`
	Account   string          `json:"account"`
	Session   string          `json:"session"`
	Provider  string          `json:"provider"`
	Login     string          `json:"login"`
	Address   string          `json:"address"`
	UserAgent string          `json:"user_agent"`
	RequestID string          `json:"request_id"`
	Changes   []broker.Change `json:"changes"`
}

func lineOf(e broker.Event, at time.Time) entryLine {
	return entryLine{
		Time: at.UTC(), Event: e.Name, Outcome: e.Outcome(), Reason: e.Reason, Actor: e.Actor, Account: e.AccountID,
		Session: e.SessionID, Provider: e.Provider, Login: e.Login, Address: e.Client.Address, UserAgent: e.Client.UserAgent,
		RequestID: e.Client.RequestID, Changes: append([]broker.Change{}, e.Changes...),
	}
}

// auditFile appends every event to a file, mode 0600, a line each and a write
// each; "-" is standard output. It is safe for concurrent use.
type auditFile struct {
	path string
	log  *slog.Logger

	mu  sync.Mutex
	out io.Writer
	end io.Closer // nil for standard output
}

// openAuditFile opens the configured file; nil for none.
func openAuditFile(path string, stdout io.Writer, log *slog.Logger) (*auditFile, error) {
	if path == "" {
		return nil, nil
	}
	f := &auditFile{path: path, log: log, out: stdout}
	if path == "-" {
		return f, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return f, f.reopen()
}

// reopen opens the file anew, after somebody has moved it away.
func (f *auditFile) reopen() error {
	if f == nil || f.path == "-" {
		return nil
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.end
	f.out, f.end = file, file
	if old != nil {
		return old.Close()
	}
	return nil
}

// Record implements broker.Auditor.
func (f *auditFile) Record(ctx context.Context, e broker.Event) {
	line, err := json.Marshal(lineOf(e, time.Now()))
	if err == nil {
		f.mu.Lock()
		_, err = f.out.Write(append(line, '\n'))
		f.mu.Unlock()
	}
	if err != nil {
		f.log.ErrorContext(ctx, "audit.file", "error", err)
	}
}

func (f *auditFile) close() error {
	if f == nil || f.end == nil {
		return nil
	}
	return f.end.Close()
}
