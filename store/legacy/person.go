package legacy

import (
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
)

// truth reads a flag as either engine writes it.
func truth(text string) bool {
	switch strings.ToLower(text) {
	case "1", "t", "true":
		return true
	}
	return false
}

// behind is something that does not come along.
func behind(field, advice string) broker.ImportFault {
	return broker.ImportFault{Field: field, Reason: "left_behind", Advice: advice}
}

// momentForms are how the engines write a moment as a text; without a zone it
// is UTC.
var momentForms = []string{
	"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", time.DateOnly,
}

// setCreated reads when a person was added there.
func setCreated(p *broker.ImportedPerson, text string) *broker.ImportFault {
	if text == "" {
		return nil
	}
	for _, form := range momentForms {
		if at, err := time.Parse(form, text); err == nil {
			p.Created = at
			return nil
		}
	}
	return &broker.ImportFault{Field: "created", Reason: broker.FaultMalformed, Advice: "it is no moment such as 2026-11-23 12:00:00: correct it there"}
}
