// Package api is the native interface for programs, in the shape that clients
// of Directus know: sign in, refresh, sign out, who am I, which ways there
// are. Answers are {"data": …} or {"errors": […]}.
package api
