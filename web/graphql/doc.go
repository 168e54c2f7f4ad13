// Package graphql serves the mutations of Directus's system schema that sign in,
// refresh, sign out and reset passwords, at POST /graphql/system. They ask the
// broker what the native interface asks, and answer its errors in its words.
//
// A document is judged before anything runs: it is read by a parser of our own
// that takes no more of GraphQL than these mutations need, and that refuses what
// is long, deep or more than one mutation.
package graphql
