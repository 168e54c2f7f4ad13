// Package admin is the JSON interface of administrators: /admin/api. Every
// request is judged by the account of its session as the database has it now,
// and whatever changes something needs a fresh sign-in. Errors are worded as the
// native interface words them.
package admin
