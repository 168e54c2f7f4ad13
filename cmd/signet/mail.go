package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/mail"
)

// startMail returns what sends the letters of an app. Nothing is sent before it
// runs.
func startMail(c *config.Config, a *app, log *slog.Logger) (*mail.Worker, error) {
	templates, err := checkMail(c)
	if err != nil {
		return nil, err
	}
	sender, err := mailSender(c)
	if err != nil {
		return nil, err
	}
	from, err := mailFrom(c)
	if err != nil {
		return nil, err
	}
	return mail.NewWorker(mail.Config{
		Outbox: a.db.Outbox(), Sender: sender, Templates: templates, Sealer: a.broker.Sealer,
		From: from, Site: a.broker.Host(), Audit: a.broker.Audit, Log: log, Now: time.Now, Random: rand.Reader,
	})
}

// checkMail says what is wrong with the configuration of mail, as far as can be
// seen without the network, and returns the templates.
func checkMail(c *config.Config) (*mail.Templates, error) {
	_, err := mailFrom(c)
	if c.Mail.SMTP != nil {
		_, serverErr := mailServer(c)
		err = errors.Join(err, serverErr)
	}
	templates, templatesErr := mail.LoadTemplates(c.Mail.Templates)
	if templatesErr != nil {
		err = errors.Join(err, fmt.Errorf("mail.templates: %w", templatesErr))
	}
	return templates, err
}

// mailSender is the configured server, else the folder.
func mailSender(c *config.Config) (mail.Sender, error) {
	if c.Mail.SMTP != nil {
		return mailServer(c)
	}
	folder, err := mail.NewFolder(c.Mail.Directory)
	if err != nil {
		return nil, fmt.Errorf("mail.directory: %w", err)
	}
	return folder, nil
}

func mailServer(c *config.Config) (*mail.SMTP, error) {
	s := c.Mail.SMTP
	server, err := mail.NewSMTP(mail.SMTPConfig{
		Host: s.Host, Port: s.Port, Username: s.Username, Password: s.Password.Reveal(),
		Protection: mail.Protection(s.TLS), CAFile: s.CAFile, Hello: mail.HelloName(c.PublicURL.Hostname()),
	})
	if err != nil {
		return nil, fmt.Errorf("mail.smtp: %w", err)
	}
	return server, nil
}

// mailFrom is the configured sender or, for letters that do not leave this
// machine, one that nobody answers to.
func mailFrom(c *config.Config) (netmail.Address, error) {
	if c.Mail.From == "" {
		host := c.PublicURL.Hostname()
		if net.ParseIP(host) != nil {
			host = ""
		}
		return netmail.Address{Name: "Signet", Address: "signet@" + cmp.Or(host, "localhost")}, nil
	}
	from, err := netmail.ParseAddress(c.Mail.From)
	if err != nil {
		return netmail.Address{}, fmt.Errorf("mail.from: %w", err)
	}
	if plain, ok := broker.ParseEmail(from.Address); !ok || plain != from.Address {
		return netmail.Address{}, fmt.Errorf("mail.from: %q is not a plain address; write it without quotes or comments and its domain in small letters", from.Address)
	}
	return *from, nil
}
