// Package authserver serves the interface of auth_server: tokens for people and
// for administrators, refresh, and the administration of people by their
// addresses. Every address ends in a slash; one without is told where it is.
//
// The original lets strangers read who there is. Here that is what
// [Settings.Strict] switches on.
package authserver
