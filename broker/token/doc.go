// Package token makes and checks Signet's access tokens and keeps the keys that
// sign them. It is the only importer of the JOSE library, so that its successor
// is a change of this package alone.
//
// A token is a JWS in compact form (RFC 7515 §3.1) with the claims of [Claims].
// A [Ring] signs and verifies without input or output: it works on a snapshot of
// the keys that [Ring.Reload] replaces as a whole. Three keys are public at any
// moment: next, which signs nothing yet, current, and previous, whose tokens are
// still alive. Because next is published before it signs, another replica knows
// it already when the first token of it arrives.
//
// What keeps rotation free of refused tokens:
//
//   - between two rotations every replica reloads once (so rotate no more often
//     than [Ring.Watch] polls), and every consumer of the JWKS fetches it once;
//   - between two rotations the access lifetime passes, because the second one
//     drops the key that signed before the first.
//
// Breaking either costs the holder of a token one refresh, not a login.
package token
