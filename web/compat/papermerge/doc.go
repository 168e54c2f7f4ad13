// Package papermerge serves the interface of Papermerge's auth server, for
// Papermerge's own pages and for the nginx in its images: a sign-in that answers
// with a token in a cookie that scripts read, the exchange of a code that the
// browser fetched at a provider by itself, and a guard. There is no refresh and
// no logout: a session ends with its token.
package papermerge
