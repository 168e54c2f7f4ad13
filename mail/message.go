package mail

import (
	"bytes"
	"context"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Message is a letter in words, to one person.
type Message struct {
	ID      string // of the letter; the same at every try
	Created time.Time
	From    mail.Address
	To      string // one plain address, as broker.ParseEmail returns it
	Subject string
	Text    string
	HTML    string
}

// Sender takes letters. It is safe for concurrent use.
type Sender interface {
	// Send returns after somebody else is responsible for the message. An error
	// is a [*Trouble]. When ctx ends meanwhile nobody knows whether the message
	// was taken.
	Send(ctx context.Context, m Message) error
}

// maxPlainLine is the longest line in bytes that is sent as it is; RFC 5322
// §2.1.1 allows 998.
const maxPlainLine = 900

// bytes is the message as it travels (RFC 5322, RFC 2045), with lines that end
// in CR LF, and whom it is for. It is the same at every try.
func (m Message) bytes() (to mailbox, content []byte, t *Trouble) {
	to, err := readMailbox(m.To)
	if err != nil {
		return to, nil, &Trouble{Verdict: Never, Step: StepRecipient, Cause: err}
	}
	msg := gomail.NewMsg(
		gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8),
		gomail.WithEncoding(gomail.EncodingQP), gomail.WithBoundary("signet-"+m.ID),
	)
	_, domain, _ := strings.Cut(m.From.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetDateWithValue(m.Created.UTC())
	msg.FromMailAddress(&m.From)
	msg.ToMailAddress(&mail.Address{Address: to.address})
	// What looks encoded already would be decoded, once more, by the reader.
	msg.Subject(strings.ReplaceAll(oneLine(m.Subject), "=?", "= ?"))
	// Nobody's holiday notice should answer (RFC 3834 §5; the second is for
	// Exchange).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	msg.SetBodyString(gomail.TypeTextPlain, crlf(m.Text), gomail.WithPartEncoding(encodingOf(m.Text)))
	msg.AddAlternativeString(gomail.TypeTextHTML, crlf(m.HTML), gomail.WithPartEncoding(gomail.EncodingQP))
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return to, nil, &Trouble{Verdict: Never, Step: StepLetter, Cause: err}
	}
	return to, out.Bytes(), nil
}

// encodingOf leaves plain text as it is, so that people and tools can read a
// link in the source of a message.
func encodingOf(text string) gomail.Encoding {
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > maxPlainLine || strings.ContainsFunc(line, func(c rune) bool { return c > '~' || c < ' ' && c != '\t' && c != '\r' }) {
			return gomail.EncodingQP
		}
	}
	return gomail.NoEncoding
}

// crlf ends every line with CR LF and no line with anything else: a lone CR or
// LF is what messages are smuggled with.
func crlf(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// oneLine is text without what some reader takes as the end of a line or as a
// control character.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(c rune) bool {
		return c < ' ' || c == 0x7f || c >= 0x80 && c <= 0x9f || c == '\u2028' || c == '\u2029'
	}), " ")
}
