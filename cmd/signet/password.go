package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"strings"
)

// givenPassword reads a password from standard input if that is where it is.
func (p *program) givenPassword(stdin bool) (string, error) {
	if !stdin {
		return "", nil
	}
	return readLine(p.in)
}

// madePassword returns a random password of at least that many characters and
// 130 bits.
func madePassword(least int) string {
	password := rand.Text()
	for len(password) < least {
		password += rand.Text()
	}
	return password
}

// readLine reads one line of at most 4 KiB. A password is never an argument:
// other users of the machine could read it there.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("standard input holds no password")
	}
	return line, nil
}
