package attack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Field is one header field as it came, its name in the spelling of the sender.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Received is a request as it came. Nothing is decoded, joined or left out.
type Received struct {
	Method string  `json:"method"`
	Target string  `json:"target"`
	Proto  string  `json:"proto"`
	Fields []Field `json:"fields"`
	// Body is how many bytes the body had.
	Body int `json:"body"`
}

// Values are those of all fields of a name, in whatever case.
func (r Received) Values(name string) []string {
	var all []string
	for _, f := range r.Fields {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return all
}

const (
	maxHead = 256 << 10 // bytes of a request's head
	maxBody = 1 << 20   // bytes of a body
)

var (
	errHead = errors.New("the head of the request is too long")
	errBody = errors.New("the body of the request cannot be read")
)

// readRequest reads a request as a careless server does: it takes every
// spelling of a field, and of two lengths the last one. What a request was
// smuggled in is what it must be able to read.
func readRequest(r *bufio.Reader) (Received, error) {
	var m Received
	budget := maxHead
	first, err := readLine(r, &budget)
	if err != nil {
		return m, err
	}
	m.Method, m.Target, _ = strings.Cut(first, " ")
	if i := strings.LastIndexByte(m.Target, ' '); i >= 0 {
		m.Target, m.Proto = m.Target[:i], m.Target[i+1:]
	}
	for {
		line, err := readLine(r, &budget)
		if err != nil {
			return m, err
		}
		if line == "" {
			break
		}
		m.addLine(line)
	}
	m.Body, err = readBody(r, m)
	return m, err
}

// addLine takes a line of the head. One that begins with a space goes on with
// the field before it, unless it reads as a field itself: an application may
// take it for one.
func (m *Received) addLine(line string) {
	name, value, is := strings.Cut(line, ":")
	folded := line[0] == ' ' || line[0] == '\t'
	if folded && !is && len(m.Fields) > 0 {
		m.Fields[len(m.Fields)-1].Value += " " + strings.TrimSpace(line)
		return
	}
	m.Fields = append(m.Fields, Field{strings.TrimSpace(name), strings.TrimSpace(value)})
}

func readLine(r *bufio.Reader, budget *int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if *budget -= len(part); *budget < 0 {
			return "", errHead
		}
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
	}
}

func readBody(r *bufio.Reader, m Received) (int, error) {
	if strings.Contains(strings.ToLower(strings.Join(m.Values("Transfer-Encoding"), ",")), "chunked") {
		return readChunks(r)
	}
	lengths := m.Values("Content-Length")
	if len(lengths) == 0 {
		return 0, nil
	}
	n, err := strconv.Atoi(lengths[len(lengths)-1])
	if err != nil || n < 0 || n > maxBody {
		return 0, fmt.Errorf("%w: its length", errBody)
	}
	_, err = r.Discard(n)
	return n, err
}

func readChunks(r *bufio.Reader) (int, error) {
	total, budget := 0, maxHead
	for {
		line, err := readLine(r, &budget)
		if err != nil {
			return total, err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 20)
		if err != nil || total+int(n) > maxBody {
			return total, fmt.Errorf("%w: the size of a chunk", errBody)
		}
		if n == 0 {
			return total, skipTrailers(r, &budget)
		}
		if _, err := io.CopyN(io.Discard, r, int64(n)); err != nil {
			return total, err
		}
		total += int(n)
		if _, err := readLine(r, &budget); err != nil {
			return total, err
		}
	}
}

func skipTrailers(r *bufio.Reader, budget *int) error {
	for {
		line, err := readLine(r, budget)
		if err != nil || line == "" {
			return err
		}
	}
}
