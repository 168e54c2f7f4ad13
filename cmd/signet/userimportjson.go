package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/signet-sso/signet/broker"
)

// jsonPeople reads one JSON object a line.
type jsonPeople struct {
	in   *bufio.Reader
	line int
}

func (j *jsonPeople) next() (p broker.ImportedPerson, fault *broker.ImportFault, err error) {
	for {
		line, err := j.in.ReadSlice('\n')
		if len(line) == 0 && err != nil {
			return p, nil, err
		}
		j.line++
		p.Place = j.line
		if errors.Is(err, bufio.ErrBufferFull) {
			return p, &broker.ImportFault{Reason: broker.FaultMalformed, Advice: errLongRecord.Error()}, j.skipLine()
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return readObject(p, line)
		}
		if err != nil {
			return p, nil, err
		}
	}
}

// skipLine reads to the end of a line that is too long.
func (j *jsonPeople) skipLine() error {
	for {
		_, err := j.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil
		}
		return err
	}
}

// readObject reads one person. Names that are there twice are refused, and
// nothing of the text is repeated.
func readObject(p broker.ImportedPerson, line []byte) (broker.ImportedPerson, *broker.ImportFault, error) {
	var object map[string]jsontext.Value
	if err := json.Unmarshal(line, &object); err != nil {
		return p, &broker.ImportFault{Reason: broker.FaultMalformed, Advice: "it is no JSON object in UTF-8 with each name once"}, nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if _, err := findField(name); err != nil {
			return p, &broker.ImportFault{Reason: broker.FaultMalformed, Advice: err.Error()}, nil
		}
	}
	for _, f := range importFields {
		raw := object[f.name]
		if len(raw) == 0 || raw.Kind() == 'n' {
			continue
		}
		if fault := f.fromJSON(&p, raw); fault != nil {
			return p, fault, nil
		}
	}
	return p, nil, nil
}

func (f importField) fromJSON(p *broker.ImportedPerson, raw jsontext.Value) *broker.ImportFault {
	if f.json != nil {
		return set(p, f.name, []byte(raw), f.json)
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return &broker.ImportFault{Field: f.name, Reason: broker.FaultMalformed, Advice: "it is no text"}
	}
	return set(p, f.name, text, f.text)
}
