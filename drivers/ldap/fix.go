package ldap

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers"
)

// baseError is a search base that is not there.
type baseError struct{ key, dn string }

func (e baseError) Error() string { return fmt.Sprintf("%s %q is not there", e.key, e.dn) }

// fix says what an operator may change so that a step succeeds.
func fix(err error) string {
	var base baseError
	if errors.As(err, &base) {
		return "correct " + base.key + "; if it is right, the service account may not read it"
	}
	for _, try := range []func(error) string{fixNetwork, fixCertificate, fixPerson, fixResult} {
		if text := try(err); text != "" {
			return text
		}
	}
	return "the directory's own log may say more"
}

func fixNetwork(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "correct the host in url, or the name server"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: correct host and port in url, or start the directory"
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return "no answer in time: look for a firewall, try ldaps:// on port 636 and ldap:// on 389, or raise timeouts"
	}
	return ""
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func fixCertificate(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var plain plainPortError
	var answer *resultError
	switch {
	case errors.As(err, &unknown):
		return "set ca_file to the PEM certificate of the authority that signed the server's"
	case errors.As(err, &host):
		return "use a name in url that is in the certificate: " + host.Error()
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the server's certificate, or correct this machine's clock"
	case errors.As(err, &plain):
		return "this port speaks no TLS: use ldap:// with start_tls: true, or the ldaps port (636)"
	case errors.Is(err, errTLS) && errors.As(err, &answer):
		return "the server refuses StartTLS: give it a certificate, or use ldaps://"
	case errors.Is(err, errTLS) && (errors.Is(err, io.EOF) || errors.Is(err, errLost)):
		return "the server hung up: it may want a client certificate, or TLS older than 1.2, which is not offered"
	case errors.Is(err, errTLS):
		return "correct the server's certificate or TLS settings"
	}
	return ""
}

func fixPerson(err error) string {
	switch {
	case errors.Is(err, errNobody):
		return "nobody matches: correct users.base, users.scope or users.filter, or give the service account the right to read people"
	case errors.Is(err, errSeveral):
		return "several people match: make users.filter find one, such as by an attribute that is unique"
	case errors.Is(err, errOutside):
		return "the directory answers with an entry elsewhere: correct users.base"
	case errors.Is(err, errTooMany):
		return "too many entries: narrow groups.filter or groups.base"
	case errors.Is(err, drivers.ErrRefused):
		return "the account has to be put right in the directory"
	}
	return ""
}

func fixResult(err error) string {
	var answer *resultError
	if !errors.As(err, &answer) {
		return ""
	}
	switch answer.code {
	case goldap.LDAPResultInvalidCredentials, goldap.LDAPResultInvalidDNSyntax, goldap.LDAPResultInappropriateAuthentication:
		return "correct bind_dn and bind_password"
	case goldap.LDAPResultConfidentialityRequired, goldap.LDAPResultStrongAuthRequired:
		return "the directory wants TLS: use ldaps://, or ldap:// with start_tls"
	case goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultOperationsError:
		return "give the service account the right to search there"
	case goldap.LDAPResultReferral:
		return "another server holds this part: name it in url, referrals are not followed"
	case goldap.LDAPResultNoSuchObject:
		return "correct the base: there is no such entry, or the service account may not see it"
	}
	return ""
}
