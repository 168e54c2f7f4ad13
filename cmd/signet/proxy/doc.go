// Package proxy writes configurations of reverse proxies that ask Signet about
// every request before they let it through: complete files, which the proxy runs
// as they are.
//
// All of them keep the same promises. Whatever a client says about who it is
// never reaches the application, in no spelling. The path that was judged is the
// path that the application gets. What goes to Signet without being judged is
// Signet's own pages, by a path that has one reading only. And when Signet cannot
// be asked, nobody is let in.
package proxy
