package pages

import (
	"net/http"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// The stages of setting up a second factor.
const (
	stageBegin = "begin" // says what comes
	stageScan  = "scan"  // the picture and the field
	stageRetry = "retry" // the field only: the secret is shown once
	stageCodes = "codes" // the recovery codes
)

// secondView is what the pages of the second factor show.
type secondView struct {
	Stage  string
	Secret []string // in groups of four
	QR     drawing
	App    string // opens the app of this device: an address of otpauth without its scheme
	Codes  []string
}

func (p *Pages) setupView(e errand, stage string) view {
	v := p.view("Set up a second step", e)
	v.Status, v.Second.Stage = http.StatusOK, stage
	if stage != stageBegin {
		v.Focus = "code"
	}
	return v
}

// propose shows the secret of a new second factor. A secret that was shown
// before is worthless from then on.
func (p *Pages) propose(w http.ResponseWriter, r *http.Request, e errand, s broker.SecondStep) error {
	made, err := p.seconds.ProposeSecond(r.Context(), s)
	if err != nil {
		wire.ExchangeOf(r.Context()).Outcome = "refused"
		p.refuseCode(w, r, refusedCode{err, e, sheet{p.templates.setup, p.setupView(e, stageBegin)}, notFirstCode})
		return nil
	}
	v := p.setupView(e, stageScan)
	v.Second.Secret = groups(made.Secret)
	if v.Second.QR, err = trace(made.QR); err != nil {
		return err
	}
	v.Second.App, _ = strings.CutPrefix(made.URL, "otpauth:")
	return render(w, p.templates.setup, v)
}

// confirmSetup shows the first code to the broker, which lets the person in,
// and then the recovery codes, this once.
func (p *Pages) confirmSetup(w http.ResponseWriter, r *http.Request, e errand, s broker.SecondStep) error {
	x := wire.ExchangeOf(r.Context())
	landing, codes, err := p.seconds.ConfirmSecond(r.Context(), s)
	if err != nil {
		x.Outcome = "refused"
		if broker.CodeOf(err) == broker.CodeConflict { // the secret is too old
			err = &broker.Error{Code: broker.CodeCredentials, Err: err}
		}
		p.refuseCode(w, r, refusedCode{err, e, sheet{p.templates.setup, p.setupView(e, stageRetry)}, notFirstCode})
		return nil
	}
	x.Outcome, x.Provider = "signed_in", p.known(landing.Login.Claims.Provider)
	p.pending.Clear(w)
	if err := p.replace(w, r, landing.Login); err != nil {
		return err
	}
	v := p.setupView(errand{redirect: landing.ReturnTo, mode: landing.Mode}, stageCodes)
	v.Title, v.Second.Codes, v.Next = "Keep your recovery codes", codes, link{onward(landing.ReturnTo), "I have kept them"}
	return render(w, p.templates.setup, v)
}

// groups cuts a secret into groups of four, as people read and type it.
func groups(secret string) []string {
	var out []string
	for rest := strings.TrimRight(secret, "="); rest != ""; {
		n := min(4, len(rest))
		out, rest = append(out, rest[:n]), rest[n:]
	}
	return out
}
