package config

import (
	"net/netip"
	"net/url"
	"time"
)

const day = 24 * time.Hour

// defaultSecretFile is where the master secret is kept unless the
// configuration says otherwise; it is made when it is missing.
const defaultSecretFile = "signet-data/secret"

// defaultDatabase is used unless the configuration says otherwise.
const defaultDatabase = "sqlite:signet-data/signet.db"

// defaults is the configuration of an empty file, before paths are resolved
// and what depends on other keys (public_url, issuer, providers) is filled in.
func defaults() *Config {
	return &Config{
		Listen:         "127.0.0.1:8055",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Admin:          Admin{Username: "admin", Email: "admin@example.com"},
		Tokens: Tokens{
			Algorithm: "ES256", Type: "at+jwt", Subject: "id",
			AccessTTL: 15 * time.Minute, RefreshTTL: 7 * day, AbsoluteTTL: 30 * day, SessionTTL: day,
			ReuseGrace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Cookies: Cookies{
			RefreshName: "signet_refresh", SessionName: "signet_session", SameSite: "lax", Secure: "auto",
		},
		Registration: Registration{
			Confirm: true, ConfirmTTL: 2 * day, InviteTTL: 7 * day, UnconfirmedRemoval: 31 * day, Schedule: "0 5 * * *",
		},
		Passwords: Passwords{
			MinLength: 15, MinLengthWithMFA: 8, ResetTTL: 2 * time.Hour,
			Argon2: Argon2{Memory: 19 << 20, Time: 2, Parallelism: 1},
		},
		Lockout: Lockout{Attempts: 10, Window: 15 * time.Minute, Duration: 15 * time.Minute},
		Limits:  Limits{Logins: 120, Window: time.Minute, Mails: 5, MailsPerAddress: 15, MailWindow: 10 * time.Minute},
		Mail:    Mail{Directory: "signet-data/mail"},
		Guard:   Guard{Headers: "remote", User: "username", HeaderBudget: 3 << 10, Login: "redirect"},
		Compat: Compat{
			GraphQL:    true,
			Papermerge: Papermerge{TokenTTL: time.Hour, CookieName: "access_token"},
			Authserver: Authserver{AccessTTL: 15 * time.Minute, RefreshTTL: 3 * time.Hour},
			Ethics:     Ethics{Prefix: "/api/auth", TokenTTL: 2 * time.Hour, MaxTTL: 14 * day, TimeZone: "UTC"},
		},
		Audit: Audit{Retention: 365 * day},
		Log:   Log{Level: "info", Format: "json"},
	}
}

func defaultSMTP() *SMTP { return &SMTP{TLS: "starttls"} }

func defaultProvider() Provider { return Provider{Link: "never", MFA: "optional"} }

func defaultLDAP() *LDAP {
	return &LDAP{
		Groups:   LDAPGroups{Depth: 8},
		Pool:     LDAPPool{Search: 8, Bind: 16, Queue: 256, Idle: 5 * time.Minute},
		Timeouts: LDAPTimeouts{Connect: 2 * time.Second, Request: 3 * time.Second, Total: 5 * time.Second},
	}
}

func defaultOAuth2() *OAuth2 {
	return &OAuth2{Timeout: 10 * time.Second, Guard: Upstream{Cache: 30 * time.Second}}
}

func defaultOpenID() *OpenID {
	return &OpenID{
		Algorithms: []string{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"},
		Timeout:    10 * time.Second,
		Guard:      Upstream{Cache: 30 * time.Second},
	}
}

// publicURL is the address that fits a listen address: a wildcard becomes
// 127.0.0.1.
func publicURL(host, port string) *url.URL {
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "127.0.0.1"
	}
	return &url.URL{Scheme: "http", Host: joinHostPort(host, port)}
}
