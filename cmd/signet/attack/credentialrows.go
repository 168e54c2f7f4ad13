package attack

import (
	"encoding/base64"
	"strings"
)

const credentialMend = "do not pick one of two credentials in the proxy, or make one up: pass Cookie and Authorization on to the guard as they are, and let it decide"

// credentialRows send credentials that are none, or two that disagree.
func credentialRows(s *scene) []row {
	if !s.takesToken {
		return []row{{class: "credential", name: "two credentials, forged ones", id: "C-10", needs: needToken}}
	}
	all := append(s.twoRows(), s.forgedRows()...)
	return append(all, s.spelledRows()...)
}

// credential is a row of one request to Protected.
func (s *scene) credential(name, id string, j judge, lines ...string) row {
	return row{
		class: "credential", name: name, id: id, mend: credentialMend,
		tries: []attempt{{request: s.ask(s.Protected).with(lines...), judge: j}},
	}
}

func (r row) needing(n need) row {
	r.needs |= n
	return r
}

// twoRows are two credentials in one request.
func (s *scene) twoRows() []row {
	one, two, jar := s.Token, s.Other, s.CookieToken
	c := func(tokens ...string) string { return cookie(s.CookieName, tokens...) }
	return []row{
		s.credential("the cookie of one person and the token of another", "C-08", shut, c(jar), bearer(two)).needing(needPair | needJar),
		s.credential("the token of one person and the cookie of another", "C-08", shut, bearer(one), c(two)).needing(needPair | needJar),
		s.credential("two cookies of two persons", "C-08", shut, c(jar, two)).needing(needPair | needJar),
		s.credential("two cookies of two persons, the other way round", "C-08", shut, c(two, jar)).needing(needPair | needJar),
		s.credential("two cookies of two persons in two fields", "C-08", shut, c(jar), c(two)).needing(needPair | needJar),
		s.credential("two tokens of two persons", "C-08", shut, bearer(one), bearer(two)).needing(needPair),
		s.credential("two tokens of two persons, the other way round", "C-08", shut, bearer(two), bearer(one)).needing(needPair),
		s.credential("two tokens in one field", "C-08", shut, bearer(one)+", Bearer "+two).needing(needPair),
		s.credential("a good cookie and a wrong token", "C-10", shut, c(jar), bearer("garbage")).needing(needJar),
		s.credential("a wrong cookie and a good token", "C-10", shut, c("garbage"), bearer(one)).needing(needJar),
		s.credential("a good cookie and a wrong one", "C-08", shut, c(jar, "garbage")).needing(needJar),
		s.credential("a wrong cookie and a good one", "C-08", shut, c("garbage", jar)).needing(needJar),
	}
}

// forgedRows are tokens that nobody signed, and ones in wrong places.
func (s *scene) forgedRows() []row {
	victim := s.Other
	if victim == "" {
		victim = s.Token
	}
	all := []row{
		s.credential("a token in the query", "C-20", shut).asking(s.Protected + "?access_token=" + s.Token),
		s.credential("a token in the query as token", "C-20", shut).asking(s.Protected + "?token=" + s.Token),
		s.credential("a token by Basic, as password", "C-33", shut, basic("x", s.Token)),
		s.credential("a token by Basic, as user", "C-33", shut, basic(s.Token, "")),
		s.credential("Basic with a wrong password", "C-33", shut, basic("admin", "admin")),
		s.credential("the shape of a refresh token", "C-20", shut, bearer(strings.Repeat("QUJD", 24))),
		s.credential("an empty token", "C-10", shut, "Authorization: Bearer "),
		s.credential("no scheme", "C-10", shut, "Authorization: "+s.Token),
		s.credential("another scheme", "C-10", shut, "Authorization: Token "+s.Token),
		s.credential("a token in X-Forwarded-Access-Token", "C-20", shut, "X-Forwarded-Access-Token: "+s.Token),
		s.credential("a token in Proxy-Authorization", "C-20", shut, "Proxy-Authorization: Bearer "+s.Token),
		s.credential("an empty cookie", "C-10", shut, cookie(s.CookieName, "")),
		s.credential("a wrong cookie", "C-10", shut, cookie(s.CookieName, "garbage")),
		s.credential("a cookie of JSON", "C-10", shut, cookie(s.CookieName, `{"user":"admin"}`)),
		s.credential("a cookie of wrong base64", "C-10", shut, cookie(s.CookieName, "====.%%%%.____")),
		s.credential("a cookie of 16 KB", "C-09", shut, cookie(s.CookieName, strings.Repeat("a", 16<<10))),
	}
	for name, token := range forge(victim) {
		all = append(all, s.credential(name, "C-10", shut, bearer(token)), s.credential(name+", as cookie", "C-10", shut, cookie(s.CookieName, token)))
	}
	return sorted(all)
}

// spelledRows are the first person's token in odd spellings: it may be let in
// or not, but as nobody else.
func (s *scene) spelledRows() []row {
	t := s.Token
	return []row{
		s.credential("the scheme in lower case", "C-10", owned, "Authorization: bearer "+t),
		s.credential("the scheme in upper case", "C-10", owned, "AUTHORIZATION: BEARER "+t),
		s.credential("two spaces before the token", "C-10", owned, "Authorization: Bearer  "+t),
		s.credential("a tab before the token", "C-10", owned, "Authorization: Bearer\t"+t),
		s.credential("spaces after the token", "C-10", owned, "Authorization: Bearer "+t+"   "),
		s.credential("a dot after the token", "C-10", shut, bearer(t+".")),
		s.credential("words after the token", "C-10", shut, bearer(t+" x")),
		s.credential("quotes around the token", "C-10", shut, `Authorization: Bearer "`+t+`"`),
		s.credential("a space before the colon", "C-10", owned, "Authorization : Bearer "+t),
		s.credential("_ for - in a field of a token", "C-10", shut, "HTTP_AUTHORIZATION: Bearer "+t),
	}
}

func (r row) asking(target string) row {
	for i := range r.tries {
		r.tries[i].target = target
	}
	return r
}

func basic(user, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// forge makes tokens with somebody's claims that nobody signed, by the name of
// the row. Tokens that are no JWTs make none.
func forge(victim string) map[string]string {
	parts := strings.Split(victim, ".")
	if len(parts) != 3 || len(parts[2]) < 20 {
		return nil
	}
	encode := base64.RawURLEncoding.EncodeToString
	forged := map[string]string{
		"the signature cut off":        parts[0] + "." + parts[1] + ".",
		"the signature and dot away":   parts[0] + "." + parts[1],
		"another letter in signature":  parts[0] + "." + parts[1] + "." + flipped(parts[2]),
		"another letter in the claims": parts[0] + "." + flipped(parts[1]) + "." + parts[2],
		"half of the signature":        parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])/2],
		"signed with nothing but zero": parts[0] + "." + parts[1] + "." + encode(make([]byte, 64)),
	}
	for _, alg := range []string{"none", "None", "nOnE", "NONE", ""} {
		forged["alg "+`"`+alg+`"`] = encode([]byte(`{"alg":"`+alg+`","typ":"at+jwt"}`)) + "." + parts[1] + "."
	}
	return forged
}

// flipped has another letter in the middle.
func flipped(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}
