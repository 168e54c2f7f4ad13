package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
)

// readAll reads a whole file: people, and for bad lines "line field: advice".
func readAll(t testing.TB, text, format string) (people []broker.ImportedPerson, faults []string, err error) {
	t.Helper()
	r, err := readPeople(strings.NewReader(text), format)
	if err != nil {
		return nil, nil, err
	}
	for {
		p, fault, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return people, faults, nil
		case err != nil:
			return people, faults, err
		case fault != nil:
			faults = append(faults, fmt.Sprintf("%d %s: %s", p.Place, fault.Field, fault.Advice))
		default:
			people = append(people, p)
		}
	}
}

func TestBothFormatsSayTheSame(t *testing.T) {
	want := []broker.ImportedPerson{{
		Place: 2, ID: "9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d", Username: "zoë", Email: "zoë@example.org", Confirmed: true, Hash: "$6$a$b",
		Name: `Zoë "Z", d'Or`, GivenName: "Zoë", FamilyName: "d'Or", Groups: []string{"Family", "Staff, all"}, Admin: true,
		Status: broker.Suspended, Created: time.Date(2019, 5, 6, 7, 8, 9, 0, time.UTC),
	}, {Place: 4, Username: "two\nlines"}}
	for name, text := range map[string]string{
		"CSV": "username,email,hash,groups,confirmed,admin,name,given_name,family_name,status,id,created\n" +
			"zoë,zoë@example.org,$6$a$b,\"Family; Staff, all;\",t,YES,\"Zoë \"\"Z\"\", d'Or\",Zoë,d'Or,suspended,9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d,2019-05-06T07:08:09Z\n" +
			"\n\"two\nlines\",,,,,,,,,,,\n",
		"CSV as Excel writes it": "\xef\xbb\xbfusername,email,hash,groups,confirmed,admin,name,given_name,family_name,status,id,created\r\n" +
			"zoë,zoë@example.org,$6$a$b,\"Family; Staff, all;\",TRUE,1,\"Zoë \"\"Z\"\", d'Or\",Zoë,d'Or,suspended,9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d,2019-05-06 07:08:09\r\n" +
			"\r\n\"two\r\nlines\",,,,,,,,,,,",
		"JSON lines": "\n" + `{"id":"9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d","username":"zoë","email":"zo\u00eb@example.org","confirmed":true,"hash":"$6$a$b",` +
			`"name":"Zoë \"Z\", d'Or","given_name":"Zoë","family_name":"d'Or","groups":["Family","Staff, all"],"admin":true,"status":"suspended","created":"2019-05-06 09:08:09+02"}` +
			"\n \r\n" + `{"username":"two\nlines","email":null,"groups":null,"admin":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, faults, err := readAll(t, text, "")
			if diff := cmp.Diff(want, got); err != nil || len(faults) > 0 || diff != "" {
				t.Errorf("%v, %q, want -, got +:\n%s", err, faults, diff)
			}
		})
	}
}

func TestABadLineIsNamedAndTheNextIsRead(t *testing.T) {
	const header = "username,confirmed,created\n"
	for _, c := range []struct{ name, text, want string }{
		{"too few columns", header + "a,b\nnext,,", "2 : it does not have the 3 columns of the header; quote a value that holds a comma"},
		{"too many columns", header + "a,,,\nnext,,", "2 : it does not have the 3 columns of the header; quote a value that holds a comma"},
		{"a quote in the middle", header + "a\"b,,\nnext,,", "2 : column 2: bare \" in non-quoted-field; quote a value that holds a comma, a quote or a line end, and double the quotes in it"},
		{"what is no flag", header + "a,perhaps,\nnext,,", "2 confirmed: it is neither true nor false"},
		{"what is no moment", header + "a,,yesterday\nnext,,", "2 created: it is no moment such as 2026-11-23T12:00:00Z or 2026-11-23"},
		{"Latin-1", header + "Zo\xeb,,\nnext,,", "2 username: it is not UTF-8: convert the file, for instance with iconv"},
		{"no JSON", "{}x\n{\"username\":\"next\"}", "1 : it is no JSON object in UTF-8 with each name once"},
		{"a JSON list", "{\n[]\n{\"username\":\"next\"}", "2 : it is no JSON object in UTF-8 with each name once"},
		{"a name twice", "{\"username\":\"a\",\"username\":\"b\"}\n{\"username\":\"next\"}", "1 : it is no JSON object in UTF-8 with each name once"},
		{"JSON that is no UTF-8", "{\"username\":\"\xeb\"}\n{\"username\":\"next\"}", "1 : it is no JSON object in UTF-8 with each name once"},
		{"an unknown name", "{\"username\":\"a\",\"usrname\":\"b\"}\n{\"username\":\"next\"}", `1 : unknown column "usrname"; did you mean username?`},
		{"a number where a text is", "{\"username\":7}\n{\"username\":\"next\"}", "1 username: it is no text"},
		{"a text where a flag is", "{\"username\":\"a\",\"admin\":\"true\"}\n{\"username\":\"next\"}", "1 admin: it is neither true nor false"},
		{"a text where a list is", "{\"username\":\"a\",\"groups\":\"x\"}\n{\"username\":\"next\"}", "1 groups: it is no list of texts"},
		{"a long line of JSON", "{\"username\":\"" + strings.Repeat("x", 3*maxRecord) + "\"}\n{\"username\":\"next\"}", "1 : " + errLongRecord.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			people, faults, err := readAll(t, c.text, "")
			if err != nil || len(faults) == 0 || faults[len(faults)-1] != c.want {
				t.Errorf("got %q, %v; want %q", faults, err, c.want)
			}
			if len(people) != 1 || people[0].Username != "next" {
				t.Errorf("got %+v; want the next line", people)
			}
		})
	}
}

func TestAFileThatIsNoneIsRefusedWhole(t *testing.T) {
	for _, c := range []struct{ name, text, format, want string }{
		{"an empty file", "", "", "it is empty"},
		{"a file of a byte order mark", "\xef\xbb\xbf", "", "it is empty"},
		{"an unknown column", "username,groupes\n", "", `header row: unknown column "groupes"; did you mean groups?`},
		{"another system's name of a column", "username,hashed_password\n", "", `header row: unknown column "hashed_password"; did you mean hash?`},
		{"passwords in the clear", "username,password\n", "", `header row: unknown column "password"; did you mean hash? Passwords in the clear are not imported`},
		{"semicolons", "username;email;hash\n", "", `header row: unknown column "username;email;hash"; columns are separated by commas`},
		{"what is like nothing", "username,zzzzzzzzzz\n", "", `header row: unknown column "zzzzzzzzzz"; known are username, email, hash, groups, confirmed, admin, name, given_name, family_name, status, id, created`},
		{"a column twice", "username,email,username\n", "", `header row: column "username" is there twice`},
		{"nobody's names", "hash,groups\n", "", "header row: there is neither username nor email"},
		{"no header", "alice,alice@example.org\n", "csv", `header row: unknown column "alice"; known are username, email, hash, groups, confirmed, admin, name, given_name, family_name, status, id, created`},
		{"a list", `[{"username":"a"}]`, "", "it is a JSON list; one object a line is expected, which jq -c '.[]' makes of it"},
		{"a format that there is not", "username\n", "xml", `--format "xml" is neither csv nor jsonl`},
		{"a header without an end", "\"username" + strings.Repeat("x", 3*maxRecord), "", "header row: " + errLongRecord.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := readPeople(strings.NewReader(c.text), c.format); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// endless is a text that goes on for ever, and counts what is taken of it.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.taken += len(p)
	return len(p), nil
}

func TestAQuoteThatIsNeverClosedDoesNotFillTheMemory(t *testing.T) {
	rest := &endless{}
	r, err := readPeople(io.MultiReader(strings.NewReader("username\nalice\n\""), rest), "")
	if err != nil {
		t.Fatal(err)
	}
	if p, fault, err := r.next(); p.Username != "alice" || fault != nil || err != nil {
		t.Fatalf("got %+v, %+v, %v; want alice", p, fault, err)
	}
	if _, _, err := r.next(); !errors.Is(err, errLongRecord) || !strings.HasPrefix(err.Error(), "after line 2: ") {
		t.Errorf("got %v, want errLongRecord after line 2", err)
	}
	if rest.taken > 4*maxRecord {
		t.Errorf("%d bytes were read", rest.taken)
	}
}

func TestALongFileOfShortLinesIsRead(t *testing.T) {
	const lines = 20_000 // 20 bytes each: more than an allowance of one record
	people, faults, err := readAll(t, "username\n"+strings.Repeat("somebody of the file\n", lines), "")
	if err != nil || len(faults) > 0 || len(people) != lines || people[lines-1].Place != lines+1 {
		t.Errorf("got %d people, %q, %v; want %d", len(people), faults, err, lines)
	}
}

func FuzzPeople(f *testing.F) {
	f.Add("username,email,groups,admin,created\na,b,c;d,t,2020-01-01\n\"a\nb\",,,,\n")
	f.Add(`{"username":"a","groups":["b"],"admin":true,"created":"2020-01-01"}` + "\n{}\n")
	f.Add("\xef\xbb\xbfusername\r\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		people, _, err := readAll(t, text, "")
		if err == nil && strings.Count(text, "\n")+1 < len(people) {
			t.Errorf("%d people of %d lines", len(people), strings.Count(text, "\n")+1)
		}
		last := 0
		for _, p := range people {
			if p.Place <= last {
				t.Errorf("line %d after line %d", p.Place, last)
			}
			last = p.Place
		}
	})
}
