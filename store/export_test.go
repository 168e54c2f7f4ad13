package store

import (
	"strconv"

	"github.com/signet-sso/signet/broker"
)

// Statement is a statement as tests see it.
type Statement struct {
	Name, Text string
}

// Statements are all that run at a sign-in, a refresh or a page, the rest of
// what asks for single rows, and pruning.
func Statements() []Statement {
	single := append(append([]statement{}, hotChanges...), hotQuestions...)
	single = append(single, stByEmail, stAccount, stIdentities, stLiveSessions, stEndAll,
		stDropNames, stOwnNames, stTakeTurn, stPutName, stPutIdentity, stLockAccount, stRewriteAccount, stSetPassword, stForgetAttempts, stLockedUntil, stHeirs, stTakeAdminTurn, stProbeWord, stProbeStatus, stProbeGroup, stAnybody, stDropTerms, stDropGroups, stMoveIdentity, stPutMerge, stMerge, stDropMerge, stMerges, stDropMerged, stDropAccount, stDropIdentity,
		stRehash, stDropPassword, stOwner,
		stKeepUpstream, stSpend, stEndSubject, stEndUpstream, stEndUnnamed, stDocument, stKeepDocument,
		stTicket, stTicketAccount, stUseTicket, stIssueTicket, stSpendQuota, stStorePassword,
		stFactor, stPropose, stConfirmFactor, stSpendStep, stDropFactor, stSpendCode, stDropCodes,
		stPutErrand, stClaimErrands, stDropErrand, stPutPending, stPending, stTakePending, stJobRan, stRemoveUnconfirmed, stEntries, stEntriesOfAccount, stEntriesOfActor, stEntriesOfName, stEntriesOfAddress,
		stPutLetter, stClaimLetters, stDropLetter, stPutOffLetter, stGiveUpLetter, stRetryLetter, stLetters)
	single = append(single, stIDs.list(3), stNamesake.list(3), stOwnersOfNumbers.list(3), stTakeNumbers, stRaiseNumbers, stNumber, stGiveNumber, stNumbered, stUnnumbered, stGiveNumbers)
	for _, p := range prunings {
		single = append(single, p.statement)
	}
	for i, l := range Lists(0) {
		single = append(single, statement{"list " + strconv.Itoa(i), l.Text})
	}
	out := make([]Statement, len(single))
	for i, s := range single {
		out[i] = Statement{Name: s.name, Text: s.text}
	}
	return out
}

// List is a list as tests see it: what is asked, by which SQL with which values.
type List struct {
	Query  broker.Query
	Text   string
	Values []any
}

// Lists are every kind of list in a crowd of n (see storetest.Crowd), from its
// beginning and from further on.
func Lists(n int) (out []List) {
	yes, no := true, false
	for _, search := range []string{"", "person000042", "given7", "family7 given", "example.org", "nobody"} {
		for _, status := range []broker.Status{"", broker.Active, broker.Suspended, broker.Invited} {
			for _, admin := range []*bool{nil, &yes, &no} {
				for _, group := range []string{"", "everyone", "tenth"} {
					q := broker.Query{Search: search, Status: status, Admin: admin, Group: group, Limit: 50}
					out = append(out, listed(q, n)...)
				}
			}
		}
	}
	return out
}

// listed are the lists of one query, on every way.
func listed(q broker.Query, n int) (out []List) {
	s := search{q, searched(q.Search)}
	for _, w := range s.ways() {
		from := s.beginning(w)
		for range 2 {
			l := s.from(from)
			out = append(out, List{q, l.text.String(), l.values})
			from.created, from.id = int64(n/2), "a5"
		}
	}
	return out
}
