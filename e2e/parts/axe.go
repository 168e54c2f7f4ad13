package parts

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// AxeScript is the text of axe-core, the accessibility checker. It comes
// from npm, and when it is missing the test skips or fails as in Need.
func AxeScript(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), "e2e", "npm", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		missing(t, "axe-core", "npm ci --prefix e2e/npm")
	}
	return string(text)
}

// Violation is a rule of accessibility that a page breaks.
type Violation struct {
	ID    string
	Help  string
	Nodes []struct{ HTML, FailureSummary string }
}

func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", v.ID, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return b.String()
}

// Axe returns what axe-core finds wrong with the page in a tab. The script
// is run by the browser's tools, so a page's own policy does not stop it.
func Axe(t testing.TB, tab context.Context) []Violation {
	t.Helper()
	script := AxeScript(t)
	await := func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]Violation](script+`; axe.run().then(r => r.violations)`, await))
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	return found
}

// missing skips a test, or fails it where SIGNET_TEST_PARTS is "all".
func missing(t testing.TB, part, install string) {
	t.Helper()
	if os.Getenv("SIGNET_TEST_PARTS") == "all" {
		t.Fatalf("%s is missing; install it with: %s", part, install)
	}
	t.Skipf("%s is missing; install it with: %s", part, install)
}
