package translate

import (
	"fmt"

	"github.com/signet-sso/signet/config"
)

const (
	leastSecret   = 35 // characters of Signet's master secret
	leastPassword = 15 // characters of the first administrator's
	leastKey      = 32 // bytes of a key for HS256 (RFC 7518 §3.2)
)

// secrets says what becomes of SECRET.
func (d *directus) secrets() []entry {
	const own = "{file: signet-data/secret}"
	where, what := d.secret("SECRET")
	value := d.values["SECRET"] // as Signet will read it
	e := key("secret", own)
	switch {
	case where == "":
		e.remarks = []string{"Directus had no SECRET here. This one is made at the first start."}
	case value == "": // in a file
		e.value = where
		e.remarks = []string{fmt.Sprintf("Seals the signing keys and signs refresh tokens: at least %d characters. If that of Directus is shorter, write %s, which is made at the first start.", leastSecret, own)}
	case len(value) < leastSecret:
		e.remarks = []string{fmt.Sprintf("SECRET has %d characters and Signet needs %d: this one is made at the first start.", len(value), leastSecret)}
	case config.Weak(value) != "":
		e.remarks = []string{"SECRET " + config.Weak(value) + ": this one is made at the first start."}
	default:
		e.value = where
		e.remarks = []string{"Seals the signing keys and signs refresh tokens. Whoever else has SECRET, to verify tokens say, could forge refresh tokens: then write " + own + " instead, which is made at the first start."}
	}
	if what != "" && e.value == where {
		e.remarks = append(e.remarks, what)
	}
	return []entry{e}
}

// signing says how tokens of Directus were verified, for those who still do.
func (d *directus) signing() []entry {
	const now = "Signet signs with ES256 and publishes the keys at /.well-known/jwks.json. For services that still verify with the SECRET of Directus, "
	where, _ := d.secret("SECRET")
	what := "remove the two #:"
	if n := len(d.values["SECRET"]); n > 0 && n < leastKey {
		what = fmt.Sprintf("give them and Signet a longer one first, of at least %d characters, and remove the two #:", leastKey)
	}
	return []entry{off(key("algorithm", "HS256", now+what)), off(key("hmac_secret", or(where, "{env: SECRET}")))}
}

// admin is who administers an empty database. The administrator of Directus is
// not: that one is imported, and would find the address taken.
func (d *directus) admin() []entry {
	e := key("admin", "", "Who begins, made at the first start. Administrators of Directus come over with everybody else and are administrators here too; this one has no address, so that nobody finds it taken.")
	if email := d.text("ADMIN_EMAIL"); email != "" {
		e.remarks = append(e.remarks, "If nobody is imported, write the one of ADMIN_EMAIL: "+shown(email)+".")
	}
	e.below = []entry{key("username", "admin"), key("email", scalar(""))}
	where, what := d.secret("ADMIN_PASSWORD")
	value := []rune(d.values["ADMIN_PASSWORD"])
	password := key("password", where)
	switch {
	case where == "" || len(value) == 0:
		password = off(key("password", or(where, "{env: FIRST_ADMIN_PASSWORD}"), fmt.Sprintf("Without one of at least %d characters, one is made and printed once.", leastPassword)))
	case len(value) < leastPassword:
		password = off(key("password", where, fmt.Sprintf("ADMIN_PASSWORD has %d characters and a new password %d or more. Without one, one is made and printed once.", len(value), leastPassword)))
	case config.Weak(string(value)) != "":
		password = off(key("password", where, "ADMIN_PASSWORD "+config.Weak(string(value))+". Without one, one is made and printed once."))
	case what != "":
		password.remarks = []string{what}
	}
	e.below = append(e.below, password)
	return []entry{e}
}
