package admin

import (
	"context"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// changed answers with an account after a change.
func changed(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, ref string) (broker.Account, error)) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	a, err := do(r.Context(), ref)
	return answer(w, userOf(a), err)
}

// done answers that something was done to an account.
func done(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, ref string) error) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	return nothing(w, do(r.Context(), ref))
}

func suspend(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return changed(w, r, func(ctx context.Context, ref string) (broker.Account, error) {
		return ad.SetStatus(ctx, ref, broker.Suspended)
	})
}

func activate(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return changed(w, r, func(ctx context.Context, ref string) (broker.Account, error) {
		return ad.SetStatus(ctx, ref, broker.Active)
	})
}

func confirm(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return changed(w, r, ad.Confirm)
}

func removeSecondFactor(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return changed(w, r, ad.RemoveSecondFactor)
}

func unlock(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return done(w, r, ad.Unlock)
}

func sendReset(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return done(w, r, ad.SendReset)
}

func sendInvite(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return done(w, r, ad.SendInvite)
}

// merge makes another account a part of this one.
func merge(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	into, err := variable(r, "id")
	if err != nil {
		return err
	}
	var in struct {
		From string `json:"from"`
	}
	if err := wire.DecodeExact(w, r, &in); err != nil {
		return err
	}
	if in.From == "" {
		return broker.Fail(broker.CodePayload, `"from" is required`)
	}
	id, after, err := ad.Merge(r.Context(), in.From, into)
	return answer(w, struct {
		ID   string `json:"id"`
		User user   `json:"user"`
	}{id, userOf(after)}, err)
}

// undoMerge makes two accounts of one again.
func undoMerge(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	id, err := variable(r, "id")
	if err != nil {
		return err
	}
	back, into, err := ad.Unmerge(r.Context(), id)
	return answer(w, struct {
		User user `json:"user"` // that was merged
		Into user `json:"into"`
	}{userOf(back), userOf(into)}, err)
}
