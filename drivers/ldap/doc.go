// Package ldap signs people in with their directory password.
//
// # Two ways
//
// With a service account (Config.BindDN) a person is searched and then proven
// by a bind as the entry that was found. With Config.DNTemplate the name is
// put into a DN and proven by a bind first; the entry is then read by the
// service account if there is one, else by the person. In the second case the
// person's connection is used again only by way of another bind, and nobody
// can be asked after later, so the driver has no Recheck.
//
// # Two pools
//
// Connections bound as the service account search and do nothing else;
// connections that prove passwords belong to another pool, and with a service
// account they never search. So no search can run with the rights of whoever
// signed in before (RFC 4513 §4).
//
// # The wire
//
// The exchange of messages is our own, one request at a time over one
// connection, without goroutines. The library's connection has no deadline,
// starts two goroutines, takes any kind of message for the answer to a bind,
// and copies nested elements again at each level; here a message is bounded
// before it is read, its id and kind must fit the request, and only the
// definite lengths of RFC 4511 §5.1 are read. Names, filters and result codes
// are the library's. Referrals are never followed.
//
// # What is not told
//
// An unknown person, a wrong password and an account that is locked before its
// password is looked at are one error, drivers.ErrCredentials, after the same
// number of requests: for an unknown person a bind is made as an entry that
// does not exist. What the directory's own password hash costs is not evened
// out. Reasons are in the wrapping text, for the log.
package ldap
