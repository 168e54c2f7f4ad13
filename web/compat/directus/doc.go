// Package directus serves those addresses of Directus that the native interface
// has under other names: /users/me, its second factor, /users/register,
// /users/invite/accept and /server/ping. The rest of what Directus' clients ask,
// /auth and /graphql/system, the native interface answers itself.
package directus
