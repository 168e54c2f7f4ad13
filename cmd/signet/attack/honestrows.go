package attack

// honestRows are no attacks. They hold the set-up to what the others take for
// granted, and their not being tried says what the others could not do.
func honestRows(s *scene) []row {
	all := []row{
		{
			class: "honest", name: "nobody is let in where a sign-in is needed", id: "C-20",
			tries: []attempt{{request: s.ask(s.Protected), judge: shut}},
			mend:  "make the proxy ask the guard about this path",
		},
		{
			class: "honest", name: "someone who is signed in stays who it is", id: "C-28", needs: needToken,
			tries: []attempt{{request: s.as(s.ask(s.Protected)), judge: owned}},
			mend:  "pass the guard's fields on to the application, each in its own name",
		},
		{
			class: "honest", name: "nobody is nobody where no sign-in is needed", id: "C-28", needs: needPublic,
			tries: []attempt{{request: s.ask(s.Public), judge: nameless}},
			mend:  "pass the guard's fields on to the application only when it sent them for this request",
		},
		{
			class: "honest", name: "two persons are two", id: "C-34", needs: needPair,
			tries: []attempt{{request: s.ask(s.Protected).quietly(bearer(s.Other)), judge: other}},
			mend:  "do not keep the guard's answers in the proxy, or keep them by the whole credential",
		},
	}
	closed := row{class: "honest", name: "a forbidden path is forbidden to someone who is signed in", id: "C-22", needs: needToken, mend: "give the guard the target of the request ($request_uri), and a rule for this path"}
	if s.Forbidden == "" {
		closed.needs |= needShut
	}
	closed.tries = []attempt{{request: s.as(s.ask(s.Forbidden)), judge: shut}}
	return append(all, closed)
}

// other judges a request of the second person.
func other(s *scene, r reply) (Verdict, string) { return s.identified(r, s.second) }
