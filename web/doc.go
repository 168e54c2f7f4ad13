// Package web puts the rooms that speak HTTP behind one listener: the native
// interface and the pages, and around them what every answer shares. It holds
// the limits of a listener on the open Internet and no rule of sign-in.
package web
