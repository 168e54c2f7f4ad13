package main

import (
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdForm is: form STATUS PATH FORM. It sends a form as a service does. The
// answer is in the file "answer".
func cmdForm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: form STATUS PATH FORM")
	}
	resp, err := http.Post(ts.Getenv("URL")+args[1], "application/x-www-form-urlencoded", strings.NewReader(args[2]))
	ts.Check(err)
	keep(ts, resp, args[0])
}
