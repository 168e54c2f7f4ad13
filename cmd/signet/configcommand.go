package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/cmd/signet/translate"
	"github.com/signet-sso/signet/config"
)

func (p *program) configCommand() *cobra.Command {
	c := family(&cobra.Command{Use: "config", Short: "Make a configuration file"})
	from := family(&cobra.Command{Use: "import", Short: "Make a configuration from the settings of another system"})
	from.AddCommand(p.configImportDirectus())
	c.AddCommand(from)
	return c
}

func (p *program) configImportDirectus() *cobra.Command {
	return &cobra.Command{
		Use: "directus <ENV >providers.yaml", Args: cobra.NoArgs,
		Short: "Print the providers.yaml that stands for the environment of a Directus",
		Long: `Print the providers.yaml that stands for the environment of a Directus, which is
read from standard input: its .env, or what the program env prints where it runs.

  signet config import directus <.env >providers.yaml

Secrets are not in it: it says which variable, or which file, holds each. What has
no counterpart here, or has to be completed by hand, is a comment that says what
to do. What would keep Signet from starting is told besides, and is exit code 1.`,
		RunE: func(*cobra.Command, []string) error { return p.translate(translate.Directus) },
	}
}

// translate prints what becomes of the environment on standard input, and says
// whether it is good.
func (p *program) translate(into func([]translate.Variable) string) error {
	vars, err := translate.ReadEnv(p.in)
	if err != nil {
		return err
	}
	if len(vars) == 0 {
		return errors.New("there is nothing on standard input; write: signet config import directus <.env >providers.yaml")
	}
	text := into(vars)
	if _, err := io.WriteString(p.out, text); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	environ := make([]string, len(vars))
	for i, v := range vars {
		environ[i] = v.Name + "=" + v.Value
	}
	_, _, err = config.Parse("providers.yaml", text, environ)
	return err
}
