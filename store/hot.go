package store

// hotChanges and hotQuestions are kept prepared where the driver does not
// prepare by itself: all that a sign-in, a refresh and a page ask.
var (
	hotChanges = []statement{
		stEnter, stGiveBack, stStart, stRotate, stTouch, stEnd, stPutFlow, stTakeFlow,
		stPutBrowser, stDropBrowser,
	}
	hotQuestions = []statement{
		stLockedSince, stCredential, stByIdentity, stFind, stFindBrowser, stKeysVersion, stChangesAfter,
	}
)
