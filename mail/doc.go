// Package mail sends the letters that the broker posts.
//
// A letter waits in an [Outbox], written in the same transaction as its cause.
// A [Worker] claims it, words it with [Templates] and gives it to a [Sender]:
// an SMTP server, or a folder. It is removed when the sender has taken it, and
// tried again until then, so a crash loses none; of several replicas one has it
// at a time. A crash after the server took a letter and before it was removed
// sends it once more, under the same Message-ID.
//
// Neither a log line nor an error of this package holds an address of a
// recipient, a text of a letter or a link.
package mail
