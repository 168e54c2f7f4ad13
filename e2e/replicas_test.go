package e2e

import (
	"net/http"
	"sync"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

// replicas are servers over one database.
func replicas(t *testing.T, n int, config string, env ...string) []*parts.Server {
	t.Helper()
	dsn := parts.SharedPostgres(t)
	var done sync.WaitGroup
	all := make([]*parts.Server, n)
	for i := range all { // S-15: all start over an empty database at once
		done.Go(func() {
			all[i] = serve(t, config, append([]string{"SIGNET_DATABASE=" + dsn, "SIGNET_TOKENS__ISSUER=http://sso.test"}, env...)...)
		})
	}
	done.Wait()
	return all
}

func TestT21ParallelRefreshesGetOneSuccessor(t *testing.T) {
	for name, servers := range map[string]func(*testing.T) []*parts.Server{
		"on two replicas over PostgreSQL": func(t *testing.T) []*parts.Server { return replicas(t, 2, "") },
		"on SQLite":                       func(t *testing.T) []*parts.Server { return []*parts.Server{serve(t, "")} },
	} {
		t.Run(name, func(t *testing.T) {
			all := servers(t)
			for round := range 5 {
				first := login(t, all[0], "", "admin", adminPassword).tokens(t)
				var start, done sync.WaitGroup
				var got [50]answer
				start.Add(1)
				for i := range got {
					done.Go(func() {
						start.Wait()
						a, err := tryPost(all[i%len(all)].URL+"/auth/refresh", map[string]string{"refresh_token": first.Refresh})
						if err != nil {
							t.Error(err)
						}
						got[i] = a
					})
				}
				start.Done()
				done.Wait()
				successors := map[string]bool{}
				for _, a := range got {
					if a.status != http.StatusOK {
						t.Fatalf("round %d: got %d %s, want nobody signed out", round, a.status, a.body)
					}
					successors[a.tokens(t).Refresh] = true
				}
				if len(successors) != 1 || successors[first.Refresh] {
					t.Fatalf("round %d: got %d successors, want one new one", round, len(successors))
				}
				for next := range successors {
					if a := refresh(t, all[len(all)-1], next); a.status != http.StatusOK {
						t.Errorf("round %d: the successor: got %d %s, want tokens", round, a.status, a.body)
					}
				}
			}
		})
	}
}

func TestS12WhatOneReplicaEndsTheOtherRefuses(t *testing.T) {
	all := replicas(t, 2, "")
	l := login(t, all[0], "", "admin", adminPassword).tokens(t)
	if a := get(t, all[1].URL+"/auth/me", l.Access); a.status != http.StatusOK {
		t.Fatalf("the other replica's token: got %d %s, want 200", a.status, a.body)
	}
	if a := post(t, all[0].URL+"/auth/logout", map[string]string{"refresh_token": l.Refresh}); a.status != http.StatusNoContent {
		t.Fatalf("logout: got %d %s, want 204", a.status, a.body)
	}
	if a := refresh(t, all[1], l.Refresh); a.status != http.StatusUnauthorized {
		t.Errorf("refresh: got %d %s, want 401", a.status, a.body)
	}
	if a := get(t, all[1].URL+"/auth/me", l.Access); a.status != http.StatusUnauthorized {
		t.Errorf("/auth/me: got %d %s, want 401", a.status, a.body)
	}
}

func TestB02TwoReplicasCountTogether(t *testing.T) {
	all := replicas(t, 2, "lockout: {attempts: 5}")
	var start, done sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	start.Add(1)
	for i := range 200 {
		done.Go(func() {
			start.Wait()
			// A guess that a busy database turned away was not judged: it comes again.
			status := http.StatusServiceUnavailable
			for tries := 0; status == http.StatusServiceUnavailable && tries < 20; tries++ {
				a, err := tryPost(all[i%2].URL+"/auth/login", map[string]string{"identifier": "admin", "password": "guess"})
				if err != nil {
					t.Error(err)
				}
				status = a.status
			}
			mu.Lock()
			defer mu.Unlock()
			answers[status]++
		})
	}
	start.Done()
	done.Wait()
	if answers[http.StatusUnauthorized] > 5 || answers[http.StatusUnauthorized]+answers[http.StatusTooManyRequests] != 200 {
		t.Errorf("got %v, want at most 5 guesses judged and the rest 429", answers)
	}
	if a := login(t, all[1], "", "admin", adminPassword); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("the right password while locked: got %d %s, want 429 with Retry-After", a.status, a.body)
	}
}
