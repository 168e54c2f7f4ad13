package ethics

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/signet-sso/signet/broker"
)

// field is a value of a body with its name.
type field struct{ name, value string }

// required names the first field that is blank.
func required(fields ...field) error {
	for _, f := range fields {
		if strings.TrimSpace(f.value) == "" {
			return broker.Fail(broker.CodePayload, `"`+f.name+`" is required`)
		}
	}
	return nil
}

// person is how somebody is named in a query: by a user name or an address. Both
// are "" for what can be neither, which is as good as unknown.
type person struct{ username, email string }

// name is what the person is called.
func (p person) name() string { return p.username + p.email }

// asked reads username and email of a query. With email=true, or a "@" in it,
// which no user name has, username holds an address. A blank in one was a plus:
// the interface's front end does not escape what it puts there.
func asked(r *http.Request) (p person, err error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return p, broker.Fail(broker.CodePayload, "the query is malformed")
	}
	if len(q["username"]) != 1 || len(q["email"]) > 1 {
		return p, broker.Fail(broker.CodePayload, `"username" is required, once, and "email" may be there once`)
	}
	if err := required(field{"username", q.Get("username")}); err != nil {
		return p, err
	}
	name := q.Get("username")
	switch flag := strings.ToLower(q.Get("email")); {
	case flag != "" && flag != "true" && flag != "false":
		return p, broker.Fail(broker.CodePayload, `"email" is true or false`)
	case flag == "true", strings.Contains(name, "@"):
		p.email, _ = broker.ParseEmail(strings.ReplaceAll(name, " ", "+"))
	default:
		p.username, _ = broker.ParseUsername(name)
	}
	return p, nil
}
