package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/signet-sso/signet/broker"
)

// maxRecord is the longest person in bytes.
const maxRecord = 64 << 10

// peopleReader reads people one by one. A fault is of that person only, whose
// Place is set; io.EOF is the end, and any other error the end before it.
type peopleReader interface {
	next() (broker.ImportedPerson, *broker.ImportFault, error)
}

// unreadableFile is a file of which nobody was imported.
type unreadableFile struct{ error }

// exitCode is the program's.
func (unreadableFile) exitCode() int { return 2 }

// peopleFile is the file to import.
type peopleFile struct {
	*os.File        // nil for standard input
	name     string // as it is called in messages
}

// Close closes what was opened.
func (f peopleFile) Close() error {
	if f.File == nil {
		return nil
	}
	return f.File.Close()
}

// openPeople opens a file and looks at its first bytes.
func (p *program) openPeople(path, format string) (peopleFile, peopleReader, error) {
	f, in := peopleFile{name: "standard input"}, p.in
	if path != "-" {
		opened, err := os.Open(path) //nolint:gosec // the operator's own file
		if err != nil {
			return f, nil, unreadableFile{err}
		}
		f, in = peopleFile{opened, filepath.Base(path)}, opened
	}
	people, err := readPeople(in, format)
	if err != nil {
		_ = f.Close()
		return f, nil, unreadableFile{fmt.Errorf("%s: %w", f.name, err)}
	}
	return f, people, nil
}

// readPeople reads people in one of the formats, "" for the one that it looks
// like.
func readPeople(in io.Reader, format string) (peopleReader, error) {
	limited := &allowance{from: in, left: 2 * maxRecord}
	b := bufio.NewReaderSize(limited, maxRecord)
	start, err := b.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(start, []byte("\xef\xbb\xbf")) { // a byte order mark
		_, _ = b.Discard(3)
		start, _ = b.Peek(1)
	}
	if len(start) == 0 {
		return nil, errors.New("it is empty")
	}
	if format == "" {
		format = map[byte]string{'{': "jsonl", '[': "json"}[start[0]]
	}
	switch format {
	case "jsonl":
		limited.unlimited = true
		return &jsonPeople{in: b}, nil
	case "json":
		return nil, errors.New("it is a JSON list; one object a line is expected, which jq -c '.[]' makes of it")
	case "csv", "":
		return newCSVPeople(b, limited)
	}
	return nil, fmt.Errorf("--format %q is neither csv nor jsonl", format)
}

// allowance reads no more than is left, so that a quote that is never closed
// does not take the rest of the file into memory.
type allowance struct {
	from      io.Reader
	left      int
	unlimited bool
}

var errLongRecord = fmt.Errorf("a record is longer than %d bytes; is a quote missing?", maxRecord)

// Read implements io.Reader.
func (a *allowance) Read(p []byte) (int, error) {
	if a.unlimited {
		return a.from.Read(p)
	}
	if a.left <= 0 {
		return 0, errLongRecord
	}
	n, err := a.from.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

// csvPeople reads CSV (RFC 4180) with a header row.
type csvPeople struct {
	in      *csv.Reader
	limited *allowance
	columns []importField
	last    int // line of the last record
}

func newCSVPeople(in io.Reader, limited *allowance) (*csvPeople, error) {
	c := &csvPeople{in: csv.NewReader(in), limited: limited}
	c.in.ReuseRecord = true
	header, err := c.in.Read()
	if err != nil {
		return nil, fmt.Errorf("header row: %w", err)
	}
	seen := map[string]bool{}
	for _, name := range header {
		f, err := findField(name)
		if err != nil {
			return nil, fmt.Errorf("header row: %w", err)
		}
		if seen[name] {
			return nil, fmt.Errorf("header row: column %q is there twice", name)
		}
		seen[name] = true
		c.columns = append(c.columns, f)
	}
	if !seen["username"] && !seen["email"] {
		return nil, errors.New("header row: there is neither username nor email")
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

// set fills in one value of a person.
func set[T ~string | ~[]byte](p *broker.ImportedPerson, field string, v T, to func(*broker.ImportedPerson, T) error) *broker.ImportFault {
	err := error(nil)
	if !utf8.Valid([]byte(v)) {
		err = errors.New("it is not UTF-8: convert the file, for instance with iconv")
	} else {
		err = to(p, v)
	}
	if err == nil {
		return nil
	}
	return &broker.ImportFault{Field: field, Reason: broker.FaultMalformed, Advice: err.Error()}
}

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
