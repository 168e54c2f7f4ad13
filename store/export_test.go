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
		stDropNames, stOwnNames, stTakeTurn, stPutName, stPutIdentity, stLockAccount, stRewriteAccount, stSetPassword, stForgetAttempts, stLockedUntil, stHeirs, stTakeAdminTurn, stAnybody, stDropTerms, stDropGroups, stMoveIdentity, stPutMerge, stMerge, stDropMerge, stMerges, stDropMerged, stDropAccount, stDropIdentity,
		stRehash, stDropPassword, stOwner,
		stKeepUpstream, stSpend, stEndSubject, stEndUpstream, stEndUnnamed, stDocument, stKeepDocument,
		stTicket, stTicketAccount, stUseTicket, stIssueTicket, stSpendQuota, stStorePassword,
		stFactor, stPropose, stConfirmFactor, stSpendStep, stDropFactor, stSpendCode, stDropCodes,
		stPutErrand, stClaimErrands, stDropErrand, stPutPending, stPending, stTakePending, stJobRan, stRemoveUnconfirmed, stEntries, stEntriesOfAccount, stEntriesOfActor, stEntriesOfName, stEntriesOfAddress,
		stPutLetter, stClaimLetters, stDropLetter, stPutOffLetter, stGiveUpLetter, stRetryLetter, stLetters)
	single = append(single, stIDs.list(3), stNamesake.list(3))
	for _, p := range prunings {
		single = append(single, p.statement)
	}
	for i, l := range lists() {
		single = append(single, statement{"list " + strconv.Itoa(i), l.text.String()})
	}
	out := make([]Statement, len(single))
	for i, s := range single {
		out[i] = Statement{Name: s.name, Text: s.text}
	}
	return out
}

// lists are the statements of every kind of query.
func lists() (out []*listing) {
	yes, no := true, false
	for _, search := range []string{"", "alice", "alice adams"} {
		for _, status := range []broker.Status{"", broker.Active, broker.Suspended} {
			for _, admin := range []*bool{nil, &yes, &no} {
				for _, group := range []string{"", "Family"} {
					q := broker.Query{Search: search, Status: status, Admin: admin, Group: group, Limit: 50}
					out = append(out, listOf(q, searched(search), place{}))
				}
			}
		}
	}
	return out
}
