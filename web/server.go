package web

import (
	"log/slog"
	"net/http"
	"time"
)

// maxHeader is how much of a request's header is read, in bytes; more is 431.
const maxHeader = 32 << 10

// Timeouts bound how long a connection may take, so that a slow one does not
// keep a place for ever.
type Timeouts struct {
	Header time.Duration // to send the header
	Read   time.Duration // to send the whole request
	Write  time.Duration // from the end of the header to the last byte of the answer
	Idle   time.Duration // between requests
}

// DefaultTimeouts leave a phone on a bad line its time and an attacker little.
func DefaultTimeouts() Timeouts {
	return Timeouts{Header: 5 * time.Second, Read: 15 * time.Second, Write: 30 * time.Second, Idle: 60 * time.Second}
}

// Server returns a server for h that is fit for the open Internet. It speaks
// HTTP/1 only: HTTP/2 belongs to the proxy that ends TLS, and in clear it has
// no user. What net/http itself has to say (a malformed request, mostly) is
// logged as a warning. Listening and shutting down are the caller's; connections
// of [Door] are watched besides.
func Server(h http.Handler, log *slog.Logger, t Timeouts) *http.Server {
	var p http.Protocols
	p.SetHTTP1(true)
	return &http.Server{
		Handler:           framing(h),
		ConnContext:       withFramed,
		Protocols:         &p,
		ReadHeaderTimeout: t.Header,
		ReadTimeout:       t.Read,
		WriteTimeout:      t.Write,
		IdleTimeout:       t.Idle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
