package translate

import (
	"net/mail"
	"strconv"
	"strings"
)

// relays are where services that Directus asks by an interface of their own take
// letters by SMTP.
var relays = map[string]string{
	"ses":      "email-smtp.eu-west-1.amazonaws.com",
	"mailgun":  "smtp.mailgun.org",
	"sendgrid": "smtp.sendgrid.net",
	"sendmail": "localhost",
}

func (d *directus) mail() []entry {
	from, about := d.sender()
	e := key("mail", "")
	e.below = []entry{key("from", scalar(from), about...)}
	transport := strings.ToLower(or(d.text("EMAIL_TRANSPORT"), "sendmail"))
	if transport == "smtp" {
		e.below = append(e.below, d.smtp())
		return []entry{e}
	}
	smtp := off(key("smtp", "", "EMAIL_TRANSPORT was "+shown(transport)+". Signet sends by SMTP: complete this with what the service says, and remove the #. Until then letters are .eml files in the folder signet-data/mail."))
	smtp.below = []entry{key("host", scalar(or(relays[transport], "mail.example.org"))), key("username", "signet"), key("password", "{env: EMAIL_SMTP_PASSWORD}")}
	e.below = append(e.below, smtp)
	return []entry{e}
}

// sender is who letters come from.
func (d *directus) sender() (from string, about []string) {
	from = d.text("EMAIL_FROM")
	if _, err := mail.ParseAddress(from); err == nil {
		return from, nil
	}
	from = "no-reply@example.com"
	if d.public != nil {
		own := "no-reply@" + d.public.Hostname()
		if _, err := mail.ParseAddress(own); err == nil && strings.Contains(own, ".") {
			from = own
		}
	}
	return from, []string{"EMAIL_FROM was not set, or was no address."}
}

func (d *directus) smtp() entry {
	e := key("smtp", "")
	host := d.text("EMAIL_SMTP_HOST")
	if !hostName.MatchString(host) {
		e.below = append(e.below, key("host", "localhost", "EMAIL_SMTP_HOST was not set, or was no name of a host."))
	} else {
		e.below = append(e.below, key("host", scalar(host)))
	}
	if n, err := strconv.ParseUint(d.text("EMAIL_SMTP_PORT"), 10, 16); err == nil && n > 0 {
		e.below = append(e.below, key("port", strconv.FormatUint(n, 10)))
	}
	user := d.text("EMAIL_SMTP_USER")
	password, about := d.secret("EMAIL_SMTP_PASSWORD")
	switch {
	case user != "" && password != "":
		e.below = append(e.below, key("username", scalar(user)), key("password", password, remarks(about)...))
	case user != "" || password != "":
		e.remarks = append(e.remarks, "EMAIL_SMTP_USER and EMAIL_SMTP_PASSWORD go together; only one of them was set.")
		e.below = append(e.below, off(key("username", scalar(or(user, "signet")))), off(key("password", or(password, "{env: EMAIL_SMTP_PASSWORD}"))))
	}
	tls := "starttls"
	insists := "Never in clear. Directus sent in clear where the server offered nothing better."
	switch ignores := d.flag("EMAIL_SMTP_IGNORE_TLS", false); {
	case d.flag("EMAIL_SMTP_SECURE", false):
		tls, insists = "tls", "From the first byte."
	case ignores && password == "":
		tls, insists = "none", "In clear, as EMAIL_SMTP_IGNORE_TLS said."
	case ignores:
		insists = "EMAIL_SMTP_IGNORE_TLS sent the password in clear, which Signet does not."
	}
	e.below = append(e.below, key("tls", tls, insists))
	return e
}

// remarks is a remark, unless there is none.
func remarks(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
