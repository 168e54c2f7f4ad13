package introspection

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// inquiry reads who asks and about what. Only the body and the Authorization
// field count: whatever is in the query was in logs before it came here. A
// parameter without a value is as good as absent, one that we do not know may be
// there as often as it likes, and the hint is not needed: both kinds of token are
// told apart by looking at them (RFC 6749 §3.2, RFC 7662 §2.1). Codes: those of
// [wire.Form], CodePayload.
func inquiry(w http.ResponseWriter, r *http.Request) (broker.Inquiry, error) {
	form, err := wire.Form(w, r)
	if err != nil {
		return broker.Inquiry{}, err
	}
	for _, name := range []string{"token", "token_type_hint", "client_id", "client_secret"} {
		if len(form[name]) > 1 {
			return broker.Inquiry{}, broker.Fail(broker.CodePayload, name+" is there twice")
		}
	}
	q := broker.Inquiry{Token: form.Get("token"), Client: wire.ClientOf(r)}
	if q.ID, q.Secrets, err = credentials(r.Header.Values("Authorization"), form); err != nil {
		return broker.Inquiry{}, err
	}
	if q.Token == "" {
		return broker.Inquiry{}, broker.Fail(broker.CodePayload, "token is required")
	}
	return q, nil
}

// credentials are those of the Authorization field or of the form; where both
// have some they must be the same. Another scheme than Basic, an access token
// above all, is nothing here.
func credentials(fields []string, form url.Values) (id string, secrets []string, err error) {
	if len(fields) > 1 {
		return "", nil, broker.Fail(broker.CodePayload, "there is more than one Authorization field")
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if secret != "" {
		secrets = []string{secret}
	}
	if len(fields) == 0 {
		return id, secrets, nil
	}
	byID, bySecrets, ok := basic(fields[0])
	if !ok {
		return id, secrets, nil
	}
	if id != "" && id != byID || secret != "" && !slices.Contains(bySecrets, secret) {
		return "", nil, broker.Fail(broker.CodePayload, "the client is named in two ways that differ")
	}
	return byID, bySecrets, nil
}

// basic reads the credentials of the Basic scheme, both parts of which are
// form-encoded (RFC 6749 §2.3.1). Many clients do not encode the secret, so it
// is read as it stands too.
func basic(field string) (id string, secrets []string, ok bool) {
	scheme, encoded, _ := strings.Cut(field, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", nil, false
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimLeft(encoded, " "))
	if err != nil {
		return "", nil, false
	}
	id, secret, ok := strings.Cut(string(plain), ":")
	if !ok {
		return "", nil, false
	}
	if decoded, err := url.QueryUnescape(id); err == nil {
		id = decoded
	}
	secrets = []string{secret}
	if strings.ContainsAny(secret, "%+") { // the two readings differ
		if decoded, err := url.QueryUnescape(secret); err == nil {
			secrets = []string{decoded, secret}
		}
	}
	return id, secrets, true
}
