// Package broker is the one door: any driver in, one [Login] out. Accounts,
// linking, policy, sessions and credentials meet here and nowhere else.
//
// Every way of signing in ends in admit, the only place that makes a session
// or a token.
package broker
