// Package compattest serves the interfaces of all other systems at once, beside
// ours, over a real broker, store and directory, and plays the conversations
// that their clients have.
package compattest
