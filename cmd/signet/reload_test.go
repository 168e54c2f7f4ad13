package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// until is a log that ends something when a line with the text comes.
type until struct {
	text string
	end  func()
	seen bool
}

func (u *until) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(u.text)) {
		u.seen = true
		u.end()
	}
	return len(line), nil
}

func TestHangUpDuringTheStartReloadsAfterIt(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	log := &until{text: "configuration reloaded", end: stop}
	var once sync.Once
	p := &program{
		in: bytes.NewReader(nil), out: io.Discard, err: log, environ: []string{"SIGNET_LISTEN=127.0.0.1:0"},
		// Asked first of all for the name of the configuration file.
		env: func(string) (string, bool) {
			once.Do(func() {
				if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
					t.Error(err)
				}
			})
			return "", false
		},
	}
	if err := p.serve(ctx); err != nil {
		t.Fatal(err)
	}
	if !log.seen {
		t.Error("nothing was reloaded")
	}
}
