package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"
)

// Verdict says what becomes of a letter that could not be sent.
type Verdict int

// The verdicts.
const (
	// Later: the network or the server; it is tried again.
	Later Verdict = iota
	// Operator: the server wants something else of us; it is tried again, and the
	// operator has to mend something.
	Operator
	// Unsafe: the connection cannot be protected as configured. Nothing was sent
	// in clear; it is tried again.
	Unsafe
	// Never: this letter cannot arrive; it is given up.
	Never
)

// Step is a part of the conversation with a mail server.
type Step string

// The steps.
const (
	StepConnect   Step = "connect"
	StepGreeting  Step = "greeting"
	StepHello     Step = "hello"
	StepTLS       Step = "TLS"
	StepSignIn    Step = "sign in"
	StepSender    Step = "sender"
	StepRecipient Step = "recipient"
	StepContent   Step = "content"
	StepFolder    Step = "folder"
	StepLetter    Step = "letter" // before any conversation
)

// Trouble is why a letter was not sent.
type Trouble struct {
	Verdict Verdict
	Step    Step
	// Cause is what happened, in the server's words if it answered. It may name
	// the recipient: show it to the operator who asked, and log it never.
	Cause error
}

// Error is where and what, without anything that may name the recipient: of
// what the server said only the codes.
func (t *Trouble) Error() string { return string(t.Step) + ": " + t.what() }

const maxReason = 200 // bytes

func (t *Trouble) what() string {
	var said *textproto.Error
	switch {
	case errors.As(t.Cause, &said):
		return strings.TrimSpace(fmt.Sprintf("the server said %d %s", said.Code, enhanced(said.Msg)))
	case errors.Is(t.Cause, io.EOF), errors.Is(t.Cause, io.ErrUnexpectedEOF):
		return "the server hung up"
	case timedOut(t.Cause):
		return "no answer in time"
	case t.Cause == nil:
		return "it cannot be done"
	}
	text := oneLine(t.Cause.Error())
	return text[:min(len(text), maxReason)]
}

func timedOut(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

var enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// enhanced is the status code in front of a reply's text (RFC 2034), "" for
// none.
func enhanced(text string) string { return enhancedCode.FindString(text) }

// ofOne reports trouble with one letter or its recipient, or that we stopped in
// the middle of it, which says nothing about the others.
func (t *Trouble) ofOne() bool {
	var said *textproto.Error
	postponed := t.Verdict == Later && (t.Step == StepRecipient || t.Step == StepContent) && errors.As(t.Cause, &said)
	return t.Verdict == Never || postponed || errors.Is(t.Cause, context.Canceled)
}

// judge gives an error of a step its verdict.
func judge(step Step, err error) *Trouble {
	t := &Trouble{Verdict: Later, Step: step, Cause: err}
	var said *textproto.Error
	if !errors.As(err, &said) {
		return t
	}
	switch {
	case said.Code == 530 || said.Code == 538: // RFC 4954 §6, RFC 3207 §4
		t.Verdict = Operator
	case said.Code < 500:
	case ofRecipient(step, said):
		t.Verdict = Never
	default:
		t.Verdict = Operator
	}
	return t
}

// ofRecipient reports that a permanent refusal is about this recipient alone
// and not about us. Where a server does not say, its answer to RCPT is, and the
// one to a whole message is not: a letter that could go tomorrow is not thrown
// away (RFC 3463 §3 has the classes: 1 is about the address, 2 about the
// mailbox, 7 about policy).
func ofRecipient(step Step, said *textproto.Error) bool {
	class, _, _ := strings.Cut(strings.TrimPrefix(enhanced(said.Msg), "5."), ".")
	switch {
	case class == "1" || class == "2":
		return step == StepRecipient || step == StepContent
	case class != "":
		return false
	}
	// Most servers that do not relay for us say so in a word, and no code.
	return step == StepRecipient && !strings.Contains(strings.ToLower(said.Msg), "relay")
}
