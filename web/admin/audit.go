package admin

import (
	"bytes"
	"encoding/csv"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// maxEntries is the longest page of the record: who exports it asks for more at a
// time than who reads it.
const maxEntries = 1000

// entry is one event of the record, in JSON and in JSON lines.
type entry struct {
	ID        string          `json:"id"`
	Time      time.Time       `json:"time"`
	Event     string          `json:"event"`
	Outcome   string          `json:"outcome"`
	Reason    string          `json:"reason"`
	Actor     string          `json:"actor"`
	Account   string          `json:"account"`
	Session   string          `json:"session"`
	Provider  string          `json:"provider"`
	Login     string          `json:"login"`
	Address   string          `json:"address"`
	Device    string          `json:"device"`
	RequestID string          `json:"request_id"`
	Changes   []broker.Change `json:"changes"`
}

func entryOf(e broker.Entry) entry {
	return entry{
		ID: e.ID, Time: e.At.UTC(), Event: e.Name, Outcome: string(e.Outcome), Reason: e.Reason, Actor: e.Actor,
		Account: e.AccountID, Session: e.SessionID, Provider: e.Provider, Login: e.Login,
		Address: e.Client.Address, Device: e.Client.UserAgent, RequestID: e.Client.RequestID, Changes: e.Changes,
	}
}

// audit answers a page of the record, newest first: as JSON, or for other
// programs as CSV or JSON lines, where a Link field leads to the next page.
func (a *API) audit(w http.ResponseWriter, r *http.Request, _ *broker.Administration) error {
	q, format, err := trailQuery(r)
	if err != nil {
		return err
	}
	entries, next, err := a.Trail.Entries(r.Context(), q)
	if err != nil {
		return err
	}
	list := make([]entry, len(entries))
	for i, e := range entries {
		list[i] = entryOf(e)
	}
	if format == "json" {
		return wire.JSON(w, http.StatusOK, page{list, next})
	}
	if next != "" {
		w.Header().Set("Link", "<"+nextPage(r.URL, next)+`>; rel="next"`)
	}
	if format == "csv" {
		return asCSV(w, list)
	}
	return asLines(w, list)
}

// trailQuery reads which part of the record is asked for, and how.
func trailQuery(r *http.Request) (q broker.TrailQuery, format string, err error) {
	v, err := readQuery(r, "account", "actor", "event", "outcome", "address", "since", "until", "limit", "cursor", "format")
	if err != nil {
		return q, "", err
	}
	q = broker.TrailQuery{
		Account: v["account"], Actor: v["actor"], Name: v["event"], Outcome: broker.Outcome(v["outcome"]),
		Address: v["address"], Cursor: v["cursor"], Limit: defaultLimit,
	}
	switch q.Outcome {
	case "", broker.Succeeded, broker.Failed, broker.Denied:
	default:
		return q, "", broker.Fail(broker.CodePayload, `"outcome" is one of success, failure and denied`)
	}
	for name, to := range map[string]*time.Time{"since": &q.Since, "until": &q.Until} {
		if v[name] == "" {
			continue
		}
		if *to, err = time.Parse(time.RFC3339, v[name]); err != nil {
			return q, "", broker.Fail(broker.CodePayload, `"`+name+`" is no time as in RFC 3339`)
		}
	}
	if v["limit"] != "" {
		n, err := strconv.Atoi(v["limit"])
		if err != nil || n < 1 || n > maxEntries {
			return q, "", broker.Fail(broker.CodePayload, `"limit" is a number from 1 to `+strconv.Itoa(maxEntries))
		}
		q.Limit = n
	}
	format, err = formatOf(v["format"], r.Header.Values("Accept"))
	return q, format, err
}

// formatOf is what the query asks for, else the Accept field, else JSON.
func formatOf(asked string, accept []string) (string, error) {
	switch asked {
	case "json", "csv", "jsonl":
		return asked, nil
	case "":
	default:
		return "", broker.Fail(broker.CodePayload, `"format" is one of json, csv and jsonl`)
	}
	for _, one := range strings.Split(strings.Join(accept, ","), ",") {
		switch kind, _, _ := mime.ParseMediaType(one); kind {
		case "text/csv":
			return "csv", nil
		case "application/jsonl":
			return "jsonl", nil
		case "application/json":
			return "json", nil
		}
	}
	return "json", nil
}

// nextPage is the address of this page with another cursor.
func nextPage(u *url.URL, cursor string) string {
	q := u.Query()
	q.Set("cursor", cursor)
	return u.EscapedPath() + "?" + q.Encode()
}

func asLines(w http.ResponseWriter, list []entry) error {
	var b bytes.Buffer
	for _, e := range list {
		line, err := json.Marshal(e, json.FormatNilSliceAsNull(false))
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	return download(w, "application/jsonl", "audit.jsonl", b.Bytes())
}

func asCSV(w http.ResponseWriter, list []entry) error {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	_ = c.Write([]string{
		"id", "time", "event", "outcome", "reason", "actor", "account", "session",
		"provider", "login", "address", "device", "request_id", "changes",
	})
	for _, e := range list {
		changes, err := json.Marshal(e.Changes, json.FormatNilSliceAsNull(false))
		if err != nil {
			return err
		}
		cells := []string{
			e.ID, e.Time.Format(time.RFC3339Nano), e.Event, e.Outcome, e.Reason, e.Actor, e.Account, e.Session,
			e.Provider, e.Login, e.Address, e.Device, e.RequestID, string(changes),
		}
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		_ = c.Write(cells)
	}
	if c.Flush(); c.Error() != nil {
		return c.Error()
	}
	return download(w, "text/csv; charset=utf-8", "audit.csv", b.Bytes())
}

// harmless keeps a spreadsheet from taking what a stranger typed for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func download(w http.ResponseWriter, kind, name string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // the reader went away: nobody is left to tell
	return nil
}
