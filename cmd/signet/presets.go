package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers/openid"
)

// preset is a known service, whatever its driver.
type preset struct {
	driver, name, label, icon string
	note                      string
}

// presets are all known services, by driver and name.
func presets() []preset {
	var all []preset
	for _, p := range openid.Presets() {
		all = append(all, preset{config.DriverOpenID, p.Name, p.Label, p.Icon, p.Note})
	}
	return all
}

// presetOf is the preset of a provider, the zero one for none.
func presetOf(p config.Provider) preset {
	name := ""
	switch {
	case p.OpenID != nil:
		name = p.OpenID.Preset
	case p.OAuth2 != nil:
		name = p.OAuth2.Preset
	}
	for _, known := range presets() {
		if known.driver == p.Driver && known.name == name {
			return known
		}
	}
	return preset{}
}

// icon is the configured one, else the preset's.
func icon(p config.Provider) string { return cmp.Or(p.Icon, presetOf(p).icon) }

// label is the configured one, else the preset's: a label that was left out is
// the name.
func label(p config.Provider) string {
	if p.Label != p.Name {
		return p.Label
	}
	return cmp.Or(presetOf(p).label, p.Name)
}

func (p *program) providerPresets() *cobra.Command {
	return &cobra.Command{
		Use: "presets", Short: "List the services that Signet knows", Args: cobra.NoArgs,
		Long: `List the services that Signet knows: for each, the driver and preset to write
and what is particular about it. Any other server works without a preset.`,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PRESET\tDRIVER\tSERVICE\tNOTE")
			for _, k := range presets() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.name, k.driver, k.label, k.note)
			}
			return w.Flush()
		},
	}
}
