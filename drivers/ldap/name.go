package ldap

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"
)

// placeholder is where a login name goes in a filter or a DN template.
const placeholder = "{login}"

// Bounds on what a person types, in bytes.
const (
	maxLogin    = 256
	maxPassword = 1024
)

// acceptable reports what can be refused without asking the directory. A
// password is otherwise sent as it is.
func acceptable(login, password string) error {
	switch {
	case login == "" || len(login) > maxLogin:
		return fmt.Errorf("login name of %d bytes", len(login))
	case !utf8.ValidString(login) || strings.ContainsFunc(login, unicode.IsControl):
		return errors.New("login name is not printable text")
	case password == "":
		return errors.New("empty password")
	case len(password) > maxPassword:
		return fmt.Errorf("password of %d bytes", len(password))
	case strings.ContainsRune(password, 0):
		return errors.New("password with a NUL")
	}
	return nil
}

// filterFor puts a login name into a filter, escaped here and nowhere else.
func filterFor(filter, login string) string {
	return strings.ReplaceAll(filter, placeholder, goldap.EscapeFilter(login))
}

var extensible = regexp.MustCompile(`\(([A-Za-z0-9.;-]+)(?::[A-Za-z0-9.:-]*)?:=\{login\}\)`)

// filterForAnyone is the filter with any name in the place of the login, so
// that what else it asks of a person is still asked at a recheck.
func filterForAnyone(filter string) string {
	return strings.ReplaceAll(extensible.ReplaceAllString(filter, "($1=*)"), placeholder, "*")
}

// template makes names to bind with.
type template struct {
	text string
	dn   *goldap.DN // the template with its placeholder, nil when it is no DN
}

func parseTemplate(text string) (template, error) {
	if strings.Count(text, placeholder) == 0 || strings.ContainsAny(strings.ReplaceAll(text, placeholder, ""), "{}") {
		return template{}, fmt.Errorf("DN template %q must hold %s and no other braces", text, placeholder)
	}
	if !strings.Contains(text, "=") {
		return template{text: text}, nil
	}
	dn, err := parseDN(text)
	if err != nil {
		return template{}, fmt.Errorf("DN template %q is not a DN: %w", text, err)
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if strings.Contains(a.Type, placeholder) {
				return template{}, fmt.Errorf("DN template %q has %s in the place of an attribute", text, placeholder)
			}
		}
	}
	return template{text: text, dn: dn}, nil
}

// base is what follows the first part, if the login name is not in it.
func (t template) base() string {
	if t.dn == nil || len(t.dn.RDNs) < 2 {
		return ""
	}
	rest := &goldap.DN{RDNs: t.dn.RDNs[1:]}
	if text := rest.String(); !strings.Contains(text, placeholder) {
		return text
	}
	return ""
}

// name puts a login into the template. In a DN it is escaped, and what comes
// out must be the template with just that value in it (RFC 4514 §2.4).
func (t template) name(login string) (string, error) {
	if t.dn == nil {
		if strings.ContainsAny(login, `\/"@`) && t.text != placeholder {
			return "", errors.New("login name has a sign that means something to the directory")
		}
		return strings.ReplaceAll(t.text, placeholder, login), nil
	}
	text := strings.ReplaceAll(t.text, placeholder, goldap.EscapeDN(login))
	got, err := parseDN(text)
	if err != nil {
		return "", fmt.Errorf("login name does not fit into a DN: %w", err)
	}
	if !got.Equal(t.with(login)) {
		return "", errors.New("login name changes the DN it is put into")
	}
	return text, nil
}

// with is the parsed template with login as value, without any escaping.
func (t template) with(login string) *goldap.DN {
	out := &goldap.DN{}
	for _, rdn := range t.dn.RDNs {
		r := &goldap.RelativeDN{}
		for _, a := range rdn.Attributes {
			r.Attributes = append(r.Attributes, &goldap.AttributeTypeAndValue{
				Type: a.Type, Value: strings.ReplaceAll(a.Value, placeholder, login)})
		}
		out.RDNs = append(out.RDNs, r)
	}
	return out
}

// parseDN reads a DN (RFC 4514) whose attribute types are names or object
// identifiers, as all real ones are. The library takes any text for a type, and
// two of them could be written alike.
func parseDN(text string) (*goldap.DN, error) {
	dn, err := goldap.ParseDN(text)
	if err != nil {
		return nil, err
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if a.Type == "" || strings.ContainsFunc(a.Type, notInType) {
				return nil, fmt.Errorf("%q is no attribute type", a.Type)
			}
		}
	}
	return dn, nil
}

// notInType reports what neither descr nor numericoid has (RFC 4512 §1.4).
func notInType(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
}

// below reports whether dn is base or lies below it, comparing parts of the
// DNs and not their text.
func below(base *goldap.DN, dn string) bool {
	d, err := parseDN(dn)
	return err == nil && len(d.RDNs) > 0 && (base.EqualFold(d) || base.AncestorOfFold(d))
}

// sameDN compares two DNs without regard to case.
func sameDN(a, b string) bool {
	x, errX := parseDN(a)
	y, errY := parseDN(b)
	return errX == nil && errY == nil && x.EqualFold(y)
}

// foldedDN is a DN in one spelling, for comparing and for group names.
func foldedDN(dn *goldap.DN) string {
	parts := make([]string, len(dn.RDNs))
	for i, rdn := range dn.RDNs {
		pairs := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			pairs[j] = strings.ToLower(a.Type) + "=" + goldap.EscapeDN(strings.ToLower(a.Value))
		}
		slices.Sort(pairs)
		parts[i] = strings.Join(pairs, "+")
	}
	return strings.Join(parts, ",")
}

// escapeBytes writes octets for a filter (RFC 4515 §3).
func escapeBytes(b []byte) string {
	var out strings.Builder
	for _, o := range b {
		fmt.Fprintf(&out, `\%02x`, o)
	}
	return out.String()
}
