package store

// Statement is a statement as tests see it.
type Statement struct {
	Name, Text string
}

// Statements are all that run at a sign-in, a refresh or a page, the rest of
// what asks for single rows, and pruning.
func Statements() []Statement {
	single := append(append([]statement{}, hotChanges...), hotQuestions...)
	single = append(single, stByEmail, stAccount, stIdentities, stLiveSessions, stEndAll,
		stDropNames, stOwnNames, stTakeTurn, stPutName, stPutIdentity, stLockAccount, stRewriteAccount, stSetPassword, stForgetAttempts, stLockedUntil, stOtherAdmin, stDropIdentity,
		stRehash, stList, stDropPassword, stOwner,
		stKeepUpstream, stSpend, stEndSubject, stEndUpstream, stEndUnnamed, stDocument, stKeepDocument,
		stTicket, stTicketAccount, stUseTicket, stIssueTicket, stSpendQuota, stStorePassword,
		stFactor, stPropose, stConfirmFactor, stSpendStep, stDropFactor, stSpendCode, stDropCodes,
		stPutErrand, stClaimErrands, stDropErrand, stPutPending, stPending, stTakePending, stJobRan, stRemoveUnconfirmed,
		stPutLetter, stClaimLetters, stDropLetter, stPutOffLetter, stGiveUpLetter, stRetryLetter, stLetters)
	single = append(single, stIDs.list(3), stNamesake.list(3))
	for _, p := range prunings {
		single = append(single, p.statement)
	}
	out := make([]Statement, len(single))
	for i, s := range single {
		out[i] = Statement{Name: s.name, Text: s.text}
	}
	return out
}
