// Package introspection serves services that ask about tokens (RFC 7662) and
// revoke them (RFC 7009).
package introspection
