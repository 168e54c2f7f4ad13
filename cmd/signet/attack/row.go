package attack

import "context"

// row is one attack: what it sends, and how each answer is judged.
type row struct {
	class, name, id string
	needs           need
	tries           []attempt
	mend            string
}

// need is what a row cannot do without.
type need int

const (
	needToken  need = 1 << iota // the first person's token
	needPair                    // both persons' tokens
	needJar                     // the first person's cookie
	needPublic                  // a public path
	needShut                    // a path that the first person may not see
	needGoal                    // a path that a stranger may not see, other than /
)

// attempt is one request of a row with its judge.
type attempt struct {
	request
	judge judge
	// then is asked after it, by someone else.
	then *request
}

// judge says how an attempt ended; told is what was seen or why nothing could
// be.
type judge func(s *scene, r reply) (v Verdict, told string)

// missing is why a row is not tried, or empty.
func (s *scene) missing(n need) string {
	for _, c := range []struct {
		need need
		have bool
		why  string
	}{
		{needToken, s.takesToken, "it needs the first person's token, see --token-file"},
		{needPair, s.takesPair && s.takesToken, "it needs tokens of two persons, see --other-token-file"},
		{needJar, s.takesJar, "the set-up does not let the cookie " + s.show(s.CookieName) + " in, see --cookie-name and --cookie-token-file"},
		{needPublic, s.isPublic, "it needs a path that everybody may see, see --public: there is none, or it needs a sign-in"},
		{needShut, s.isShut, "it needs a path that the first person may not see, see --forbidden: there is none, or the person sees it"},
		{needGoal, s.goal() != "", "it needs a path other than / to get to, see --forbidden or --protected"},
	} {
		if n&c.need != 0 && !c.have {
			return c.why
		}
	}
	return ""
}

// goal is the path that path games are about.
func (s *scene) goal() string {
	for _, p := range []string{s.Forbidden, s.Protected} {
		if p != "" && p != "/" {
			return p
		}
	}
	return ""
}

// try makes the attempts of a row until one breaks it. One that cannot be
// judged leaves the row not seen, unless another breaks it.
func (s *scene) try(ctx context.Context, r row) (Finding, error) {
	f := Finding{Class: r.class, Name: s.show(r.name), ID: r.id, Verdict: Held}
	if why := s.missing(r.needs); why != "" {
		f.Verdict, f.Why = NotTried, why
		return f, nil
	}
	for _, a := range r.tries {
		back, err := s.send(ctx, a.request)
		if err != nil {
			return f, err
		}
		v, told := a.judge(s, back)
		if v == Held && a.then != nil {
			if back, err = s.send(ctx, *a.then); err != nil {
				return f, err
			}
			v, told = a.judge(s, back)
		}
		switch v {
		case Broken:
			f.Verdict, f.Why, f.Sent, f.Mend = Broken, "", s.sent(a.request), r.mend
			if f.Got = s.got(back); told != "" {
				f.Got += ": " + s.show(told)
			}
			return f, nil
		case NotSeen:
			f.Verdict, f.Why = NotSeen, s.show(told)
		}
	}
	return f, nil
}

// rows are all attacks on this set-up.
func (s *scene) rows() []row {
	var all []row
	for _, class := range []func(*scene) []row{
		honestRows, openRows, hostRows, identityRows, hopRows, urlRows, pathRows, guardRows, credentialRows, healthRows, smuggleRows,
	} {
		all = append(all, class(s)...)
	}
	return all
}
