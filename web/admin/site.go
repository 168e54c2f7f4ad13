package admin

import (
	"net/http"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// groupState is a group with its members' number, where they come from, and what
// they may do.
type groupState struct {
	Name    string         `json:"name"`
	Members int            `json:"members"`
	Sources map[string]int `json:"sources"` // "" for administrators
	Scopes  []string       `json:"scopes"`
}

func groups(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	all, err := ad.Groups(r.Context())
	list := make([]groupState, len(all))
	for i, g := range all {
		list[i] = groupState{g.Name, g.Members, g.Sources, g.Scopes}
		if g.Sources == nil {
			list[i].Sources = map[string]int{}
		}
	}
	return answer(w, list, err)
}

// provider is a way to sign in and how it is. None of its settings is a secret.
type provider struct {
	Name        string    `json:"name"`
	Driver      string    `json:"driver"`
	Label       string    `json:"label"`
	Status      string    `json:"status"` // "ok", "degraded", "down" or "disabled"
	Signup      bool      `json:"signup"`
	Link        string    `json:"link"`
	MFA         string    `json:"mfa"`
	LastError   *trouble  `json:"last_error,omitempty"`
	LastSuccess time.Time `json:"last_success,omitzero"`
}

type trouble struct {
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

func providers(w http.ResponseWriter, _ *http.Request, ad *broker.Administration) error {
	all := ad.Providers()
	list := make([]provider, len(all))
	for i, p := range all {
		list[i] = provider{
			Name: p.Name, Driver: p.Kind, Label: p.Label, Status: statusOf(p), Signup: p.Signup,
			Link: string(p.Link), MFA: string(p.MFA), LastSuccess: p.Answered,
		}
		if p.Trouble != nil {
			list[i].LastError = &trouble{p.Trouble.At.UTC(), p.Trouble.What}
		}
	}
	return wire.JSON(w, http.StatusOK, data{list})
}

func statusOf(p broker.ProviderState) string {
	switch {
	case p.Disabled:
		return "disabled"
	case p.Down:
		return "down"
	case p.Degraded:
		return "degraded"
	}
	return "ok"
}

// key is what may be shown of a signing key.
type key struct {
	ID         string    `json:"id"`
	Algorithm  string    `json:"algorithm"`
	State      string    `json:"state"`
	Configured bool      `json:"configured"` // in the configuration, not made here
	Created    time.Time `json:"created,omitzero"`
	Changed    time.Time `json:"changed,omitzero"`
}

func keys(w http.ResponseWriter, _ *http.Request, ad *broker.Administration) error {
	return wire.JSON(w, http.StatusOK, data{keysOf(ad)})
}

func keysOf(ad *broker.Administration) []key {
	all := ad.Keys()
	list := make([]key, len(all))
	for i, k := range all {
		list[i] = key{k.ID, k.Algorithm, k.State, k.Configured, k.CreatedAt, k.ChangedAt}
	}
	return list
}

func rotateKeys(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	if err := ad.RotateKeys(r.Context()); err != nil {
		return err
	}
	return wire.JSON(w, http.StatusOK, data{keysOf(ad)})
}

func retireKey(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	id, err := variable(r, "id")
	if err != nil {
		return err
	}
	if err := ad.RetireKey(r.Context(), id); err != nil {
		return err
	}
	return wire.JSON(w, http.StatusOK, data{keysOf(ad)})
}

// mergeRecord is a merge that can be undone until a moment.
type mergeRecord struct {
	ID    string    `json:"id"`
	From  string    `json:"from"`
	Into  string    `json:"into"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

func mergesOf(all []broker.MergeRecord) []mergeRecord {
	out := make([]mergeRecord, len(all))
	for i, m := range all {
		out[i] = mergeRecord{m.ID, m.From, m.Into, m.At.UTC(), m.At.Add(broker.MergeUndo).UTC()}
	}
	return out
}
