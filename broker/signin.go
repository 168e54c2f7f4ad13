package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/drivers"
)

const (
	maxLogin    = 256  // bytes
	maxPassword = 1024 // bytes
)

// SignIn proves a password with its provider and returns tokens. Blanks around
// the login name do not count, and those within it count as one.
//
// Every failure of the person's has one code, [CodeCredentials]; which it was
// is in the audit record only. After a right password a second factor may be
// asked for: CodeOTP, with a [SecondFactorError] while none was shown. Further
// codes: CodeNoProvider,
// CodeProviderDisabled, CodeLimited when the account is locked and
// CodeUnavailable when the provider or the database cannot answer, which
// counts against nobody.
func (b *Broker) SignIn(ctx context.Context, c Credentials) (Login, error) {
	p, err := b.passwordProvider(c.Provider)
	if err != nil {
		return Login{}, err
	}
	c.Login = strings.Join(strings.Fields(c.Login), " ")
	if !plausible(c.Login, maxLogin) || !readable(c.Login) || !plausible(c.Password, maxPassword) {
		b.record(ctx, c, p, Event{Name: EventLoginFailure, Reason: "implausible"})
		return Login{}, Fail(CodeCredentials, "")
	}
	standing, err := b.Accounts.Enter(ctx, Attempt{
		Provider: p.Realm(), Login: c.Login, Now: b.Now(), Lockout: b.Lockout,
	})
	if err != nil {
		if errors.Is(err, ErrLocked) {
			b.record(ctx, c, p, Event{Name: EventLoginLocked, Reason: "locked", Err: err})
		}
		return Login{}, fmt.Errorf("count attempt: %w", err)
	}
	id, err := p.Driver.Password.Authenticate(ctx, c.Login, c.Password)
	p.note(err, b.Now())
	if err != nil {
		return Login{}, b.unproven(ctx, c, p, standing, err)
	}
	l, err := b.admit(ctx, entry{
		provider: p, identity: id, standing: standing, client: c.Client,
		mode: c.Mode, amr: methods(id, "pwd"), counted: true,
		otp: c.OTP, browser: c.Browser, returnTo: c.ReturnTo, lives: c.Lives,
	})
	b.settle(ctx, standing, l, err)
	return l, err
}

// settle takes back the attempt of a right password that the store will not
// tell from a failure: one that was counted under another name of the person,
// and one that a fault of ours turned away. What policy refuses stays counted.
// An attempt that cannot be taken back counts, which errs on the safe side.
func (b *Broker) settle(ctx context.Context, s Standing, l Login, err error) {
	told := err == nil && l.Claims.AccountID == s.Bucket
	if !told && !refused(err) {
		_ = b.giveBack(ctx, s.Bucket)
	}
}

// refused reports an error that counts as a failure: a wrong second factor does,
// and one that is still to come does not.
func refused(err error) bool {
	var waits *SecondFactorError
	code := CodeOf(err)
	return err != nil && (code == CodeCredentials || code == CodeOTP && !errors.As(err, &waits))
}

// passwordProvider finds a provider that takes passwords; the empty name is
// the one of local accounts.
func (b *Broker) passwordProvider(name string) (*provider, error) {
	d := b.door.Load()
	p := d.byName[name]
	if name == "" {
		p = d.byRealm[LocalRealm]
	}
	switch {
	case p == nil || p.Driver.Password == nil:
		return nil, Fail(CodeNoProvider, "")
	case p.Disabled:
		return nil, Fail(CodeProviderDisabled, "")
	}
	return p, nil
}

// plausible reports a login name or password that can be a real one. What is
// not is refused as wrong before anything is asked.
func plausible(s string, longest int) bool {
	return s != "" && len(s) <= longest && !strings.ContainsRune(s, 0)
}

// readable reports a login name without anything that cannot be seen. A
// directory may overlook that, as it does blanks, and a name that it takes for
// another's must not have a counter of its own.
func readable(login string) bool {
	return utf8.ValidString(login) && !strings.ContainsFunc(login, func(c rune) bool { return !unicode.IsGraphic(c) })
}

// unproven records why a proof failed and gives the attempt back when nobody
// judged it.
func (b *Broker) unproven(ctx context.Context, c Credentials, p *provider, s Standing, err error) error {
	judged := errors.Is(err, drivers.ErrCredentials) || errors.Is(err, drivers.ErrRefused)
	e := Event{Name: EventLoginFailure, Reason: failureReason(s, err), AccountID: s.Account.ID, Err: err}
	if !judged {
		e.Name, e.Reason = EventProviderDown, "unavailable"
		if back := b.giveBack(ctx, s.Bucket); back != nil {
			e.Err = errors.Join(err, back)
		}
	}
	b.record(ctx, c, p, e)
	err = fmt.Errorf("authenticate at %s: %w", p.Name, err)
	if errors.Is(err, drivers.ErrUnavailable) && p.Kind != LocalRealm {
		retry, _ := RetryAfter(err, b.Now())
		return &Error{Code: CodeUnavailable, Reason: "provider " + p.Name + " cannot be reached", Retry: retry, Err: err}
	}
	return err
}

func failureReason(s Standing, err error) string {
	switch {
	case errors.Is(err, drivers.ErrRefused):
		return "refused_by_provider"
	case s.Account.ID == "":
		return "unknown_or_wrong"
	case s.Account.Status != Active:
		return "wrong_password_status_" + string(s.Account.Status)
	}
	return "wrong_password"
}

// giveBack outlives a caller that went away: an attempt that was never judged
// must not count against the account.
func (b *Broker) giveBack(ctx context.Context, bucket string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return b.Accounts.GiveBack(ctx, bucket)
}

func (b *Broker) record(ctx context.Context, c Credentials, p *provider, e Event) {
	e.Provider, e.Client = p.Name, c.Client
	if e.AccountID == "" {
		e.Login = c.Login[:min(len(c.Login), maxLogin)]
	}
	b.Audit.Record(ctx, e)
}

// methods are the identity's own authentication methods, or what we saw.
func methods(id drivers.Identity, seen string) []string {
	if len(id.AMR) > 0 {
		return id.AMR
	}
	return []string{seen}
}
