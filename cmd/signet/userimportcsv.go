package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/signet-sso/signet/broker"
)

// fieldSet says which columns a file may have, and which it must.
type fieldSet struct {
	find  func(name string) (importField, error)
	check func(have map[string]bool) error
}

// csvPeople reads CSV (RFC 4180) with a header row.
type csvPeople struct {
	in      *csv.Reader
	limited *allowance
	columns []importField
	last    int // line of the last record
}

func newCSVPeople(in *peopleText, fields fieldSet) (*csvPeople, error) {
	c := &csvPeople{in: csv.NewReader(in), limited: in.limited}
	c.in.ReuseRecord = true
	header, err := c.in.Read()
	if err != nil {
		return nil, fmt.Errorf("header row: %w", err)
	}
	seen := map[string]bool{}
	for _, name := range header {
		f, err := fields.find(name)
		if err != nil {
			return nil, fmt.Errorf("header row: %w", err)
		}
		if seen[name] {
			return nil, fmt.Errorf("header row: column %q is there twice", name)
		}
		seen[name] = true
		c.columns = append(c.columns, f)
	}
	if err := fields.check(seen); err != nil {
		return nil, fmt.Errorf("header row: %w", err)
	}
	c.last = 1
	return c, nil
}

func (c *csvPeople) next() (p broker.ImportedPerson, fault *broker.ImportFault, err error) {
	c.limited.left = 2 * maxRecord
	record, err := c.in.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		p.Place = broken.StartLine
		c.last = broken.Line
		return p, c.broken(broken), nil
	case errors.Is(err, io.EOF):
		return p, nil, io.EOF
	case err != nil:
		return p, nil, fmt.Errorf("after line %d: %w", c.last, err)
	}
	p.Place, _ = c.in.FieldPos(0)
	c.last = p.Place
	for i, f := range c.columns {
		if fault := set(&p, f.name, record[i], f.text); fault != nil {
			return p, fault, nil
		}
	}
	return p, nil, nil
}

func (c *csvPeople) broken(e *csv.ParseError) *broker.ImportFault {
	advice := fmt.Sprintf("column %d: %v; quote a value that holds a comma, a quote or a line end, and double the quotes in it", e.Column, e.Err)
	if errors.Is(e.Err, csv.ErrFieldCount) {
		advice = fmt.Sprintf("it does not have the %d columns of the header; quote a value that holds a comma", len(c.columns))
	}
	return &broker.ImportFault{Reason: broker.FaultMalformed, Advice: advice}
}
