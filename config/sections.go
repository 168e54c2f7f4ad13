package config

import (
	"log/slog"
	"time"
)

// Mail says how letters leave.
type Mail struct {
	// From is the sender, such as "Signet <sso@example.org>". It is needed with
	// smtp.
	From string `yaml:"from"`
	// SMTP is the server that takes letters; without one they go to Directory.
	SMTP *SMTP `yaml:"smtp"`
	// Directory is where letters are written as .eml files when there is no
	// server.
	Directory string `yaml:"directory"`
	// Templates is a folder with letters of the operator's own, which replace
	// those of the same file name: signet mail templates writes ours there.
	Templates string `yaml:"templates"`
}

// SMTP is a mail server.
type SMTP struct {
	// Host is the server's name; its certificate must be for it.
	Host string `yaml:"host"`
	// Port is the server's port. Default: 587 for starttls, 465 for tls, 25 for
	// none.
	Port int `yaml:"port" min:"1" max:"65535"`
	// Username is the account at the server; empty sends without one.
	Username string `yaml:"username"`
	// Password is the account's password.
	Password Secret `yaml:"password"`
	// TLS says how the connection is protected: starttls (never in clear when it
	// is refused), tls from the first byte, or none, which sends letters in clear
	// and never a password.
	TLS string `yaml:"tls" enum:"starttls,tls,none"`
	// CAFile holds the PEM certificates that the server's is checked against
	// instead of the system's.
	CAFile string `yaml:"ca_file"`
}

// Metrics is the listener for Prometheus, apart from the public one.
type Metrics struct {
	// Listen is the address that it listens on, host:port. Empty is none.
	Listen string `yaml:"listen"`
}

// Audit says how long the audit record is kept and where else it is written.
type Audit struct {
	// Retention is how long the record is kept in the database.
	Retention time.Duration `yaml:"retention" min:"1d" max:"3650d"`
	// File gets each event as one JSON object a line: a path, or - for standard
	// output. Empty is none.
	File string `yaml:"file"`
}

// Log says what is logged and how.
type Log struct {
	// Level is the least level that is logged.
	Level string `yaml:"level" enum:"debug,info,warn,error"`
	// Format is one JSON object a line (json), or text.
	Format string `yaml:"format" enum:"json,text"`
}

// SlogLevel is Level for log/slog.
func (l Log) SlogLevel() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}
