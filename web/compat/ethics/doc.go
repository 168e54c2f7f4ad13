// Package ethics serves the interface of the Ethics Application System's backend:
// registration, confirmation, sign-in and passwords, for its own front end and
// whatever else was written against it. There is no refresh and no logout: a
// session ends with its token. Every address is there with and without a slash
// at its end.
//
// The original tells strangers who has an account. Here that is what
// [Settings.Strict] switches on.
package ethics
