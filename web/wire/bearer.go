package wire

import (
	"net/http"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
)

// Bearer returns the token of the Authorization field (RFC 6750 §2.1), "" when
// there is none or the field is of another scheme. Two fields are CodePayload;
// a Bearer field that holds anything but one token of at most
// token.MaxLength bytes is CodeTokenInvalid. Tokens in a query or a form are
// never read (RFC 9700 §4.3.2).
func Bearer(r *http.Request) (string, error) {
	fields := r.Header.Values("Authorization")
	switch {
	case len(fields) == 0:
		return "", nil
	case len(fields) > 1:
		return "", broker.Fail(broker.CodePayload, "there is more than one Authorization field")
	}
	scheme, credential, _ := strings.Cut(fields[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	credential = strings.TrimLeft(credential, " ")
	if credential == "" || len(credential) > token.MaxLength || strings.ContainsFunc(credential, notToken68) {
		return "", broker.Fail(broker.CodeTokenInvalid, "")
	}
	return credential, nil
}

// notToken68 reports what cannot be in a token68 (RFC 9110 §11.2).
func notToken68(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~+/=", c)
}
