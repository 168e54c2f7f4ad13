package authserver

import (
	"math"
	"net/http"
	"strconv"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

const (
	// maxPeople is how many people one answer tells of. The original tells of all;
	// who has more is told where the list goes on.
	maxPeople = 10_000
	// readPeople is how many are read at once.
	readPeople = 1000
)

// all tells of everybody, by their numbers. With ?after=ID the list begins behind
// that number; a Link field leads to the next part (RFC 8288 §3).
func (s *Authserver) all(w http.ResponseWriter, r *http.Request) error {
	if err := s.mayLook(r); err != nil {
		return err
	}
	after, faults := behind(r)
	if len(faults) > 0 {
		return s.unread(w, r, faults...)
	}
	people := []user{}
	for len(people) <= maxPeople {
		page, err := s.Broker.Numbered(r.Context(), after, readPeople)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return wire.JSON(w, http.StatusOK, people)
		}
		people = append(people, users(page)...)
		after = page[len(page)-1].Number
	}
	people = people[:maxPeople]
	last := strconv.FormatInt(people[maxPeople-1].ID, 10)
	w.Header().Set("Link", "<"+s.Prefix+"/users/?after="+last+`>; rel="next"`)
	return wire.JSON(w, http.StatusOK, people)
}

// users are those of a page whom the interface can tell of.
func users(page []broker.Numbered) []user {
	out := make([]user, 0, len(page))
	for _, n := range page {
		if known(n.Account) {
			out = append(out, user{n.Number, n.Email})
		}
	}
	return out
}

// behind reads where a list begins.
func behind(r *http.Request) (after int64, faults []fault) {
	q, faults := query(r)
	if len(faults) > 0 {
		return 0, faults
	}
	switch all := q["after"]; {
	case len(all) > 1:
		return 0, []fault{repeated(inQuery, "after")}
	case len(all) == 0 || all[0] == "":
		return 0, nil
	}
	after, err := strconv.ParseInt(q.Get("after"), 10, 64)
	if err != nil || after < 0 || after == math.MaxInt64 {
		return 0, []fault{{Loc: []string{inQuery, "after"}, Msg: "value is not a valid integer", Type: "type_error.integer"}}
	}
	return after, nil
}
