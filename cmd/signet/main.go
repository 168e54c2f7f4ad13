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
}

// errSaid is a failure that was explained already.
var errSaid = errors.New("said")

// run returns the exit code: 0 when it went well, 1 when it did not.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errSaid) {
		fmt.Fprintln(p.err, "signet: "+explain(err))
	}
	return 1
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "signet",
		Short: "One door for every way to sign in",
		Long: `Signet signs people in with local passwords, LDAP, OAuth2 or OpenID Connect
and gives applications one uniform signed token.

Start with:  signet serve`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVarP(&p.config, "config", "c", "", "configuration file (default: $SIGNET_CONFIG, else providers.yaml if it is there)")
	root.AddCommand(
		p.serveCommand(), p.checkCommand(), p.providerCommand(), p.userCommand(),
		p.tokenCommand(), p.keysCommand(), p.versionCommand(),
	)
	return root
}
