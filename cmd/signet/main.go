// Command signet is a single sign-on broker: one door for local passwords,
// LDAP, OAuth2 and OpenID Connect, and one uniform token behind it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, environ: os.Environ()}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is one run of the command: what it reads from and writes to. Tests
// run the real program with their own.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) (string, bool)
	environ  []string
	config   string // path of the configuration file, empty for none
	verbose  bool   // print the audit record of a command whole
}

// errSaid is a failure that was explained already.
var errSaid = errors.New("said")

// run returns the exit code: 0 when it went well, 1 when it did not, or the one
// that the error names.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(guardKey(args))
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	problems := p.problems(err)
	switch {
	case len(problems) > 0:
		p.unusable(problems)
	case !errors.Is(err, errSaid):
		fmt.Fprintln(p.err, "signet: "+explain(err))
	}
	var coded interface{ exitCode() int }
	if errors.As(err, &coded) {
		return coded.exitCode()
	}
	return 1
}

func (p *program) root() *cobra.Command {
	root := family(&cobra.Command{
		Use:   "signet",
		Short: "One door for every way to sign in",
		Long: `Signet signs people in with local passwords, at a directory or at providers such
as GitHub and Okta, and gives applications one uniform signed token.

Start with:  signet serve`,
		SilenceUsage:  true,
		SilenceErrors: true,
	})
	root.Version = version()
	root.SetVersionTemplate("{{.Version}}")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVarP(&p.config, "config", "c", "", "configuration file (default: $SIGNET_CONFIG, else providers.yaml if it is there)")
	root.AddCommand(
		p.serveCommand(), p.checkCommand(), p.providerCommand(), p.userCommand(), p.importCommand(), p.auditCommand(),
		p.tokenCommand(), p.keysCommand(), p.configCommand(), p.mailCommand(), p.guardCommand(), p.clientCommand(), p.versionCommand(),
	)
	return root
}

// family makes a command that only has others below it: alone it prints its
// help, and a word that none of them has is an error with the nearest one.
func family(c *cobra.Command) *cobra.Command {
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		c.SuggestionsMinimumDistance = 2
		hint := "; see: " + c.CommandPath() + " --help"
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "; did you mean " + c.CommandPath() + " " + near[0] + "?"
		}
		return fmt.Errorf("unknown command %q%s", args[0], hint)
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return c
}

// named are the arguments of a command that takes all that its Use names, and
// no more.
func named(c *cobra.Command, args []string) error {
	_, words, _ := strings.Cut(c.Use, " ")
	wanted := strings.Fields(words)
	how := ": " + c.CommandPath() + " " + words
	switch {
	case len(args) < len(wanted):
		return fmt.Errorf("%s is missing%s", wanted[len(args)], how)
	case len(args) > len(wanted):
		return fmt.Errorf("%q is too much%s", args[len(wanted)], how)
	}
	return nil
}

// keyLength is the length of a key id: 32 bytes in base64url.
const keyLength = 43

// guardKey lets a key id begin with a dash, as one in 64 does.
func guardKey(args []string) []string {
	at := slices.Index(args, "retire") + 1
	if at == 0 || at >= len(args) || len(args[at]) != keyLength || args[at][0] != '-' {
		return args
	}
	return slices.Insert(slices.Clone(args), at, "--")
}
