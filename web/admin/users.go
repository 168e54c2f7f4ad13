package admin

import (
	"net/http"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// user is an account as administrators read it: all that is known of it, and
// nothing that opens it.
type user struct {
	ID             string    `json:"id"`
	Status         string    `json:"status"`
	Admin          bool      `json:"admin"`
	Username       string    `json:"username"`
	Email          string    `json:"email"`
	EmailConfirmed bool      `json:"email_confirmed"`
	EmailHearsay   bool      `json:"email_hearsay"` // a provider says it and nobody vouches for it
	Name           string    `json:"name"`
	GivenName      string    `json:"given_name"`
	FamilyName     string    `json:"family_name"`
	Picture        string    `json:"picture"`
	Groups         []group   `json:"groups"`
	Origin         string    `json:"origin"` // the provider that made the account; "" for an administrator
	SecondFactor   bool      `json:"second_factor"`
	Created        time.Time `json:"created"`
	Updated        time.Time `json:"updated"`
}

// group is a membership and who says so: a provider, or "" for administrators.
type group struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

func userOf(a broker.Account) user {
	u := user{
		ID: a.ID, Status: string(a.Status), Admin: a.Admin, Username: a.Username,
		Email: a.Email, EmailConfirmed: a.EmailConfirmed, EmailHearsay: a.EmailHearsay,
		Name: a.FullName(), GivenName: a.GivenName, FamilyName: a.FamilyName, Picture: a.Picture, Groups: make([]group, len(a.Groups)),
		Origin: a.Origin, SecondFactor: a.SecondFactor, Created: a.Created.UTC(), Updated: a.Updated.UTC(),
	}
	for i, g := range a.Groups {
		u.Groups[i] = group(g)
	}
	return u
}

// page is a part of a list. Next is the cursor of the following part, "" at the
// end.
type page struct {
	Data any    `json:"data"`
	Next string `json:"next"`
}

// users lists accounts, the newest first; with a search in the order of what
// matched.
func users(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	v, err := readQuery(r, "search", "status", "admin", "group", "limit", "cursor")
	if err != nil {
		return err
	}
	q := broker.Query{Search: v["search"], Status: broker.Status(v["status"]), Group: v["group"], After: v["cursor"]}
	if q.Limit, err = limit(v["limit"]); err != nil {
		return err
	}
	if q.Admin, err = boolean("admin", v["admin"]); err != nil {
		return err
	}
	p, err := ad.List(r.Context(), q)
	if err != nil {
		return err
	}
	list := make([]user, len(p.Accounts))
	for i, a := range p.Accounts {
		list[i] = userOf(a)
	}
	return wire.JSON(w, http.StatusOK, page{list, p.Next})
}

// detail is a user with what takes more than a row to know.
type detail struct {
	user
	LockedUntil time.Time     `json:"locked_until,omitzero"` // after too many attempts
	Merges      []mergeRecord `json:"merges"`                // that can be undone
}

func showUser(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	a, _, err := ad.Find(r.Context(), ref)
	if err != nil {
		return err
	}
	d := detail{user: userOf(a)}
	until, err := ad.LockedUntil(r.Context(), a.ID)
	if err != nil {
		return err
	}
	d.LockedUntil = until
	merges, err := ad.Merges(r.Context(), a.ID)
	d.Merges = mergesOf(merges)
	return answer(w, d, err)
}

// newUser is an account to make. There is no password in it: its person chooses
// one, with the link of an invitation or of a reset.
type newUser struct {
	Username   string   `json:"username"`
	Email      string   `json:"email"`
	Confirmed  bool     `json:"confirmed"`
	Name       string   `json:"name"`
	GivenName  string   `json:"given_name"`
	FamilyName string   `json:"family_name"`
	Groups     []string `json:"groups"`
	Admin      bool     `json:"admin"`
}

func (n newUser) asked() broker.NewAccount {
	return broker.NewAccount{
		Username: n.Username, Email: n.Email, Confirmed: n.Confirmed, Name: n.Name,
		GivenName: n.GivenName, FamilyName: n.FamilyName, Groups: n.Groups, Admin: n.Admin,
	}
}

// addUser makes an active account that nobody can sign in to before it has a
// password or an identity.
func addUser(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	var in newUser
	if err := wire.DecodeExact(w, r, &in); err != nil {
		return err
	}
	a, err := ad.Add(r.Context(), in.asked())
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusCreated, data{userOf(a)})
}

// inviteUser makes an account that its person enters with the link of a letter.
func inviteUser(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	var in newUser
	if err := wire.DecodeExact(w, r, &in); err != nil {
		return err
	}
	if in.Confirmed {
		return broker.Fail(broker.CodePayload, "the address of an invitation is confirmed by its person")
	}
	a, err := ad.Invite(r.Context(), in.asked())
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusCreated, data{userOf(a)})
}

// editUser changes what is in the body and nothing else.
func editUser(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	var in struct {
		Username   *string   `json:"username"`
		Email      *string   `json:"email"`
		Name       *string   `json:"name"`
		GivenName  *string   `json:"given_name"`
		FamilyName *string   `json:"family_name"`
		Groups     *[]string `json:"groups"`
		Admin      *bool     `json:"admin"`
		Confirmed  *bool     `json:"confirmed"`
	}
	if err := wire.DecodeExact(w, r, &in); err != nil {
		return err
	}
	a, err := ad.Edit(r.Context(), ref, broker.AccountEdit(in))
	return answer(w, userOf(a), err)
}

// removeUser removes an account for good. What it did stays in the audit record.
func removeUser(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	return nothing(w, ad.Remove(r.Context(), ref))
}
