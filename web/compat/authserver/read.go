package authserver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// The parts of a request that a fault can be in.
const (
	inBody  = "body"
	inQuery = "query"
)

func missing(in, name string) fault {
	return fault{Loc: []string{in, name}, Msg: "field required", Type: "value_error.missing"}
}

func repeated(in, name string) fault {
	return fault{Loc: []string{in, name}, Msg: "it is there more than once", Type: "value_error"}
}

func noAddress(in, name string) fault {
	return fault{Loc: []string{in, name}, Msg: "value is not a valid email address", Type: "value_error.email"}
}

// field is a value of a request with its name.
type field struct{ name, value string }

// required are the faults of those fields that are empty.
func required(in string, fields ...field) (faults []fault) {
	for _, f := range fields {
		if f.value == "" {
			faults = append(faults, missing(in, f.name))
		}
	}
	return faults
}

// address reads an e-mail address. Blanks around it do not count.
func address(s string) (string, bool) { return broker.ParseEmail(strings.TrimSpace(s)) }

// credentials is what proves a person. OTP is not of the original's: its people
// had no second factor.
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	OTP      string `json:"otp"`
}

// passwordForm reads the form of OAuth2's password grant (RFC 6749 §4.3.2). What
// it says of the client is not looked at, as the original does not.
func passwordForm(w http.ResponseWriter, r *http.Request) (c credentials, faults []fault, err error) {
	form, err := wire.Form(w, r)
	if broker.CodeOf(err) == broker.CodeMediaType { // to the original, a form without fields
		form, err = url.Values{}, nil
	}
	if err != nil {
		return c, nil, err
	}
	for _, name := range []string{"username", "password", "grant_type", "otp"} {
		if len(form[name]) > 1 {
			faults = append(faults, repeated(inBody, name))
		}
	}
	if grant := form.Get("grant_type"); grant != "" && grant != "password" {
		faults = append(faults, fault{
			Loc: []string{inBody, "grant_type"}, Msg: `string does not match regex "password"`, Type: "value_error.str.regex",
		})
	}
	c = credentials{form.Get("username"), form.Get("password"), form.Get("otp")}
	return c, append(required(inBody, field{"username", c.Email}, field{"password", c.Password}), faults...), nil
}

// person reads address and password of a body; the address is as it was sent.
func person(w http.ResponseWriter, r *http.Request) (c credentials, faults []fault, err error) {
	if err := wire.Decode(w, r, &c); err != nil {
		return c, nil, err
	}
	faults = required(inBody, field{"email", c.Email}, field{"password", c.Password})
	if _, ok := address(c.Email); !ok && c.Email != "" {
		faults = append(faults, noAddress(inBody, "email"))
	}
	return c, faults, nil
}

// query reads the parameters of an address.
func query(r *http.Request) (url.Values, []fault) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // the parser's words may repeat what was sent
		return nil, []fault{{Loc: []string{inQuery}, Msg: "the query is malformed", Type: "value_error"}}
	}
	return q, nil
}

// asked reads of a request's query who is meant.
func asked(r *http.Request) (email string, faults []fault) {
	q, faults := query(r)
	if len(faults) > 0 {
		return "", faults
	}
	return whose(q)
}

// whose reads of a query who is meant.
func whose(q url.Values) (email string, faults []fault) {
	switch all := q["email"]; {
	case len(all) == 0 || all[0] == "":
		return "", []fault{missing(inQuery, "email")}
	case len(all) > 1:
		return "", []fault{repeated(inQuery, "email")}
	}
	email, ok := address(q.Get("email"))
	if !ok {
		return "", []fault{noAddress(inQuery, "email")}
	}
	return email, nil
}

// replacement is what becomes of somebody: new_email and password are nil where
// they stay.
type replacement struct {
	email string
	broker.Replacement
}

// replaced reads who is to be changed and how: from the query, as the original
// does, or from a body, where passwords stay out of everybody's logs.
func replaced(w http.ResponseWriter, r *http.Request) (c replacement, faults []fault, err error) {
	var body struct {
		Email    string `json:"email"`
		NewEmail string `json:"new_email"`
		Password string `json:"password"`
	}
	q, faults := query(r)
	if len(faults) > 0 {
		return c, faults, nil
	}
	if err := wire.DecodeOptional(w, r, &body); err != nil {
		return c, nil, err
	}
	for _, f := range []field{{"email", body.Email}, {"new_email", body.NewEmail}, {"password", body.Password}} {
		if f.value != "" {
			q.Add(f.name, f.value)
		}
		if len(q[f.name]) > 1 && f.name != "email" {
			faults = append(faults, repeated(inQuery, f.name))
		}
	}
	email, more := whose(q)
	c.email, faults = email, append(more, faults...)
	if name := q.Get("new_email"); name != "" {
		to, ok := address(name)
		if !ok {
			faults = append(faults, noAddress(inQuery, "new_email"))
		}
		c.Email = &to
	}
	if password := q.Get("password"); password != "" {
		c.Password = &password
	}
	return c, faults, nil
}
