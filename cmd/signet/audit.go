package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
)

// auditLog writes the audit record as structured log lines, message "audit".
// The handler escapes what a stranger typed.
type auditLog struct {
	log  *slog.Logger
	then []broker.Auditor // told after the line is written
}

// Record implements broker.Auditor.
func (l auditLog) Record(ctx context.Context, e broker.Event) {
	attrs := make([]slog.Attr, 0, 10)
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("event", e.Name)
	add("reason", e.Reason)
	add("actor", e.Actor)
	add("account", e.AccountID)
	add("session", e.SessionID)
	add("provider", e.Provider)
	add("login", e.Login)
	add("client", e.Client.Address)
	add("request", e.Client.RequestID)
	if len(e.Changes) > 0 {
		add("changes", changesOf(e.Changes))
	}
	if e.Err != nil {
		add("detail", e.Err.Error())
	}
	l.log.LogAttrs(ctx, auditLevel(e.Name), "audit", attrs...)
	for _, a := range l.then {
		a.Record(ctx, e)
	}
}

// auditLevel lets an operator alert on what should not happen.
func auditLevel(event string) slog.Level {
	switch event {
	case broker.EventReuse, broker.EventProviderDown, broker.EventLoginLocked, broker.EventMailTLS, broker.EventMailFailed:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// record is the audit of a command: whole lines with --verbose, else the one
// short line that done prints. Nobody else keeps it, so there is always one.
func (p *program) record(format config.Log) (l auditLog, done func()) {
	if p.verbose {
		return auditLog{log: auditLogger(format, p.err)}, func() {}
	}
	n := &notes{}
	return auditLog{log: slog.New(slog.DiscardHandler), then: []broker.Auditor{n}}, func() {
		if line := n.line(); line != "" {
			fmt.Fprintln(p.err, line)
		}
	}
}

// notes are the events of one command.
type notes struct {
	mu   sync.Mutex
	said []string
	who  string // the account that they are about
}

// Record implements broker.Auditor.
func (n *notes) Record(_ context.Context, e broker.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = append(n.said, strings.TrimSpace(e.Name+" "+e.Reason))
	n.who = e.AccountID
}

// line is all of them on one line, empty without any.
func (n *notes) line() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.said) == 0 {
		return ""
	}
	line := "audit: " + strings.Join(inRuns(n.said), ", ")
	if n.who != "" {
		line += " (account " + n.who + ")"
	}
	return line
}

// inRuns counts what is said several times in a row, as an import does.
func inRuns(said []string) (out []string) {
	for len(said) > 0 {
		n := 1
		for n < len(said) && said[n] == said[0] {
			n++
		}
		word := said[0]
		if n > 1 {
			word += fmt.Sprintf(" (%d times)", n)
		}
		out, said = append(out, word), said[n:]
	}
	return out
}

// verbosely gives a command, and those below it, the flag for the whole record.
func (p *program) verbosely(c *cobra.Command) *cobra.Command {
	c.PersistentFlags().BoolVar(&p.verbose, "verbose", false, "print the audit record of what is done whole")
	return c
}
