package main

import (
	"context"
	"log/slog"

	"github.com/signet-sso/signet/broker"
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
	add("account", e.AccountID)
	add("session", e.SessionID)
	add("provider", e.Provider)
	add("login", e.Login)
	add("client", e.Client.Address)
	add("request", e.Client.RequestID)
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
	case broker.EventReuse, broker.EventProviderDown, broker.EventLoginLocked:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
