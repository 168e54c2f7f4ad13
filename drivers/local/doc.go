// Package local signs people in with a password that Signet keeps itself.
//
// Passwords are hashed with argon2id. Hashes that people bring along from
// another system (bcrypt, PBKDF2-SHA256, scrypt, SHA-512-crypt) are accepted
// and replaced at the first good sign-in. A bounded number of hashes run at
// once, so that a flood of sign-ins costs answers and never the process.
package local
