package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

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
	*os.File        // nil for standard input and databases
	name     string // as it is called in messages
	path     string // of a database in a file
}

// stat tells which file it is, nil for none.
func (f peopleFile) stat() os.FileInfo {
	var info os.FileInfo
	switch {
	case f.File != nil:
		info, _ = f.File.Stat()
	case f.path != "":
		info, _ = os.Stat(f.path) // not opened: closing it would end the locks of whoever reads it
	}
	return info
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
	return p.openFile(path, func(in io.Reader) (peopleReader, error) { return readPeople(in, format) })
}

// openFile opens a file, - for standard input, whose people read reads.
func (p *program) openFile(path string, read func(io.Reader) (peopleReader, error)) (peopleFile, peopleReader, error) {
	f, in := peopleFile{name: "standard input"}, p.in
	if path != "-" {
		opened, err := os.Open(path) //nolint:gosec // the operator's own file
		if err != nil {
			return f, nil, unreadableFile{err}
		}
		f, in = peopleFile{File: opened, name: filepath.Base(path)}, opened
	}
	people, err := read(in)
	if err != nil {
		_ = f.Close()
		return f, nil, unreadableFile{fmt.Errorf("%s: %w", f.name, err)}
	}
	return f, people, nil
}

// peopleText is the text of a file, without a byte order mark.
type peopleText struct {
	*bufio.Reader
	limited *allowance
	start   []byte // without blanks
}

// openText looks at the beginning of a text. An empty one is an error.
func openText(in io.Reader) (*peopleText, error) {
	limited := &allowance{from: in, left: 2 * maxRecord}
	b := bufio.NewReaderSize(limited, maxRecord)
	start, err := b.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(start, []byte("\xef\xbb\xbf")) { // a byte order mark
		_, _ = b.Discard(3)
		_, _ = b.Peek(1)
	}
	start, _ = b.Peek(b.Buffered())
	start = bytes.TrimSpace(start)
	if len(start) == 0 {
		return nil, errors.New("it is empty")
	}
	return &peopleText{b, limited, start}, nil
}

// readPeople reads people in one of the formats, "" for the one that it looks
// like.
func readPeople(in io.Reader, format string) (peopleReader, error) {
	text, err := openText(in)
	if err != nil {
		return nil, err
	}
	if format == "" {
		format = map[byte]string{'{': "jsonl", '[': "json"}[text.start[0]]
	}
	switch format {
	case "jsonl":
		text.limited.unlimited = true
		return &jsonPeople{in: text.Reader}, nil
	case "json":
		return nil, errors.New("it is a JSON list; one object a line is expected, which jq -c '.[]' makes of it")
	case "csv", "":
		return newCSVPeople(text, userFields)
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
