// Package wire is what every door on HTTP shares: handlers that return errors
// and the adapter that writes them, strict reading of bodies, headers and
// addresses, cookies, and what goes around all of it (one log line a request,
// recovery, security headers, the refusal of cross-site posts).
//
// It holds no rule about accounts or sessions and no path.
package wire
