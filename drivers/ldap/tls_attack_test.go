package ldap_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

// private is plain with StartTLS.
func private(s *ldaptest.Server, ca *parts.Authority) ldap.Config {
	c := plain(s)
	c.Insecure, c.StartTLS, c.CA = false, true, ca.Pool
	return c
}

// isStartTLS selects requests for TLS.
func isStartTLS(p ldaptest.PDU) bool { return p.Op == ldaptest.Extended }

// clearBinds counts binds that crossed in clear text.
func clearBinds(s *ldaptest.Server) int {
	return s.Count(func(p ldaptest.PDU) bool { return p.Op == ldaptest.Bind && !p.TLS })
}

// stripping are answers to StartTLS that leave a connection in clear text.
func stripping(cfg *tls.Config) map[string]ldaptest.Script {
	return map[string]ldaptest.Script{
		"protocolError":   reply(ldaptest.ExtendedResult(2)),
		"unavailable":     reply(ldaptest.ExtendedResult(52)),
		"operationsError": reply(ldaptest.ExtendedResult(1)),
		"referral":        reply(ldaptest.Result(0x78, 10, "", ldaptest.Referral("ldap://127.0.0.2"))),
		"a bind response": reply(ldaptest.BindResult(0, "")),
		"consent, then garbage": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, ldaptest.ExtendedResult(0)))
			buf := make([]byte, 1)
			s.Read(buf) // the client's hello
			s.Send([]byte("\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00garbage garbage"))
		},
		"consent, then the end": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, ldaptest.ExtendedResult(0)))
			s.Close()
		},
		"the end": func(s *ldaptest.Session, _ ldaptest.PDU) { s.Close() },
		"a refusal, and a handshake all the same": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, ldaptest.ExtendedResult(2)))
			if s.Secure(cfg) != nil {
				s.Close()
			}
		},
	}
}

func TestD11_StartTLSCannotBeStripped(t *testing.T) {
	ca := parts.NewAuthority(t)
	h := honest()
	h.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Server(t).TLS}}
	for name, script := range stripping(h.TLS) {
		t.Run("D-11 "+name, func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: except(h, isStartTLS, script)})
			var out logged
			c := private(s, ca)
			c.Logger = out.logger()
			d := open(t, c)
			unavailable(t, d)
			unavailable(t, d)
			wantCount(t, "binds", s.Binds(), 0)
			wantCount(t, "requests besides StartTLS", s.Count(func(p ldaptest.PDU) bool { return !isStartTLS(p) }), 0)
			if !strings.Contains(out.String(), "ldap.tls_failed") {
				t.Errorf("log: got %q, want ldap.tls_failed", out.String())
			}
			s.Do(h.Serve)
			enters(t, d)
			wantCount(t, "binds in clear text", clearBinds(s), 0)
		})
	}
}

func TestD12_WhatComesBehindTheConsentIsNotUsed(t *testing.T) {
	ca := parts.NewAuthority(t)
	h := honest()
	cfg := &tls.Config{Certificates: []tls.Certificate{ca.Server(t).TLS}}
	mallory := ldaptest.Entry{DN: "uid=alice," + parts.PeopleDN, Attributes: []ldaptest.Attribute{
		ldaptest.Has("uid", "alice"), ldaptest.Has("entryUUID", "mallory")}}
	s := ldaptest.Start(t, ldaptest.Options{Script: except(h, isStartTLS, func(s *ldaptest.Session, p ldaptest.PDU) {
		s.Send(ldaptest.Message(p.ID, ldaptest.ExtendedResult(0)),
			ldaptest.Message(1, ldaptest.BindResult(0, "")),
			ldaptest.Message(2, mallory.Encode()), ldaptest.Message(2, ldaptest.Done(0)))
		if s.Secure(cfg) != nil {
			s.Close()
		}
	})})
	unavailable(t, open(t, private(s, ca)))
	wantCount(t, "binds", s.Binds(), 0)
}

func TestD13_ACertificateThatDoesNotFitEndsTheConnection(t *testing.T) {
	ca, other := parts.NewAuthority(t), parts.NewAuthority(t)
	with := func(p parts.Pair) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{p.TLS}} }
	old := with(ca.Server(t))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for name, cfg := range map[string]*tls.Config{
		"another authority": with(other.Server(t)),
		"expired":           with(ca.Server(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })),
		"not yet valid":     with(ca.Server(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })),
		"another host": with(ca.Server(t, func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"ldap.example.org"}, []net.IP{net.IPv4(127, 0, 0, 2)}
		})),
		"no address in it":      with(ca.Server(t, func(c *x509.Certificate) { c.Subject.CommonName, c.IPAddresses = "127.0.0.1", nil })),
		"for clients only":      with(ca.Client(t, "localhost")),
		"TLS older than 1.2":    old,
		"no certificate at all": {},
	} {
		t.Run("D-13 "+name, func(t *testing.T) {
			h := honest()
			h.TLS = cfg
			startTLS := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
			unavailable(t, open(t, private(startTLS, ca)))
			wantCount(t, "binds after StartTLS", startTLS.Binds(), 0)

			ldaps := ldaptest.Start(t, ldaptest.Options{Script: h.Serve, TLS: cfg})
			c := private(ldaps, ca)
			c.URLs, c.StartTLS = []string{ldaps.URLS()}, false
			unavailable(t, open(t, c))
			wantCount(t, "binds over ldaps", ldaps.Binds(), 0)
		})
	}
}

func TestD14_TLS12StaysTheLeastAfterAReload(t *testing.T) {
	ca, next := parts.NewAuthority(t), parts.NewAuthority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	write := func(a *parts.Authority) {
		if err := os.WriteFile(file, a.PEM, 0o600); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	var cfg atomic.Pointer[tls.Config]
	cfg.Store(&tls.Config{Certificates: []tls.Certificate{ca.Server(t).TLS}})
	s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve, TLS: &tls.Config{
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return cfg.Load(), nil }}})
	c := private(s, ca)
	c.URLs, c.StartTLS, c.CA, c.CAFile = []string{s.URLS()}, false, nil, file
	write(ca)
	enters(t, open(t, c))

	write(next)
	renewed := []tls.Certificate{next.Server(t).TLS}
	cfg.Store(&tls.Config{Certificates: renewed, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	binds := s.Binds()
	unavailable(t, open(t, c))
	wantCount(t, "binds over TLS 1.1", s.Binds(), binds)
	cfg.Store(&tls.Config{Certificates: renewed})
	enters(t, open(t, c))
}

func TestAClientCertificateIsShown(t *testing.T) {
	ca := parts.NewAuthority(t)
	cfg := &tls.Config{Certificates: []tls.Certificate{ca.Server(t).TLS}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool}
	h := honest()
	h.TLS = cfg
	s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
	c := private(s, ca)
	unavailable(t, open(t, c))
	pair := ca.Client(t, "signet")
	c.ClientCert = &pair.TLS
	enters(t, open(t, c))
	dir := t.TempDir()
	c.ClientCert, c.ClientCertFile, c.ClientKeyFile = nil, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, pem := range map[string][]byte{c.ClientCertFile: pair.CertPEM, c.ClientKeyFile: pair.KeyPEM} {
		if err := os.WriteFile(file, pem, 0o600); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	enters(t, open(t, c))
}
